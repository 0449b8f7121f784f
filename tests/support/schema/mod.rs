//! The schema as a client reads it, out of the SDL: an operation for each field there is, with arguments of the right
//! types, so that a new field is tested without anybody thinking of it.

mod operation;

pub use operation::Operation;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use async_graphql_parser::parse_schema;
use async_graphql_parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use coulisses_crew::api;
use serde_json::{Map, Value, json};

use super::prefix_of;
use super::{Client, Rows};

/// What stands at a place for an id: `Mutation.createMission(input.projectId)`. None leaves it out.
pub type Ids<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The types by name.
pub struct Schema(BTreeMap<String, TypeDefinition>);

impl Schema {
    /// The schema that the code serves.
    pub fn new() -> Self {
        let document = parse_schema(api::sdl()).expect("SDL");
        let definitions = document.definitions.into_iter();
        let types = definitions.filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(definition.node),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
        Self(types.map(|of| (of.name.node.to_string(), of)).collect())
    }

    /// The fields of an object type.
    pub fn fields(&self, name: &str) -> Vec<&FieldDefinition> {
        match self.0.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object(of)) => of.fields.iter().map(|field| &field.node).collect(),
            _ => Vec::new(),
        }
    }

    /// What a type is, if there is one of that name: the built-in scalars have no definition.
    pub fn kind(&self, name: &str) -> Option<&TypeKind> {
        self.0.get(name).map(|definition| &definition.kind)
    }

    /// The types whose rows have an id, by what it begins with.
    pub fn prefixes(&self) -> BTreeMap<&str, &str> {
        let with_id = self.0.keys().filter_map(|of| {
            let mut fields = self.fields(of).into_iter();
            let id = fields.find(|field| field.name.node == "id")?;
            let text = id.description.as_ref().map_or("", |text| &*text.node);
            let prefix = text.strip_prefix("TypeID with the prefix `");
            let prefix = prefix.and_then(|text| text.split('`').next());
            let told = "TypeID with the prefix `…`.";
            let prefix = prefix.unwrap_or_else(|| panic!("describe {of}.id as: {told}"));
            Some((prefix, of.as_str()))
        });
        with_id.collect()
    }

    /// The type whose rows have ids like this one.
    pub fn type_of(&self, id: &str) -> Option<&str> {
        self.prefixes().get(prefix_of(id)).copied()
    }

    /// The types of which there are Relay connections.
    pub fn listed(&self) -> Vec<&str> {
        let names = self.0.keys();
        names.filter_map(|name| listed_in(name)).collect()
    }

    /// The object types that implement an interface.
    pub fn implementors(&self, interface: &str) -> BTreeSet<&str> {
        let implements = |definition: &TypeDefinition| match &definition.kind {
            TypeKind::Object(of) => of.implements.iter().any(|name| name.node == interface),
            _ => false,
        };
        let found = self.0.iter().filter(|(_, of)| implements(of));
        found.map(|(name, _)| name.as_str()).collect()
    }

    /// Every field of every object type, each reached from the root by the shortest way; ways that begin with an id
    /// first, because they lead to a row for everybody.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (root, kind) in [("Query", "query"), ("Mutation", "mutation")] {
            let mut queue = VecDeque::from([(root, Vec::new())]);
            while let Some((owner, way)) = queue.pop_front() {
                let mut fields = self.fields(owner);
                fields.sort_by_key(|field| {
                    !field.arguments.iter().any(|of| of.node.name.node == "id")
                });
                for field in fields {
                    let mut path = way.clone();
                    path.push((owner, field));
                    let to = named(&field.ty.node);
                    if !self.fields(to).is_empty() && seen.insert(to) {
                        queue.push_back((to, path.clone()));
                    }
                    found.push(Operation {
                        schema: self,
                        kind,
                        path,
                    });
                }
            }
        }
        found
    }

    /// The kind of id that each place takes (`mission`), learned from how nonsense is refused; empty where any kind
    /// will do. `rows` are the organisation's own.
    pub async fn kinds(&self, owner: &Client, rows: &Rows) -> BTreeMap<String, String> {
        let mut known = BTreeMap::new();
        for operation in self.operations() {
            let mut left = operation.places();
            while !left.is_empty() {
                let ids = |place: &str| {
                    // Where any kind will do, the organisation's will.
                    let of = |kind: &String| rows.get(kind).unwrap_or(&rows["org"]).clone();
                    Some(known.get(place).map_or("nonsense".to_owned(), of))
                };
                let (query, variables) = operation.build(false, &ids);
                let answer = owner.gql(&query, variables).await;
                let field = answer.field();
                let ends = [format!("({field})"), format!("(input.{field})")];
                let place = left
                    .iter()
                    .find(|place| ends.iter().any(|end| place.ends_with(end)));
                let place = place
                    .unwrap_or_else(|| panic!("{query} is answered {}", answer.text))
                    .clone();
                let words = answer
                    .str("/errors/0/message")
                    .strip_prefix("Expected an id that starts with ");
                let kind = words
                    .and_then(|words| words.strip_suffix("_."))
                    .unwrap_or_default();
                left.remove(&place);
                known.insert(place, kind.to_owned());
            }
        }
        known
    }

    /// A value, and whether there is an id in it.
    fn value(&self, of: &Type, path: &str, ids: Ids) -> (Value, bool) {
        let name = match &of.base {
            BaseType::List(of) => {
                let (value, has_id) = self.value(of, &format!("{path}.0"), ids);
                return (json!([value]), has_id);
            }
            BaseType::Named(name) => name.as_str(),
        };
        let field = path.rsplit('.').next().unwrap_or_default();
        let value = match (name, field) {
            ("ID", _) => return ids(path).map_or((Value::Null, false), |id| (json!(id), true)),
            ("Int", "first") => json!(5),
            ("Int", _) => json!(1),
            ("Boolean", _) => json!(false),
            ("DateTime", "endsAt" | "to") => json!("2026-11-11T18:00:00Z"),
            ("DateTime", _) => json!("2026-11-11T08:00:00Z"),
            (_, "timezone") => json!("Europe/Paris"),
            _ => match self.0.get(name).map(|definition| &definition.kind) {
                Some(TypeKind::Enum(of)) => json!(of.values[0].node.value.node.as_str()),
                Some(TypeKind::InputObject(of)) => {
                    let fields = of.fields.iter().map(|field| &field.node);
                    return self.object(fields, &format!("{path}."), ids);
                }
                _ => json!("A text"),
            },
        };
        (value, false)
    }

    /// Values of what must be given and of what has an id in it.
    fn object<'a>(
        &self,
        inputs: impl Iterator<Item = &'a InputValueDefinition>,
        path: &str,
        ids: Ids,
    ) -> (Value, bool) {
        let (mut object, mut any) = (Map::new(), false);
        for input in inputs {
            let name = input.name.node.to_string();
            let (value, has_id) = self.value(&input.ty.node, &format!("{path}{name}"), ids);
            any |= has_id;
            if has_id || required(input) || name == "first" {
                object.insert(name, value);
            }
        }
        (Value::Object(object), any)
    }

    /// The fields to ask of a type that need no argument, and of those so many levels down.
    fn selection(&self, name: &str, depth: u32) -> String {
        let bare = || " { __typename }".to_owned();
        match self.0.get(name).map(|definition| &definition.kind) {
            Some(TypeKind::Object(_)) if depth > 0 => {
                let mut text = " { __typename".to_owned();
                for field in self.fields(name) {
                    let selection = self.selection(named(&field.ty.node), depth - 1);
                    if field.arguments.is_empty() && (depth > 1 || selection.is_empty()) {
                        write!(text, " {}{selection}", field.name.node).expect("text");
                    }
                }
                text + " }"
            }
            Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)) => bare(),
            _ => String::new(),
        }
    }
}

/// The type of the rows of a connection, by the name of the connection's type.
pub fn listed_in(name: &str) -> Option<&str> {
    name.strip_suffix("Connection")
}

/// Whether a value has to be given.
pub fn required(input: &InputValueDefinition) -> bool {
    !input.ty.node.nullable && input.default_value.is_none()
}

/// The name at the bottom of lists.
pub fn named(of: &Type) -> &str {
    match &of.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}
