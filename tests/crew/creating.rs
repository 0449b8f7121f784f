//! Making crew members.

use coulisses_crew::access::Role;
use coulisses_crew::ids::{AccountId, OrgId, UserId};
use serde_json::{Value, json};

use crate::support::{Answer, Client, World, archive_user, audit, key, on_each_database, refused};

const CREATE: &str = "
    mutation($input: CreateUserInput!) {
        createUser(input: $input) {
            user {
                id displayName email phone skills tags
                account { id }
                archivedAt createdAt version
            }
        }
    }
";

const EVERYBODY: &str = "
    {
        users(first: 200, filter: {includeArchived: true}) { nodes { displayName } }
    }
";

const USER: &str = "
    query($id: ID!) {
        user(id: $id) {
            id displayName email phone skills tags
            account { id }
            archivedAt createdAt version
        }
    }
";

async fn create(client: &Client, input: Value) -> Answer {
    client.gql(CREATE, json!({"input": input})).await
}

/// The names of the whole crew.
async fn crew(client: &Client) -> Vec<String> {
    let found = client.query(EVERYBODY).await;
    let names = found.texts("/data/users/nodes", "/displayName");
    names.into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_crew_member_is_single_spaced_and_their_labels_are_kept_once() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let input = json!({
            "displayName": "  Le\u{301}a \u{a0}Régie\t", "email": " LEA@Crew.Example ",
            "phone": " +33 6 12 ",
            "skills": [
                "Son", " rigging ", "Éclairage", "Rigging", "E\u{301}CLAIRAGE", "Light desk",
                "light  desk",
            ],
            "tags": ["Zénith", "ZÉNITH", "A"],
        });
        let answer = create(&world.owner, input).await;
        let user = &answer.data()["createUser"]["user"];
        let id = answer.str("/data/createUser/user/id");
        assert!(id.starts_with("user_"), "{id}");
        assert_eq!(
            user,
            &json!({
                "id": id, "displayName": "Léa Régie", "email": "lea@crew.example",
                "phone": "+33 6 12", "skills": ["Éclairage", "Light desk", "rigging", "Son"],
                "tags": ["A", "Zénith"], "account": null, "archivedAt": null,
                "createdAt": "2026-09-01T08:00:00Z", "version": 1,
            })
        );
        let read = world.owner.gql(USER, json!({"id": id})).await;
        assert_eq!(&read.data()["user"], user);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_address_or_number_counts_as_none_for_any_number_of_people() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for (email, phone) in [(Some(""), Some("  ")), (Some(" "), Some("")), (None, None)] {
            let input = json!({
                "displayName": "Léa", "email": email, "phone": phone, "skills": null, "tags": null,
            });
            let answer = create(&world.owner, input).await;
            let user = &answer.data()["createUser"]["user"];
            assert_eq!(
                (&user["email"], &user["phone"]),
                (&json!(null), &json!(null))
            );
            assert_eq!((&user["skills"], &user["tags"]), (&json!([]), &json!([])));
        }
        assert_eq!(crew(&world.owner).await.len(), 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_has_1_to_200_characters() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for name in ["", "  \t\n ", &"é".repeat(201), "nul\u{0}", "bell\u{7}"] {
            let answer = create(&world.owner, json!({"displayName": name})).await;
            refused(&answer, "BAD_USER_INPUT", "displayName");
        }
        let longest = "é".repeat(200);
        let answer = create(&world.owner, json!({"displayName": format!(" {longest} ")})).await;
        answer.data();
        assert_eq!(crew(&world.owner).await, [longest]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_single_email_address_is_refused() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let too_long = format!("lea@{}.example", "a.".repeat(130));
        for email in [
            "lea",
            "lea@",
            "@crew.example",
            "le a@crew.example",
            "lea@crew.example, max@crew.example",
            "lea@crew..example",
            "Léa <lea@crew.example>",
            "<lea@crew.example>",
            &too_long,
        ] {
            let answer = create(&world.owner, json!({"displayName": "Léa", "email": email})).await;
            assert!(
                answer.body["errors"].is_array(),
                "{email} was taken: {}",
                answer.text
            );
            refused(&answer, "BAD_USER_INPUT", "email");
        }
        assert!(crew(&world.owner).await.is_empty());
        for email in [
            "lea+tour@crew.example",
            "l.e-a_@sub.crew.example",
            "léa@crew.example",
        ] {
            create(&world.owner, json!({"displayName": "Léa", "email": email}))
                .await
                .data();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_50_skills_and_50_tags_of_1_to_100_characters_are_taken() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let labels = |count: usize| {
            (0..count)
                .map(|i| format!("label {i:02}"))
                .collect::<Vec<_>>()
        };
        for field in ["skills", "tags"] {
            let with = |labels: Value| {
                let mut input = json!({"displayName": field});
                input[field] = labels;
                create(&world.owner, input)
            };
            refused(&with(json!(labels(51))).await, "BAD_USER_INPUT", field);
            let second = format!("{field}.1");
            refused(&with(json!(["fine", " "])).await, "BAD_USER_INPUT", &second);
            refused(
                &with(json!(["fine", "é".repeat(101)])).await,
                "BAD_USER_INPUT",
                &second,
            );
            let answer = with(json!(labels(50))).await;
            assert_eq!(
                answer.data()["createUser"]["user"][field],
                json!(labels(50))
            );
            let longest = json!(["é".repeat(100)]);
            assert_eq!(
                with(longest.clone()).await.data()["createUser"]["user"][field],
                longest
            );
        }
        assert_eq!(crew(&world.owner).await.len(), 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_email_address_is_refused_in_any_case_and_within_the_organisation_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = json!({"displayName": "Léa", "email": "lea@crew.example", "skills": ["son"]});
        let answer = create(&world.owner, lea.clone()).await;
        let id = answer.str("/data/createUser/user/id");
        for email in ["lea@crew.example", "LEA@CREW.EXAMPLE", " Lea@crew.example "] {
            let input = json!({"displayName": "Other", "email": email, "skills": ["rigging"]});
            refused(
                &create(&world.owner, input).await,
                "ALREADY_EXISTS",
                "email",
            );
        }
        assert_eq!(crew(&world.owner).await, ["Léa"]);
        let skills = world.owner.query("{ org { skills } }").await;
        assert_eq!(skills.data()["org"]["skills"], json!(["son"]));

        let other = World::new(&app, "scene").await;
        create(&other.owner, lea.clone()).await.data();
        assert_eq!(crew(&other.owner).await, ["Léa"]);

        archive_user(&app, id).await;
        create(&world.owner, lea.clone()).await.data();
        refused(&create(&world.owner, lea).await, "ALREADY_EXISTS", "email");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_or_above_adds_to_the_crew() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let before = crew(&world.owner).await;
        let entries = audit(&app, "createUser").await.len();
        // Somebody who may not do it does not learn either whether the input is right.
        for input in [json!({"displayName": "Léa"}), json!({"displayName": ""})] {
            let answer = create(&tech, input.clone()).await;
            assert_eq!(answer.code(), "FORBIDDEN");
            assert_eq!(answer.at("/errors/0/path"), &json!(["createUser"]));
            assert_eq!(create(&app.client(), input).await.code(), "UNAUTHENTICATED");
        }
        assert_eq!(crew(&world.owner).await, before);
        assert_eq!(audit(&app, "createUser").await.len(), entries);
        for role in [Role::Manager, Role::Admin, Role::Owner] {
            let (client, _) = world.member(role).await;
            create(&client, json!({"displayName": "Léa"})).await.data();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_crew_member_leaves_one_audit_entry_and_a_refused_one_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = json!({
            "displayName": " Léa ", "email": "Lea@crew.example", "skills": ["Son", "son"],
            "tags": ["A"],
        });
        let answer = create(&world.owner, lea.clone()).await;
        let id = answer.str("/data/createUser/user/id").to_owned();
        refused(&create(&world.owner, lea).await, "ALREADY_EXISTS", "email");
        refused(
            &create(&world.owner, json!({"displayName": ""})).await,
            "BAD_USER_INPUT",
            "displayName",
        );

        let me = world.owner.query("{ me { id } }").await;
        let entries = audit(&app, "createUser").await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        let entry = &entries[0];
        assert_eq!(entry.org_id, key::<OrgId>(&world.org_id));
        assert_eq!(
            entry.actor_id,
            Some(key::<AccountId>(me.str("/data/me/id")))
        );
        assert_eq!(
            (entry.entity_type.as_str(), entry.entity_id),
            ("User", key::<UserId>(&id).uuid())
        );
        assert_eq!(
            entry.changes,
            json!({
                "displayName": [null, "Léa"], "email": [null, "lea@crew.example"],
                "skills": [null, ["Son"]], "tags": [null, ["A"]],
            })
        );
    })
    .await;
}
