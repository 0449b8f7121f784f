//! Reading the crew: who sees what of whom, searching and filtering.

use coulisses_crew::access::Role;
use coulisses_crew::db::schema::users;
use coulisses_crew::ids::UserId;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    Answer, CREATE_USER, Client, World, archive_user, key, nobodys, on_each_database, refused,
};

const SEARCH: &str = "
    query($filter: UserFilter) {
        users(filter: $filter, first: 200) { totalCount nodes { displayName } }
    }
";

const USER: &str = "
    query($id: ID!) {
        user(id: $id) { displayName skills email phone account { email } }
    }
";

const EACH_WAY: &str = "
    query($id: ID!) {
        node(id: $id) { ... on User { email phone account { email } } }
        users(first: 50) { nodes { id email phone account { email } } }
        myProfile { id email }
    }
";

async fn list(client: &Client, filter: Value) -> Answer {
    client.gql(SEARCH, json!({"filter": filter})).await
}

/// The names that a filter finds.
async fn names(client: &Client, filter: Value) -> Vec<String> {
    let found = list(client, filter).await;
    let texts = found.texts("/data/users/nodes", "/displayName");
    assert_eq!(found.at("/data/users/totalCount"), texts.len());
    texts.into_iter().map(str::to_owned).collect()
}

async fn profile(client: &Client, id: &str) -> Value {
    client.gql(USER, json!({"id": id})).await.data()["user"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn address_number_and_account_are_seen_by_managers_and_by_oneself_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, lea_id) = world.member(Role::Tech).await;
        let (max, max_id) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        for (id, email) in [(&lea_id, "lea@crew.example"), (&max_id, "max@crew.example")] {
            let row = users::table.filter(users::id.eq(key::<UserId>(id)));
            let contact = (users::email.eq(email), users::phone.eq("+33 6"));
            let write = app
                .state
                .db
                .write(async |conn| conn.execute(diesel::update(row).set(contact)).await);
            write.await.expect("an update");
        }
        let account =
            async |client: &Client| client.query("{ me { email } }").await.data()["me"].clone();
        let (lea_account, max_account) = (account(&lea).await, account(&max).await);
        let open = |email: &str, account: &Value| {
            json!({
                "displayName": "TECH", "skills": [], "email": email, "phone": "+33 6",
                "account": account,
            })
        };
        let closed = json!({
            "displayName": "TECH", "skills": [], "email": null, "phone": null, "account": null,
        });

        for client in [&manager, &world.owner] {
            assert_eq!(
                profile(client, &lea_id).await,
                open("lea@crew.example", &lea_account)
            );
        }
        assert_eq!(
            profile(&lea, &lea_id).await,
            open("lea@crew.example", &lea_account)
        );
        assert_eq!(
            profile(&max, &max_id).await,
            open("max@crew.example", &max_account)
        );
        assert_eq!(profile(&lea, &max_id).await, closed);
        assert_eq!(profile(&max, &lea_id).await, closed);

        // The same by every other way to a person.
        let seen = max.gql(EACH_WAY, json!({"id": lea_id})).await;
        assert_eq!(
            seen.data()["node"],
            json!({"email": null, "phone": null, "account": null})
        );
        let with_address: Vec<_> = seen.data()["users"]["nodes"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|user| {
                ["email", "phone", "account"]
                    .iter()
                    .any(|field| !user[field].is_null())
            })
            .map(|user| user["id"].clone())
            .collect();
        assert_eq!(with_address, [json!(max_id)]);
        assert_eq!(
            seen.data()["myProfile"],
            json!({"id": max_id, "email": "max@crew.example"})
        );
        let none = world.owner.query("{ myProfile { id } }").await;
        assert_eq!(none.data(), &json!({"myProfile": null}));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_of_another_organisation_is_answered_like_nobody() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let lea = world.user("Léa", &["son"]).await;
        let missing = nobodys(&app, UserId::PREFIX);
        for id in [&lea, &missing] {
            let both = "query($id: ID!) { user(id: $id) { id } node(id: $id) { id } }";
            let answer = other.owner.gql(both, json!({"id": id})).await;
            assert_eq!(answer.body, json!({"data": {"user": null, "node": null}}));
        }
        assert!(
            names(&other.owner, json!({"includeArchived": true}))
                .await
                .is_empty()
        );
        assert!(
            names(&other.owner, json!({"skills": ["son"]}))
                .await
                .is_empty()
        );
        let labels = other.owner.query("{ org { skills tags } }").await;
        assert_eq!(labels.data()["org"], json!({"skills": [], "tags": []}));

        let project = world.project("Festival").await;
        for id in [project.as_str(), "nonsense", "", &lea[5..]] {
            let answer = world
                .owner
                .gql(
                    "query($id: ID!) { user(id: $id) { id } }",
                    json!({"id": id}),
                )
                .await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "id"), "{id}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_ignores_case_and_accents_and_takes_wildcards_literally() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for name in [
            "Régie Dupont",
            "Zoé Le Régisseur",
            "100% Max",
            "Under_Score",
            r"Back\slash",
            "Ångström",
        ] {
            world.user(name, &[]).await;
        }
        let search = async |text: &str| names(&world.owner, json!({"search": text})).await;
        for text in ["regie", "RÉGIE", "  Re\u{301}gie "] {
            assert_eq!(search(text).await, ["Régie Dupont"], "{text}");
        }
        assert_eq!(search("régi").await, ["Régie Dupont", "Zoé Le Régisseur"]);
        assert_eq!(search("angstrom").await, ["Ångström"]);
        assert_eq!(search("%").await, ["100% Max"]);
        assert_eq!(search("_").await, ["Under_Score"]);
        assert_eq!(search(r"\").await, [r"Back\slash"]);
        assert!(search("1%x").await.is_empty());
        assert!(search("und_r").await.is_empty());
        assert!(search("' OR 1=1 --").await.is_empty());
        assert_eq!(search("").await.len(), 6);
        assert_eq!(search("   ").await.len(), 6);
        assert!(search(&"x".repeat(200)).await.is_empty());
        for text in ["x".repeat(201), "nul\u{0}".to_owned()] {
            let answer = list(&world.owner, json!({"search": text})).await;
            refused(&answer, "BAD_USER_INPUT", "filter.search");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn search_and_order_know_how_names_are_typed() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let sorted = [
            "Ezra",
            "Jean\u{2011}Noël",
            "Kjær",
            "L’Hermitte",
            "Lebœuf",
            "Łukasz",
            "Oberon",
            "Øyvind",
            "Søren",
            "Straße",
            "Tom",
            "Zoé",
            "ΟΔΟΣ",
            "はり",
            "ばり",
        ];
        for name in sorted.iter().rev() {
            world.user(name, &[]).await;
        }
        let search = async |text: &str| names(&world.owner, json!({"search": text})).await;
        for (text, found) in [
            ("leboeuf", "Lebœuf"),
            ("soren", "Søren"),
            ("lukasz", "Łukasz"),
            ("KJAER", "Kjær"),
            ("l'hermitte", "L’Hermitte"),
            ("l hermitte", "L’Hermitte"),
            ("jean-noel", "Jean\u{2011}Noël"),
            ("jean  noël", "Jean\u{2011}Noël"),
            ("\u{200b}zoe", "Zoé"),
            ("strasse", "Straße"),
            ("οδος", "ΟΔΟΣ"),
            ("は", "はり"),
        ] {
            assert_eq!(search(text).await, [found], "{text}");
        }
        assert_eq!(search("").await, sorted);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn skill_and_tag_filters_take_any_of_their_labels_and_both_together() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for (name, skills, tags) in [
            ("Léa", json!(["Éclairage", "Son"]), json!(["Paris"])),
            ("Max", json!(["son"]), json!(["lyon"])),
            ("Zoé", json!(["Rigging"]), json!(["Paris", "Lyon"])),
            ("Nil", json!([]), json!([])),
        ] {
            let input = json!({"displayName": name, "skills": skills, "tags": tags});
            world
                .owner
                .gql(CREATE_USER, json!({"input": input}))
                .await
                .data();
        }
        let find = async |filter: Value| names(&world.owner, filter).await;
        assert_eq!(find(json!({"skills": ["eclairage"]})).await, ["Léa"]);
        assert_eq!(find(json!({"skills": [" SON "]})).await, ["Léa", "Max"]);
        // Each once, although two of the labels fit.
        assert_eq!(
            find(json!({"skills": ["son", "éclairage", "rigging"]})).await,
            ["Léa", "Max", "Zoé"]
        );
        assert_eq!(find(json!({"tags": ["PARIS"]})).await, ["Léa", "Zoé"]);
        assert_eq!(
            find(json!({"skills": ["son"], "tags": ["lyon"]})).await,
            ["Max"]
        );
        assert_eq!(
            find(json!({"skills": ["son"], "search": "lea"})).await,
            ["Léa"]
        );
        // A part of a label is not the label, and a tag is no skill.
        assert!(find(json!({"skills": ["so"]})).await.is_empty());
        assert!(find(json!({"skills": ["paris"]})).await.is_empty());
        assert_eq!(find(json!({"skills": [], "tags": []})).await.len(), 4);
        assert_eq!(
            find(json!({"skills": null, "search": null, "includeArchived": null}))
                .await
                .len(),
            4
        );
        let answer = list(&world.owner, json!({"tags": ["fine", ""]})).await;
        refused(&answer, "BAD_USER_INPUT", "filter.tags.1");

        let labels = world.owner.query("{ org { skills tags } }").await;
        let labels = &labels.data()["org"];
        let folded = |field: &str| -> Vec<String> {
            let labels = labels[field].as_array().expect("a list").iter();
            labels
                .map(|label| label.as_str().expect("text").to_lowercase())
                .collect()
        };
        assert_eq!(folded("skills"), ["éclairage", "rigging", "son"]);
        assert_eq!(folded("tags"), ["lyon", "paris"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_people_are_left_out_unless_they_are_asked_for() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        world.user("Léa", &[]).await;
        let max = world.user("Max", &[]).await;
        archive_user(&app, &max).await;
        assert_eq!(names(&world.owner, json!(null)).await, ["Léa"]);
        assert_eq!(names(&world.owner, json!({})).await, ["Léa"]);
        assert_eq!(
            names(&world.owner, json!({"includeArchived": false})).await,
            ["Léa"]
        );
        assert_eq!(
            names(&world.owner, json!({"includeArchived": true})).await,
            ["Léa", "Max"]
        );
        let read = "query($id: ID!) { user(id: $id) { archivedAt } }";
        let answer = world.owner.gql(read, json!({"id": max})).await;
        assert_eq!(answer.data()["user"]["archivedAt"], "2026-09-01T08:00:00Z");
    })
    .await;
}
