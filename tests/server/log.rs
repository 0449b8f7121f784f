//! What the binary writes to its log.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{
    CONFIRM_RESET, Client, Database, LOGIN, REQUEST_RESET, Running, SECRET, Sent, SlowMail,
    backends,
};

const PASSWORD: &str = "correct horse battery staple";
const NEW: &str = "another horse battery staple";
/// Stands in every address and every name of the test.
const MARK: &str = "xylophone";

const SIGN_UP: &str = "
    mutation Begin($input: SignUpInput!) { signUp(input: $input) { accessToken account { id } org { id } } }
";

const INVITE_MEMBER: &str = "
    mutation Ask($email: String!) { inviteMember(input: {email: $email, role: TECH}) { token } }
";

const JOIN: &str = "
    mutation($token: String!, $password: String!, $name: String!) {
        joinOrg(input: {token: $token, password: $password, displayName: $name}) { accessToken }
    }
";

/// The lines of a log in JSON.
fn lines(log: &str) -> Vec<Value> {
    let parsed = log.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().expect(log)
}

/// The one line with a message and a value of one field.
fn only<'a>(lines: &'a [Value], message: &str, field: &str, value: &str) -> &'a Value {
    let fits = |line: &&Value| line["message"] == message && line[field] == value;
    let found: Vec<_> = lines.iter().filter(fits).collect();
    assert_eq!(found.len(), 1, "{message}, {field} {value}: {lines:#?}");
    found[0]
}

fn person() -> Value {
    json!({
        "email": format!("{MARK}@regie.example"),
        "password": PASSWORD,
        "displayName": format!("Ada {MARK}"),
        "orgName": format!("{MARK} Crew"),
    })
}

