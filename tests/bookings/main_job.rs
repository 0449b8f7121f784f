//! The main job, from signing up to the board.

use serde_json::{Value, json};

use crate::support::{World, accept, decline, on_each_database};

const BOARD: &str = include_str!("../contract/operations/planning.graphql");

const CANDIDATES: &str = "
    query($roleId: ID!) {
        candidates(roleId: $roleId) {
            hasSkill available
            user { id displayName skills }
            overlaps { id }
        }
    }
";

const INVITATION: &str = "
    query($token: String!) {
        invitation(token: $token) {
            status orgName inviteeName
            mission { title roleName startsAt timezone }
        }
    }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_crew_is_booked_end_to_end() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &["rigging"]).await;
        let max = world.user("Max", &["rigging", "sound"]).await;
        let zoe = world.user("Zoé", &["sound"]).await;
        let project = world.project("Festival").await;
        let roles = json!([
            {"name": "Rigger", "skill": "Rigging", "quantity": 2},
            {"name": "Sound", "skill": "sound"},
        ]);
        let times = ("2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00");
        let (_, roles) = world.mission(&project, times, roles).await;

        let found = world
            .owner
            .gql(CANDIDATES, json!({"roleId": roles[0]}))
            .await;
        let people: Vec<_> = found.data()["candidates"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| (row["user"]["id"].clone(), row["hasSkill"].clone()))
            .collect();
        assert_eq!(
            people,
            [
                (json!(lea), json!(true)),
                (json!(max), json!(true)),
                (json!(zoe), json!(false))
            ]
        );

        let invited = world.invite(&roles[0], &[&lea, &max]).await;
        let nobody = app.client();
        let page = nobody.gql(INVITATION, json!({"token": invited[0].1})).await;
        assert_eq!(
            page.data()["invitation"],
            json!({
                "status": "PENDING", "orgName": "regie", "inviteeName": "Léa",
                "mission": {
                    "title": "Load-in", "roleName": "Rigger", "startsAt": "2026-10-24T20:00:00Z",
                    "timezone": "Europe/Paris",
                },
            })
        );
        let yes = accept(&nobody, &invited[0].1).await;
        assert_eq!(yes.data()["acceptInvitation"]["status"], "ACCEPTED");
        assert_eq!(
            yes.data()["acceptInvitation"]["invitation"]["status"],
            "ACCEPTED"
        );
        let no = decline(&nobody, &invited[1].1).await;
        assert_eq!(no.data()["declineInvitation"]["status"], "DECLINED");

        let body = board(&project);
        let board = world.owner.post_graphql(&body.to_string()).await;
        let project = &board.data()["project"];
        let staffing = json!({"needed": 3, "invited": 0, "accepted": 1, "open": 2});
        assert_eq!(project["staffing"], staffing);
        let mission = &project["missions"]["nodes"][0];
        assert_eq!(mission["staffing"], staffing);
        assert_eq!(mission["roles"][1]["name"], "Sound");
        assert_eq!(mission["assignments"].as_array().expect("a list").len(), 1);
        assert_eq!(mission["assignments"][0]["user"]["displayName"], "Léa");
        assert_eq!(mission["startsAt"], "2026-10-24T20:00:00Z");
    })
    .await;
}

/// A request for the board of a project: the operation as front ends send it, with the fragments that it spreads.
pub fn board(project: &str) -> Value {
    let from = BOARD.find("query Board").expect("the operation");
    let to = BOARD.find("query Agenda").expect("the next operation");
    let card = BOARD
        .lines()
        .find(|line| line.starts_with("fragment ProjectCard"))
        .expect("it");
    let query = format!("{}\n{card}", &BOARD[from..to]);
    json!({"query": query, "operationName": "Board", "variables": {"projectId": project}})
}
