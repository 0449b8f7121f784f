//! What people type: names, labels, addresses, passwords and tokens, however their systems write them.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use crate::support::{
    Answer, CONFIRM_RESET, CREATE_PROJECT, Client, REQUEST_RESET, World, accept, decline,
    on_each_database, refused,
};

const PASSWORD: &str = "éléphants à l'aube, façade n°7";

const CREATE: &str = "
    mutation($input: CreateUserInput!) {
        createUser(input: $input) { user { displayName email skills tags } }
    }
";

const SIGN_UP: &str = "
    mutation($input: SignUpInput!) {
        signUp(input: $input) { accessToken account { email } }
    }
";

const LOGIN: &str = "
    mutation($input: LoginInput!) {
        login(input: $input) { accessToken account { email } }
    }
";

const CANDIDATES: &str = "
    query($role: ID!) {
        candidates(roleId: $role) { user { displayName } hasSkill }
    }
";

const CREATE_ORG: &str = "
    mutation($input: CreateOrgInput!) {
        createOrg(input: $input) { org { id } }
    }
";

const INVITE: &str = "
    mutation($input: InviteMemberInput!) {
        inviteMember(input: $input) { token invitation { email } }
    }
";

const JOIN: &str = "
    mutation($input: JoinOrgInput!) {
        joinOrg(input: $input) { accessToken account { email } }
    }
";

async fn create(client: &Client, input: Value) -> Answer {
    client.gql(CREATE, json!({"input": input})).await
}

