//! Changing crew members.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::ids::UserId;
use serde_json::{Value, json};

use crate::support::{
    ARCHIVE_USER, Answer, CREATE_USER, Client, UPDATE_USER, World, audit, key, nobodys,
    on_each_database, refused,
};

const MAXES: &str = r#"{ users(filter: {search: "max"}) { nodes { id } } }"#;

pub(super) async fn update(client: &Client, input: Value) -> Answer {
    client.gql(UPDATE_USER, json!({"input": input})).await
}

/// What was answered of the person.
pub(super) fn user(answer: &Answer) -> &Value {
    &answer.data()["updateUser"]["user"]
}

/// A crew member with everything; the id.
pub(super) async fn lea(world: &World<'_>) -> String {
    let input = json!({
        "displayName": "Léa", "email": "lea@crew.example", "phone": "+33 6",
        "skills": ["Son", "Lumière"], "tags": ["Nuit"],
    });
    let made = world.owner.gql(CREATE_USER, json!({"input": input})).await;
    made.str("/data/createUser/user/id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_left_out_stays_and_null_empties_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = lea(&world).await;
        let mut expected = json!({
            "id": id, "displayName": "Léa", "email": "lea@crew.example", "phone": "+33 6",
            "skills": ["Lumière", "Son"], "tags": ["Nuit"], "version": 1, "archivedAt": null,
        });
        let all = json!({
            "displayName": "Max", "email": "max@crew.example", "phone": "2", "skills": ["x"],
            "tags": ["y"],
        });
        for (changes, shown) in [
            (
                json!({"displayName": " Léa  Roy "}),
                json!({"displayName": "Léa Roy"}),
            ),
            (
                json!({"email": "ROY@Crew.example"}),
                json!({"email": "roy@crew.example"}),
            ),
            (json!({"phone": null}), json!({"phone": null})),
            (json!({"phone": "1"}), json!({"phone": "1"})),
            (json!({"phone": " "}), json!({"phone": null})),
            (
                json!({"skills": ["Rigging", "Son"]}),
                json!({"skills": ["Rigging", "Son"]}),
            ),
            (json!({"skills": null}), json!({"skills": []})),
            (json!({"tags": ["B", "A"]}), json!({"tags": ["A", "B"]})),
            (json!({"tags": []}), json!({"tags": []})),
            (json!({"email": ""}), json!({"email": null})),
            (all.clone(), all),
        ] {
            let mut input = changes.clone();
            input["id"] = json!(id);
            for (field, value) in shown.as_object().expect("fields") {
                expected[field] = value.clone();
            }
            // The log is in the order of time.
            app.state.clock.advance(TimeDelta::seconds(1));
            expected["version"] = json!(expected["version"].as_i64().expect("a number") + 1);
            assert_eq!(
                user(&update(&world.owner, input).await),
                &expected,
                "{changes}"
            );
        }
        // Lists are sorted by the name as it is now.
        let found = world.owner.query(MAXES).await;
        assert_eq!(found.data()["users"]["nodes"], json!([{"id": id}]));
        let entries = audit(&app, "updateUser").await;
        assert_eq!(entries.len(), 11, "one for each change");
        assert!(
            entries
                .iter()
                .all(|entry| entry.entity_id == key::<UserId>(&id).uuid())
        );
        assert_eq!(entries[2].changes, json!({"phone": ["+33 6", null]}));
        assert_eq!(
            entries[5].changes,
            json!({"skills": [["Lumière", "Son"], ["Rigging", "Son"]]})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_writes_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = lea(&world).await;
        for mut input in [
            json!({}),
            json!({"expectedVersion": 1}),
            json!({"displayName": " Léa ", "email": "LEA@crew.example", "phone": "+33  6"}),
            json!({"skills": ["Lumière", "Son", "son"], "tags": ["Nuit"]}),
        ] {
            input["id"] = json!(id);
            assert_eq!(user(&update(&world.owner, input).await)["version"], 1);
        }
        assert!(audit(&app, "updateUser").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_breaks_a_rule_is_refused_at_its_field_and_changes_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = lea(&world).await;
        let taken = json!({"displayName": "Max", "email": "max@crew.example"});
        world
            .owner
            .gql(CREATE_USER, json!({"input": taken}))
            .await
            .data();
        let labels: Vec<String> = (0..51).map(|i| format!("label {i}")).collect();
        for (mut input, code, field) in [
            (
                json!({"displayName": null}),
                "BAD_USER_INPUT",
                "displayName",
            ),
            (json!({"displayName": " "}), "BAD_USER_INPUT", "displayName"),
            (
                json!({"displayName": "é".repeat(201)}),
                "BAD_USER_INPUT",
                "displayName",
            ),
            (json!({"email": "lea"}), "BAD_USER_INPUT", "email"),
            (
                json!({"email": "MAX@crew.example"}),
                "ALREADY_EXISTS",
                "email",
            ),
            (json!({"phone": "1".repeat(51)}), "BAD_USER_INPUT", "phone"),
            (json!({"skills": labels}), "BAD_USER_INPUT", "skills"),
            (
                json!({"skills": ["fine", ""]}),
                "BAD_USER_INPUT",
                "skills.1",
            ),
            (
                json!({"tags": ["fine", "é".repeat(101)]}),
                "BAD_USER_INPUT",
                "tags.1",
            ),
        ] {
            // What is right beside it is not written either.
            for (name, right) in [("phone", json!("7")), ("skills", json!(["new"]))] {
                if input.get(name).is_none() {
                    input[name] = right;
                }
            }
            input["id"] = json!(id);
            refused(&update(&world.owner, input).await, code, field);
        }
        let now = update(&world.owner, json!({"id": id})).await;
        assert_eq!(
            (
                &user(&now)["phone"],
                &user(&now)["skills"],
                &user(&now)["version"]
            ),
            (&json!("+33 6"), &json!(["Lumière", "Son"]), &json!(1))
        );
        assert!(audit(&app, "updateUser").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tech_changes_their_own_profile_but_not_its_tags_and_nobody_elses() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (tech, own) = world.member(Role::Tech).await;
        let (colleague, theirs) = (world.user("Max", &[]).await, other.user("Zoé", &[]).await);
        let mine = json!({"id": own, "displayName": "Ada", "phone": "1", "skills": ["Son"]});
        let after = update(&tech, mine).await;
        assert_eq!(user(&after)["skills"], json!(["Son"]));
        for tags in [json!(["A"]), json!([]), json!(null)] {
            let answer = update(&tech, json!({"id": own, "tags": tags})).await;
            refused(&answer, "FORBIDDEN", "tags");
        }
        let missing = nobodys(&app, UserId::PREFIX);
        for id in [&colleague, &theirs, &missing] {
            let input = json!({"id": id, "phone": "1"});
            assert_eq!(update(&tech, input.clone()).await.code(), "FORBIDDEN");
            assert_eq!(update(&app.client(), input).await.code(), "UNAUTHENTICATED");
        }
        for id in [&theirs, &missing] {
            let answer = update(&world.owner, json!({"id": id, "phone": "1"})).await;
            refused(&answer, "NOT_FOUND", "id");
        }
        assert_eq!(audit(&app, "updateUser").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tech_may_enter_no_address_but_the_one_they_sign_in_with() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, own) = world.member(Role::Tech).await;
        lea(&world).await;
        let me = tech.query("{ me { email } }").await;
        let account = me.str("/data/me/email");
        let set = async |email: Value| update(&tech, json!({"id": own, "email": email})).await;
        // It would tell which addresses the colleagues have, and where links are mailed to.
        for email in ["lea@crew.example", "nobody@crew.example"] {
            refused(&set(json!(email)).await, "FORBIDDEN", "email");
        }
        let upper = account.to_uppercase();
        assert_eq!(user(&set(json!(upper)).await)["email"], account);
        // A form may send what a manager has entered.
        let entered = json!({"id": own, "email": "stage@crew.example"});
        update(&world.owner, entered).await.data();
        let kept = json!({"id": own, "email": "Stage@crew.example", "phone": "1"});
        assert_eq!(
            user(&update(&tech, kept).await)["email"],
            "stage@crew.example"
        );
        assert_eq!(user(&set(json!(null)).await)["email"], Value::Null);
        refused(
            &set(json!("stage@crew.example")).await,
            "FORBIDDEN",
            "email",
        );
        assert_eq!(user(&set(json!(account)).await)["email"], account);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_is_written_as_those_who_have_it_write_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (one, two) = (
            world.user("One", &["Light  Desk"]).await,
            world.user("Two", &["LIGHT DESK", "Régie"]).await,
        );
        let written = async |id: &str, skills: Value| {
            let answer = update(&world.owner, json!({"id": id, "skills": skills})).await;
            user(&answer)["skills"].clone()
        };
        let vocabulary = async || {
            let org = world.owner.query("{ org { skills } }").await;
            org.data()["org"]["skills"].clone()
        };
        assert_eq!(vocabulary().await, json!(["Light Desk", "Régie"]));
        let two_has = written(&two, json!(["light desk", "RÉGIE"])).await;
        // Who is the only one to have a skill may write it in another way.
        assert_eq!(two_has, json!(["Light Desk", "RÉGIE"]));
        // Accents make another skill, although a search finds both.
        assert_eq!(
            written(&one, json!(["régie", "regie"])).await,
            json!(["regie", "RÉGIE"])
        );
        assert_eq!(vocabulary().await, json!(["Light Desk", "regie", "RÉGIE"]));
        assert_eq!(
            written(&two, json!(["light DESK"])).await,
            json!(["light DESK"])
        );
        assert_eq!(vocabulary().await, json!(["light DESK", "regie", "RÉGIE"]));
        let tagged = async |id: &str, tag: &str| {
            let answer = update(&world.owner, json!({"id": id, "tags": [tag]})).await;
            user(&answer)["tags"].clone()
        };
        assert_eq!(tagged(&one, "Nuit").await, json!(["Nuit"]));
        assert_eq!(tagged(&two, "NUIT").await, json!(["Nuit"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_person_can_still_be_changed() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = lea(&world).await;
        world
            .owner
            .gql(ARCHIVE_USER, json!({"input": {"id": id}}))
            .await
            .data();
        let erase = json!({"id": id, "expectedVersion": 2, "email": null, "phone": null});
        let after = update(&world.owner, erase).await;
        let after = user(&after);
        assert_eq!(
            (&after["email"], &after["phone"]),
            (&json!(null), &json!(null))
        );
        assert_eq!(
            (after["archivedAt"].is_null(), &after["version"]),
            (false, &json!(3))
        );
    })
    .await;
}