/// Does what takes and gives secrets, as it is meant and as it is not. Returns the secrets.
async fn use_secrets(server: &mut Running, mail: &SlowMail) -> BTreeSet<String> {
    let mut secrets: BTreeSet<String> = [PASSWORD, NEW, SECRET, MARK].map(str::to_owned).into();
    let email = format!("{MARK}@regie.example");
    let mut owner = server.client();
    let begun = owner.gql(SIGN_UP, json!({"input": person()})).await;
    owner.sign_in(&begun, "signUp");
    let rest = json!({"email": email, "password": PASSWORD});
    let mut web = server.client();
    web.cookie = web.post("/api/v1/auth/login", &rest).await.cookie();
    for _ in 0..2 {
        let renewed = web.post("/api/v1/auth/refresh", &json!({})).await;
        secrets.extend(renewed.cookie());
        web.token = Some(renewed.str("/access_token").to_owned());
    }
    secrets.extend(web.token.clone());

    let invited = owner
        .gql(
            INVITE_MEMBER,
            json!({"email": format!("lea.{MARK}@a.example")}),
        )
        .await;
    let token = invited.str("/data/inviteMember/token").to_owned();
    let joining = json!({"token": token, "password": PASSWORD, "name": MARK});
    server.client().gql(JOIN, joining).await.data();
    owner
        .gql(REQUEST_RESET, json!({"email": email}))
        .await
        .data();
    let mails = mail.heard(2).await;
    let links: Vec<_> = mails
        .iter()
        .map(|mail| Sent::read(mail).token().expect("a link").to_owned())
        .collect();
    secrets.extend(links.clone());
    secrets.insert(token);
    for link in &links {
        // One of them is the invitation, and is refused here.
        server
            .client()
            .gql(CONFIRM_RESET, json!({"token": link, "new": NEW}))
            .await;
    }
    misuse(server, &owner, &mut web).await;
    secrets.extend(
        [owner.token, owner.cookie, web.token, web.cookie]
            .into_iter()
            .flatten(),
    );
    let values = |secret: &String| Some(secret.split_once('=')?.1.to_owned());
    secrets.extend(secrets.iter().filter_map(values).collect::<Vec<_>>());
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// Secrets at the wrong place, at the wrong time, or wrong ones.
async fn misuse(server: &Running, owner: &Client, web: &mut Client) {
    let email = format!("{MARK}@regie.example");
    let client = server.client();
    for (email, password) in [
        (&*email, PASSWORD),
        ("nobody.xylophone@a.example", NEW),
        (MARK, MARK),
    ] {
        client
            .gql(LOGIN, json!({"email": email, "password": password}))
            .await;
    }
    client
        .gql(LOGIN, json!({"email": {"not": MARK}, "password": [NEW]}))
        .await;
    client.gql(&format!("mutation {{ login(input: {{email: \"{MARK}\", password: \"{NEW}\"}}) {{ nothing }} }}"), json!({})).await;
    client
        .post(
            "/api/v1/auth/login",
            &json!({"email": email, "password": NEW, "orgId": MARK}),
        )
        .await;
    web.post("/api/v1/auth/logout", &json!({})).await;
    web.post("/api/v1/auth/refresh", &json!({})).await;
    owner.query("{ me { id } }").await;
    let path = format!("/graphql?query={{me{{email}}}}&variables={{\"token\":\"{NEW}\"}}")
        .replace([' ', '"', '{', '}'], "+");
    let request = client.request(Method::GET, &path);
    client
        .send(request.body(Body::empty()).expect("a request"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_of_the_log_holds_a_token_a_password_an_address_or_what_people_typed() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let mail = SlowMail::start().await;
        mail.may_take.add_permits(100);
        let mut server = Running::start(&[
            ("DATABASE_URL", &database.url()),
            ("SECRET_KEY", SECRET),
            ("SMTP_URL", &mail.url),
            ("LOG_LEVEL", "trace"),
            ("LOG_FORMAT", "json"),
        ])
        .await;
        let secrets = use_secrets(&mut server, &mail).await;
        assert!(secrets.len() > 12, "{secrets:?}");
        // The mail server's answer names the recipient.
        *mail.refusal.lock().expect("nobody panicked") =
            Some("550 <xylophone@a.example> unknown\r\n");
        let mut other = server.client();
        let begun = other.gql(SIGN_UP, json!({"input": {"email": "b@b.example", "password": PASSWORD, "displayName": "B", "orgName": "B"}})).await;
        other.sign_in(&begun, "signUp");
        other
            .gql(INVITE_MEMBER, json!({"email": format!("{MARK}@a.example")}))
            .await
            .data();
        let refused = server.logs("a mail could not be sent").await;
        assert!(
            refused.contains("(550): <…@a.example> unknown"),
            "{refused}"
        );
        let log = server.stop().await;
        let told: Vec<_> = secrets
            .iter()
            .filter(|secret| log.contains(secret.as_str()))
            .collect();
        assert!(told.is_empty(), "{told:?} in {log}");
        assert!(log.contains("\"operation\":\"Begin\""), "{log}");
        assert!(lines(&log).len() > 20, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_a_line_that_says_who_asked_for_what_and_what_it_took() {
    let server = Running::start(&[
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "info,coulisses_crew=debug"),
    ])
    .await;
    let mut owner = server.client();
    let begun = owner.gql(SIGN_UP, json!({"input": person()})).await;
    owner.sign_in(&begun, "signUp");
    let answer = owner.query("query Who { me { id } }").await;
    owner
        .query("query Wrong { mission(id: \"mission_x\") { id } }")
        .await;
    owner.post("/api/v1/auth/refresh", &json!({})).await;
    let wrong = json!({"email": format!("{MARK}@regie.example"), "password": NEW});
    owner.post("/api/v1/auth/login", &wrong).await;
    for path in ["/healthz", "/nowhere"] {
        let request = owner.request(Method::GET, path);
        owner
            .send(request.body(Body::empty()).expect("a request"))
            .await;
    }
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let header = format!("00-{trace}-00f067aa0ba902b7-01");
    for (path, header) in [("/traced", &*header), ("/untraced", "00-nonsense")] {
        let request = owner
            .request(Method::GET, path)
            .header("traceparent", header);
        owner
            .send(request.body(Body::empty()).expect("a request"))
            .await;
    }
    let log = server.stop().await;
    let lines = lines(&log);
    assert_eq!(
        only(&lines, "answered", "path", "/traced")["span"]["trace"],
        trace
    );
    assert_eq!(
        only(&lines, "answered", "path", "/untraced")["span"]["trace"],
        Value::Null
    );

    let line = only(&lines, "answered", "operation", "Who");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["account"], *begun.at("/data/signUp/account/id"));
    assert_eq!(line["org"], *begun.at("/data/signUp/org/id"));
    assert_eq!(
        line["span"]["id"],
        answer.headers["x-request-id"].to_str().expect("text")
    );
    for (field, value) in [
        ("method", json!("POST")),
        ("path", json!("/graphql")),
        ("client", json!("127.0.0.1")),
        ("status", json!(200)),
        ("code", Value::Null),
    ] {
        assert_eq!(line[field], value, "{line}");
    }
    let (millis, statements) = (line["millis"].as_f64(), line["statements"].as_u64());
    assert!(millis.is_some_and(|millis| millis > 0.0), "{line}");
    assert!(
        statements.is_some_and(|count| (1..9).contains(&count)),
        "{line}"
    );

    assert_eq!(
        only(&lines, "answered", "operation", "Wrong")["code"],
        "BAD_USER_INPUT"
    );
    assert_eq!(only(&lines, "answered", "path", "/nowhere")["status"], 404);
    assert_eq!(
        only(&lines, "answered", "path", "/healthz")["level"],
        "DEBUG"
    );
    let login = only(&lines, "answered", "path", "/api/v1/auth/login");
    assert_eq!(
        (&login["code"], &login["status"]),
        (&json!("INVALID_CREDENTIALS"), &json!(401))
    );
    let refused = only(&lines, "a sign-in was refused", "reason", "wrong password");
    assert_eq!(
        (&refused["level"], &refused["account"]),
        (&json!("INFO"), &line["account"])
    );
    assert_eq!(refused["span"], login["span"]);
    for message in ["stopping", "stopped"] {
        let is_told = |line: &Value| {
            line["message"]
                .as_str()
                .is_some_and(|text| text.starts_with(message))
        };
        assert_eq!(
            lines.iter().filter(|line| is_told(line)).count(),
            1,
            "{log}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_request_is_a_warning_that_names_its_operation() {
    let mut server = Running::start(&[("SLOW_REQUEST_MS", "0")]).await;
    // Without a name it is known by its first field.
    server.client().query("{ org { id } }").await;
    let line = server.logs("answered slowly").await;
    assert!(line.contains("operation=\"query org\""), "{line}");
    server.client().query("query Board { org { id } }").await;
    let line = server.logs("answered slowly").await;
    assert!(line.contains(" WARN request{id="), "{line}");
    assert!(
        line.contains("operation=\"Board\"") && line.contains("code=\"UNAUTHENTICATED\""),
        "{line}"
    );
    server.stop().await;
}