async fn sign_up(client: &Client, email: &str, password: &str) -> Answer {
    let input =
        json!({"email": email, "password": password, "displayName": "Ada", "orgName": "Régie"});
    client.gql(SIGN_UP, json!({"input": input})).await
}

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    let input = json!({"email": email, "password": password});
    client.gql(LOGIN, json!({"input": input})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_that_differ_in_an_accent_or_a_voicing_mark_are_different_labels() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let skills = json!(["ばり", "はり", "Côté", "Cote"]);
        let input = json!({"displayName": "Léa", "skills": skills, "tags": ["パパ", "ハハ"]});
        let answer = create(&world.owner, input).await;
        let user = &answer.data()["createUser"]["user"];
        assert_eq!(user["skills"], json!(["Cote", "Côté", "はり", "ばり"]));
        assert_eq!(user["tags"], json!(["ハハ", "パパ"]));
        let all = world.owner.query("{ org { skills tags } }").await;
        assert_eq!(all.data()["org"]["skills"], user["skills"]);
        assert_eq!(all.data()["org"]["tags"], user["tags"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_one_skill_does_not_count_as_having_one_that_only_looks_like_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let hari = world.user("Hari", &["はり"]).await;
        let bari = world.user("Bari", &["ばり"]).await;
        let project = world.project("Tour").await;
        let times = ("2026-09-10T08:00:00Z", "2026-09-10T18:00:00Z");
        let roles = json!([{"name": "Beam", "skill": " は\u{3099}り ", "quantity": 1}]);
        let (_, roles) = world.mission(&project, times, roles).await;
        let found = world.owner.gql(CANDIDATES, json!({"role": roles[0]})).await;
        assert_eq!(
            found.data()["candidates"],
            json!([
                {"user": {"displayName": "Bari"}, "hasSkill": true},
                {"user": {"displayName": "Hari"}, "hasSkill": false},
            ])
        );
        let invited = world.try_invite(&roles[0], &[&hari, &bari]).await;
        let warnings = &invited.data()["inviteToMission"]["warnings"];
        let missing: Vec<_> = warnings
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| &row["user"]["id"])
            .collect();
        assert_eq!(missing, [&json!(hari)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_one_line_shows_something_and_hides_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let refuses = async |field: &str, input: Value| {
            refused(&create(&world.owner, input).await, "BAD_USER_INPUT", field);
        };
        for text in [
            "\u{200b}",
            "\u{2800}",
            "\u{301}",
            "\u{3164}",
            "Tour\u{200b}née",
            "Léa\u{2028}B",
            "Léa\nB",
            "\u{202e}aéL",
        ] {
            let with = |field: &str, value: Value| {
                let mut input = json!({"displayName": "Léa"});
                input[field] = value;
                input
            };
            refuses("displayName", with("displayName", json!(text))).await;
            refuses("phone", with("phone", json!(text))).await;
            refuses("skills.0", with("skills", json!([text]))).await;
            refuses("tags.0", with("tags", json!([text]))).await;
            let named = json!({"name": text});
            let project = world
                .owner
                .gql(CREATE_PROJECT, json!({"input": named}))
                .await;
            refused(&project, "BAD_USER_INPUT", "name");
            let org = world.owner.gql(CREATE_ORG, json!({"input": named})).await;
            refused(&org, "BAD_USER_INPUT", "name");
        }
        for name in ["👩🏽‍🔧 Léa", "می\u{200c}خواهم"] {
            let answer = create(&world.owner, json!({"displayName": name})).await;
            assert_eq!(answer.data()["createUser"]["user"]["displayName"], name);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_the_same_on_every_system_and_keeps_its_spaces() {
    on_each_database(async |app| {
        let client = app.client();
        let decomposed = "e\u{301}le\u{301}phants a\u{300} l'aube, fac\u{327}ade\u{a0}n°7";
        for (email, new, typed) in [
            ("a@example.org", PASSWORD, decomposed),
            ("b@example.org", decomposed, PASSWORD),
        ] {
            sign_up(&client, email, new).await.data();
            for password in [new, typed] {
                login(&client, email, password).await.data();
            }
            for other in [format!("{new} "), new.replace(" l'", "  l'")] {
                let refused = login(&client, email, &other).await;
                assert_eq!(refused.code(), "INVALID_CREDENTIALS");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mailbox_is_one_account_in_both_forms_of_its_domain() {
    on_each_database(async |app| {
        let client = app.client();
        let made = sign_up(&client, "ada@bücher.example", PASSWORD).await;
        assert_eq!(made.str("/data/signUp/account/email"), "ada@bücher.example");
        let again = sign_up(&client, "ADA@xn--bcher-kva.example", PASSWORD).await;
        refused(&again, "ALREADY_EXISTS", "email");
        for email in ["ada@xn--bcher-kva.example", " Ada@BU\u{308}CHER.example "] {
            let answer = login(&client, email, PASSWORD).await;
            assert_eq!(
                answer.str("/data/login/account/email"),
                "ada@bücher.example"
            );
        }
        let broken = sign_up(&client, "b@xn--a", PASSWORD).await;
        refused(&broken, "BAD_USER_INPUT", "email");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crew_and_invitations_have_one_form_of_an_address_too() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = |email: &str| json!({"displayName": "Léa", "email": email});
        let first = create(&world.owner, lea("lea@xn--bcher-kva.example")).await;
        let shown = first.str("/data/createUser/user/email");
        assert_eq!(shown, "lea@bücher.example");
        let second = create(&world.owner, lea("Lea@BÜCHER.example")).await;
        refused(&second, "ALREADY_EXISTS", "email");

        let input = json!({"email": "LEA@bücher.example", "role": Role::Tech.as_str()});
        let invited = world.owner.gql(INVITE, json!({"input": input})).await;
        assert_eq!(
            invited.str("/data/inviteMember/invitation/email"),
            "lea@bücher.example"
        );
        let token = format!(" {}\r\n", invited.str("/data/inviteMember/token"));
        let input = json!({"token": token, "password": PASSWORD, "displayName": "Léa"});
        let mut joined = app.client();
        let answer = joined.gql(JOIN, json!({"input": input})).await;
        joined.sign_in(&answer, "joinOrg");
        let profile = joined.query("{ myProfile { email } }").await;
        assert_eq!(profile.data()["myProfile"]["email"], "lea@bücher.example");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_copied_with_white_space_around_it_is_taken() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let times = ("2026-09-10T08:00:00Z", "2026-09-10T18:00:00Z");
        let (_, role) = world.place(&world.project("Tour").await, times, 2).await;
        let invited = world.invite(&role, &[&lea, &max]).await;
        let nobody = app.client();
        let copied = |i: usize| format!(" {}\r\n", invited[i].1);
        let read = "query($token: String!) { invitation(token: $token) { status } }";
        let page = nobody.gql(read, json!({"token": copied(0)})).await;
        assert_eq!(page.data()["invitation"]["status"], "PENDING");
        accept(&nobody, &copied(0)).await.data();
        decline(&nobody, &copied(1)).await.data();

        let reset = nobody
            .gql(REQUEST_RESET, json!({"email": "owner@regie.example"}))
            .await;
        let token = reset.str("/data/requestPasswordReset/resetToken");
        let broken = format!("{} {}", &token[..20], &token[20..]);
        let broken = nobody
            .gql(CONFIRM_RESET, json!({"token": broken, "new": PASSWORD}))
            .await;
        refused(&broken, "INVALID_TOKEN", "token");
        let copied = format!("\n{token} ");
        nobody
            .gql(CONFIRM_RESET, json!({"token": copied, "new": PASSWORD}))
            .await
            .data();
        login(&nobody, "owner@regie.example", PASSWORD).await.data();
    })
    .await;
}
