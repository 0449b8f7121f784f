//! Finding missions, and how far their places are filled.

use coulisses_crew::db::schema::mission_roles;
use coulisses_crew::ids::RoleId;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, World, accept, cancel_mission, decline, hour, key, on_each_database, refused,
};

const SEARCH: &str = "
    query($filter: MissionFilter) {
        missions(filter: $filter, first: 200) { totalCount nodes { title } }
    }
";

const STAFFING: &str = "
    query($id: ID!) {
        mission(id: $id) {
            staffing { needed invited accepted open }
            roles { staffing { needed invited accepted open } }
        }
    }
";

async fn list(client: &Client, filter: Value) -> Answer {
    client.gql(SEARCH, json!({"filter": filter})).await
}

/// The titles that a filter finds.
async fn titles(client: &Client, filter: Value) -> Vec<String> {
    let found = list(client, filter).await;
    let texts = found.texts("/data/missions/nodes", "/title");
    assert_eq!(found.at("/data/missions/totalCount"), texts.len());
    texts.into_iter().map(str::to_owned).collect()
}

/// A mission with a title; its id and those of its roles.
async fn plan(
    world: &World<'_>,
    project: &str,
    title: &str,
    (from, to): (&str, &str),
    places: &[i32],
) -> (String, Vec<String>) {
    let roles: Vec<_> = places
        .iter()
        .map(|quantity| json!({"name": "Rigger", "quantity": quantity}))
        .collect();
    let mission = json!({"title": title, "startsAt": from, "endsAt": to, "roles": roles});
    let answer = world.create_mission(project, mission).await;
    let mission = &answer.data()["createMission"]["mission"];
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let roles = mission["roles"].as_array().expect("a list");
    (
        text(&mission["id"]),
        roles.iter().map(|role| text(&role["id"])).collect(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn from_and_to_select_overlapping_missions_half_open_at_the_microsecond() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        plan(
            &world,
            &project,
            "A",
            ("2026-10-24T10:00:00Z", "2026-10-24T12:00:00Z"),
            &[],
        )
        .await;
        plan(
            &world,
            &project,
            "B",
            ("2026-10-24T12:00:00Z", "2026-10-24T14:00:00.000001Z"),
            &[],
        )
        .await;
        let find = async |filter: Value| titles(&world.owner, filter).await;
        for (from, found) in [
            ("2026-10-24T11:59:59.999999Z", vec!["A", "B"]),
            ("2026-10-24T12:00:00Z", vec!["B"]),
            ("2026-10-24T16:00:00+02:00", vec!["B"]),
            ("2026-10-24T14:00:00.000001Z", vec![]),
        ] {
            assert_eq!(find(json!({"from": from})).await, found, "from {from}");
        }
        for (to, found) in [
            ("2026-10-24T10:00:00Z", vec![]),
            ("2026-10-24T10:00:00.000001Z", vec!["A"]),
            ("2026-10-24T14:00:00+02:00", vec!["A"]),
            ("2026-10-24T12:00:00.000001Z", vec!["A", "B"]),
        ] {
            assert_eq!(find(json!({"to": to})).await, found, "to {to}");
        }
        // Inside, around, and one microsecond on either side of where they meet.
        for (from, to, found) in [
            (
                "2026-10-24T10:30:00Z",
                "2026-10-24T10:30:00.000001Z",
                vec!["A"],
            ),
            (
                "2026-10-24T00:00:00Z",
                "2026-10-25T00:00:00Z",
                vec!["A", "B"],
            ),
            (
                "2026-10-24T11:59:59.999999Z",
                "2026-10-24T12:00:00Z",
                vec!["A"],
            ),
            (
                "2026-10-24T12:00:00Z",
                "2026-10-24T12:00:00.000001Z",
                vec!["B"],
            ),
        ] {
            assert_eq!(
                find(json!({"from": from, "to": to})).await,
                found,
                "{from} to {to}"
            );
        }
        for (from, to) in [(hour(2), hour(2)), (hour(3), hour(2))] {
            refused(
                &list(&world.owner, json!({"from": from, "to": to})).await,
                "BAD_USER_INPUT",
                "filter.to",
            );
        }
        for field in ["from", "to"] {
            let mut filter = json!({});
            filter[field] = json!("2026-10-24T10:00:00");
            refused(
                &list(&world.owner, filter).await,
                "BAD_USER_INPUT",
                &format!("filter.{field}"),
            );
        }
    })
    .await;
}

