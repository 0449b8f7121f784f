//! Lists inside payloads: they show so much, and say how much there is.

use serde_json::{Value, json};

use super::DAY;
use crate::support::{Answer, World, insert_users, on_each_database};

const INVITE: &str = "
    mutation($role: ID!, $people: [ID!]!) {
        inviteToMission(input: {roleId: $role, userIds: $people}) {
            invitations { assignment { id } token }
            warnings { code user { displayName } assignment { id } }
            warningsTotal
        }
    }
";

const FORCE: &str = r#"
    mutation($id: ID!) {
        acceptAssignment(input: {id: $id, force: true, reason: "It is urgent."}) {
            warnings { assignment { id } }
            warningsTotal
        }
    }
"#;

const CANDIDATES: &str = "
    query($role: ID!) {
        candidates(roleId: $role, first: 200) {
            user { displayName } overlaps { id } overlapsTotal
        }
    }
";

const AWAY: &str = "
    mutation($input: CreateAvailabilityInput!) {
        createAvailability(input: $input) { clashes { id } clashesTotal }
    }
";

async fn invite(world: &World<'_>, role: &str, people: &[&str]) -> Value {
    let variables = json!({"role": role, "people": people});
    let answer = world.owner.gql(INVITE, variables).await;
    answer.data()["inviteToMission"].clone()
}

fn len(list: &Value) -> usize {
    list.as_array().expect("a list").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_shows_two_hundred_warnings_and_five_overlaps_of_a_person() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        insert_users(&app, &world.org_id, (0..68).map(|i| format!("p{i:02}"))).await;
        let people = world
            .owner
            .query("{ users(first: 68) { nodes { id } } }")
            .await;
        let people = people.texts("/data/users/nodes", "/id");
        let mut roles = Vec::new();
        for _ in 0..6 {
            roles.push(world.place(&project, DAY, 1).await.1);
        }
        let skilled = json!([{"name": "Rigger", "skill": "Rigging", "quantity": 1}]);
        roles.push(world.mission(&project, DAY, skilled).await.1.remove(0));
        for role in &roles[..2] {
            invite(&world, role, &people).await;
        }
        for role in &roles[2..5] {
            invite(&world, role, &people[..1]).await;
        }
        // The first person has five overlaps, and the others two. Nobody has the skill.
        let sixty_five = invite(&world, &roles[6], &people[..65]).await;
        assert_eq!(sixty_five["warningsTotal"], 6 + 64 * 3);
        assert_eq!(len(&sixty_five["warnings"]), 6 + 64 * 3);
        let skilled = json!([{"name": "Rigger", "skill": "Rigging", "quantity": 1}]);
        let role = world.mission(&project, DAY, skilled).await.1.remove(0);
        let all = invite(&world, &role, &people).await;
        // One more overlap each for those 65.
        assert_eq!(all["warningsTotal"], 7 + 64 * 4 + 3 * 3);
        assert_eq!(len(&all["warnings"]), 200);
        // In the order of the people, and not all of the first one's.
        let names: Vec<_> = all["warnings"].as_array().into_iter().flatten().collect();
        let of = |name: &str| {
            names
                .iter()
                .filter(|of| of["user"]["displayName"] == name)
                .count()
        };
        assert_eq!((of("p00"), of("p01"), of("p67")), (5 + 1, 4, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overlaps_of_one_person_are_counted_and_the_first_are_shown() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        let lea = world.user("Léa", &[]).await;
        let mut assignments = Vec::new();
        let mut places = Vec::new();
        for _ in 0..22 {
            places.push(world.place(&project, DAY, 1).await.1);
        }
        for role in &places[..21] {
            let (id, token) = world.invite(role, &[&lea]).await.remove(0);
            let forced: Answer = world.owner.gql(FORCE, json!({"id": id})).await;
            let forced = &forced.data()["acceptAssignment"];
            assert_eq!(forced["warningsTotal"], assignments.len());
            assert_eq!(len(&forced["warnings"]), assignments.len());
            assignments.push((id, token));
        }
        let candidates = world
            .owner
            .gql(CANDIDATES, json!({"role": places[21]}))
            .await;
        assert_eq!(candidates.at("/data/candidates/0/overlapsTotal"), 21);
        let shown = candidates.texts("/data/candidates/0/overlaps", "/id");
        // All begin at the same time, so they are sorted by their ids.
        let mut first: Vec<_> = assignments.iter().map(|of| of.0.as_str()).collect();
        first.sort_unstable();
        first.truncate(20);
        assert_eq!(shown, first);
        let (id, _) = world.invite(&places[21], &[&lea]).await.remove(0);
        let accept = "mutation($id: ID!) { acceptAssignment(input: {id: $id}) { warningsTotal } }";
        let refused = world.owner.gql(accept, json!({"id": id})).await;
        assert_eq!(refused.code(), "SCHEDULE_CONFLICT");
        assert_eq!(len(refused.at("/errors/0/extensions/conflicts")), 20);
        let slot =
            json!({"userId": lea, "startsAt": DAY.0, "endsAt": DAY.1, "kind": "UNAVAILABLE"});
        let away = world.owner.gql(AWAY, json!({"input": slot})).await;
        let away = &away.data()["createAvailability"];
        assert_eq!(
            (&away["clashesTotal"], len(&away["clashes"])),
            (&json!(21), 21)
        );
    })
    .await;
}
