//! What is asked.

use coulisses_crew::ids::ProjectId;
use serde_json::{Value, json};

use crate::common::post;
use crate::rows::{Org, Rows};

const BOARD: &str = "query Board($id: ID!) { project(id: $id) { id name missions(first: 100) { nodes { \
    id title startsAt roles { id name quantity } assignments { id status user { id displayName } } } } } }";
const MISSION: &str = "query Mission($id: ID!) { mission(id: $id) { \
    id title startsAt assignments { id status user { id displayName } } } }";
const MISSIONS: &str = "query Missions($first: Int!) { missions(first: $first) { \
    nodes { id title startsAt } pageInfo { hasNextPage endCursor } } }";
const CREATE: &str = "mutation Create($input: CreateMissionInput!) { \
    created: createMission(input: $input) { mission { id title } } }";
/// The title of all missions that the benchmark makes.
pub const TITLE: &str = "Added by the benchmark";

/// One kind of request.
pub struct Work {
    pub name: &'static str,
    /// The bare handler's route.
    path: &'static str,
    /// The sender's token, and the body.
    asked: Vec<(String, String)>,
}

impl Work {
    /// One for each variables of each organisation, whose tokens are in the same order.
    fn new(
        (name, path): (&'static str, &'static str),
        document: &str,
        senders: &[(&Org, &String)],
        variables: impl Fn(&Org) -> Vec<Value>,
    ) -> Self {
        let bodies = |(org, token): &(&Org, &String)| {
            let token = (*token).clone();
            let body = |v| json!({"query": document, "variables": v}).to_string();
            let bodies: Vec<String> = variables(org).into_iter().map(body).collect();
            bodies.into_iter().map(move |body| (token.clone(), body))
        };
        Self {
            name,
            path,
            asked: senders.iter().flat_map(bodies).collect(),
        }
    }

    /// The requests to the server, of which neighbours come from the same organisation.
    pub fn ours(&self) -> Vec<String> {
        self.to("/graphql")
    }

    /// The same to the bare handler.
    pub fn bare(&self) -> Vec<String> {
        self.to(self.path)
    }

    /// Those of the first organisation.
    pub fn of_first(&self) -> Vec<String> {
        self.of(self.asked.first())
    }

    /// Those of the last organisation.
    pub fn of_last(&self) -> Vec<String> {
        self.of(self.asked.last())
    }

    fn of(&self, sender: Option<&(String, String)>) -> Vec<String> {
        let (token, _) = sender.expect("somebody asks");
        let own = self.asked.iter().filter(|(own, _)| own == token);
        own.map(|(token, body)| post("/graphql", Some(token), body))
            .collect()
    }

    /// Requests to the server and the bare handler that both must refuse: without a token, with a broken one, and with
    /// that of another organisation.
    pub fn refused(&self) -> Vec<(String, String)> {
        let (own, body) = self.asked.first().expect("somebody asks");
        let (foreign, _) = self.asked.last().expect("somebody asks");
        let (broken, _) = own.rsplit_once('.').expect("a token in three parts");
        [
            None,
            Some(format!("{broken}.{}", "A".repeat(43))),
            Some(foreign.clone()),
        ]
        .map(|token| {
            let request = |path| post(path, token.as_deref(), body);
            (request("/graphql"), request(self.path))
        })
        .to_vec()
    }

    /// Whether it names a row of the organisation.
    pub fn names_a_row(&self) -> bool {
        self.path != "/missions"
    }

    /// Whether it makes rows.
    pub fn writes(&self) -> bool {
        self.path == "/create"
    }

    fn to(&self, path: &str) -> Vec<String> {
        let request = |(token, body): &(String, String)| post(path, Some(token), body);
        self.asked.iter().map(request).collect()
    }
}

/// The four works: over all projects, all missions, all organisations, and all projects again.
pub fn all(rows: &Rows, tokens: &[String]) -> [Work; 4] {
    let senders: Vec<(&Org, &String)> = rows.orgs.iter().zip(tokens).collect();
    let board = |org: &Org| {
        let ids = org.projects.iter().map(|project| project.id);
        ids.map(|id| json!({"id": id})).collect()
    };
    let mission = |org: &Org| {
        let missions = org.projects.iter().flat_map(|project| &project.missions);
        missions.map(|mission| json!({"id": mission.id})).collect()
    };
    let create = |org: &Org| {
        let ids = org.projects.iter().map(|project| project.id);
        ids.map(|id| json!({"input": new_mission(id)})).collect()
    };
    [
        Work::new(("W1, a board", "/board"), BOARD, &senders, board),
        Work::new(("W2, a mission", "/mission"), MISSION, &senders, mission),
        Work::new(("W3, a list", "/missions"), MISSIONS, &senders, |_| {
            vec![json!({"first": 50})]
        }),
        Work::new(("W4, a write", "/create"), CREATE, &senders, create),
    ]
}

fn new_mission(project_id: ProjectId) -> Value {
    json!({
        "projectId": project_id,
        "mission": {
            "title": TITLE,
            "location": "Zénith",
            "startsAt": "2027-05-01T16:00:00Z",
            "endsAt": "2027-05-01T23:00:00Z",
        },
    })
}