/// The search for what still runs looks no further ahead than a mission can be long.
#[tokio::test(flavor = "multi_thread")]
async fn from_finds_the_longest_missions_and_those_to_come() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        for (title, from, to) in [
            ("A", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            (
                "B",
                "2026-11-01T00:00:00.000001Z",
                "2026-12-02T00:00:00.000001Z",
            ),
            ("C", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
            ("D", "2027-03-01T00:00:00Z", "2027-04-01T00:00:00Z"),
        ] {
            plan(&world, &project, title, (from, to), &[]).await;
        }
        for (from, found) in [
            ("2026-09-01T00:00:00Z", vec!["A", "B", "C", "D"]),
            ("2026-10-01T00:00:00Z", vec!["A", "B", "C", "D"]),
            ("2026-10-31T23:59:59.999999Z", vec!["A", "B", "C", "D"]),
            // Nothing runs at this moment. The mission that begins next ends after one that begins later.
            ("2026-11-01T00:00:00Z", vec!["B", "C", "D"]),
            ("2026-11-01T00:00:00.000001Z", vec!["B", "C", "D"]),
            ("2026-12-02T00:00:00Z", vec!["B", "D"]),
            ("2026-12-02T00:00:00.000001Z", vec!["D"]),
            ("2027-03-31T23:59:59.999999Z", vec!["D"]),
            ("2027-04-01T00:00:00Z", vec![]),
        ] {
            let shown = titles(&world.owner, json!({"from": from})).await;
            assert_eq!(shown, found, "from {from}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missions_are_found_by_project_and_title_and_cancelled_ones_only_when_asked_for() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (festival, tour) = (world.project("Festival").await, world.project("Tour").await);
        let theirs = other.project("Theirs").await;
        let times = (&*hour(24), &*hour(26));
        plan(&other, &theirs, "Démontage", times, &[]).await;
        plan(&world, &festival, "Démontage 100%", times, &[]).await;
        let (cancelled, _) = plan(&world, &festival, "Montage", (&hour(30), &hour(32)), &[]).await;
        plan(&world, &tour, "MONTAGE", (&hour(40), &hour(42)), &[]).await;
        cancel_mission(&app, &cancelled).await;
        let find = async |filter: Value| titles(&world.owner, filter).await;
        let live = ["Démontage 100%", "MONTAGE"];
        assert_eq!(find(json!(null)).await, live);
        assert_eq!(
            find(json!({"includeCancelled": false, "search": ""})).await,
            live
        );
        assert_eq!(find(json!({"includeCancelled": null})).await, live);
        assert_eq!(
            find(json!({"includeCancelled": true})).await,
            ["Démontage 100%", "Montage", "MONTAGE"]
        );
        assert_eq!(find(json!({"search": "demont"})).await, ["Démontage 100%"]);
        assert_eq!(find(json!({"search": "%"})).await, ["Démontage 100%"]);
        assert!(find(json!({"search": "_"})).await.is_empty());
        assert_eq!(
            find(json!({"search": "montage", "includeCancelled": true}))
                .await
                .len(),
            3
        );
        assert_eq!(
            find(json!({"projectId": festival})).await,
            ["Démontage 100%"]
        );
        assert_eq!(
            find(json!({"projectId": festival, "includeCancelled": true})).await,
            ["Démontage 100%", "Montage"]
        );
        assert_eq!(
            find(json!({"projectId": tour, "search": "montage"})).await,
            ["MONTAGE"]
        );
        // A project of another organisation is one without missions.
        assert!(find(json!({"projectId": theirs})).await.is_empty());
        let answer = list(&world.owner, json!({"projectId": cancelled})).await;
        refused(&answer, "BAD_USER_INPUT", "filter.projectId");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn understaffed_missions_are_the_live_ones_with_an_open_place() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let at = |start: i64| (hour(start), hour(start + 1));
        let mut roles = Vec::new();
        for (start, title, places) in [
            (10, "full", &[1_i32, 1][..]),
            (20, "half", &[1, 1]),
            (30, "invited", &[1]),
            (40, "declined", &[1]),
            (50, "without roles", &[]),
            (60, "cancelled", &[1]),
        ] {
            let (from, to) = at(start);
            let (mission, ids) = plan(&world, &project, title, (&from, &to), places).await;
            if title == "cancelled" {
                cancel_mission(&app, &mission).await;
            }
            roles.push(ids);
        }
        let client = app.client();
        for (role, user) in [
            (&roles[0][0], &lea),
            (&roles[0][1], &max),
            (&roles[1][0], &lea),
        ] {
            accept(&client, &world.invite(role, &[user]).await[0].1)
                .await
                .data();
        }
        world.invite(&roles[2][0], &[&lea]).await;
        decline(&client, &world.invite(&roles[3][0], &[&lea]).await[0].1)
            .await
            .data();

        let find = async |filter: Value| titles(&world.owner, filter).await;
        assert_eq!(
            find(json!({"understaffed": true})).await,
            ["half", "invited", "declined"]
        );
        assert_eq!(
            find(json!({"understaffed": false})).await,
            ["full", "without roles"]
        );
        assert_eq!(find(json!({"understaffed": null})).await.len(), 5);
        assert_eq!(
            find(json!({"understaffed": true, "includeCancelled": true})).await,
            ["half", "invited", "declined"]
        );
        assert_eq!(
            find(json!({"understaffed": false, "includeCancelled": true})).await,
            ["full", "without roles", "cancelled"]
        );
        let filter =
            json!({"understaffed": true, "from": hour(30), "to": hour(40), "projectId": project});
        assert_eq!(find(filter).await, ["invited"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staffing_counts_each_role_and_its_mission_and_never_falls_below_0() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut people = Vec::new();
        for name in ["Ada", "Bob", "Cid", "Dan"] {
            people.push(world.user(name, &[]).await);
        }
        let (mission, roles) =
            plan(&world, &project, "A", (&hour(24), &hour(26)), &[2, 1, 5]).await;
        let client = app.client();
        let invited = world
            .invite(&roles[0], &[&people[0], &people[1], &people[2]])
            .await;
        accept(&client, &invited[0].1).await.data();
        accept(&client, &invited[1].1).await.data();
        decline(&client, &world.invite(&roles[1], &[&people[3]]).await[0].1)
            .await
            .data();

        let staffing = async || {
            let answer = world.owner.gql(STAFFING, json!({"id": mission})).await;
            let row = |row: &Value| {
                ["needed", "invited", "accepted", "open"]
                    .map(|field| row["staffing"][field].as_i64().expect("a number"))
            };
            let mission = &answer.data()["mission"];
            let roles: Vec<_> = mission["roles"]
                .as_array()
                .expect("a list")
                .iter()
                .map(row)
                .collect();
            (row(mission), roles)
        };
        assert_eq!(
            staffing().await,
            ([8, 1, 2, 6], vec![[2, 1, 2, 0], [1, 0, 0, 1], [5, 0, 0, 5]])
        );

        // More people than places, as an import may leave it.
        let over = mission_roles::table.filter(mission_roles::id.eq(key::<RoleId>(&roles[0])));
        let write = app.state.db.write(async |conn| {
            conn.execute(diesel::update(over).set(mission_roles::quantity.eq(1)))
                .await
        });
        write.await.expect("an update");
        assert_eq!(staffing().await.1[0], [1, 1, 2, 0]);

        cancel_mission(&app, &mission).await;
        assert_eq!(
            staffing().await,
            ([0, 1, 2, 0], vec![[0, 1, 2, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
        );
    })
    .await;
}
