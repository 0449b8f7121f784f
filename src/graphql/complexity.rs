//! How many objects an answer may hold, reckoned before anything runs.
//!
//! Each object counts one, and ten fields without objects count as one more; below a connection as often as the page is
//! long. A list without pages counts once: how long it is shows only when it is read, and the loaders count then. It
//! may not stand below itself: nobody needs it, and each time would multiply.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, FieldDefinition, FragmentDefinition, OperationDefinition,
    OperationType, Selection, SelectionSet, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{Error as SyntaxError, parse_schema};
use async_graphql::{Name, Positioned, Value, Variables};

use crate::error::{AppError, ErrorCode, Result};
use crate::page;

/// The most objects of an answer.
pub const MAX: i64 = 5_000;
/// What an object costs.
const OBJECT: i64 = 10;
/// What a field costs that has no object, whenever it is asked for: the executor runs it as often as it is written.
const LEAF: i64 = 1;

/// The schema about itself (GraphQL October 2021, 4.2), as far as it has objects.
const INTROSPECTION: &str = "
    type Query { __schema: __Schema!, __type: __Type }
    type __Schema { types: [__Type!]!, queryType: __Type!, mutationType: __Type, subscriptionType: __Type,
        directives: [__Directive!]! }
    type __Type { fields: [__Field!], interfaces: [__Type!], possibleTypes: [__Type!], enumValues: [__EnumValue!],
        inputFields: [__InputValue!], ofType: __Type }
    type __Field { args: [__InputValue!]!, type: __Type! }
    type __InputValue { type: __Type! }
    type __EnumValue { name: String! }
    type __Directive { args: [__InputValue!]! }";

/// How often a field has its object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    /// Once, or not at all.
    One,
    /// A list whose length nobody knows yet.
    Unpaged,
    /// As its own arguments say: a connection, or a list with `first`.
    Page,
    /// As the connection says that it stands in: its rows.
    Row,
}

/// A field with objects.
struct Shape {
    of: String,
    count: Count,
    is_list: bool,
}

/// The fields of the schema that have objects, by type. The others are leaves.
pub struct Shapes(HashMap<String, HashMap<String, Shape>>);

impl Shapes {
    /// Reads the schema.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn new(sdl: &str) -> Result<Self, SyntaxError> {
        let documents = [parse_schema(sdl)?, parse_schema(INTROSPECTION)?];
        let types = |definition| match definition {
            TypeSystemDefinition::Type(Positioned { node, .. }) => Some(node),
            _ => None,
        };
        let definitions = documents.into_iter().flat_map(|of| of.definitions);
        let types: Vec<TypeDefinition> = definitions.filter_map(types).collect();
        let objects: BTreeSet<&str> = types
            .iter()
            .filter(|of| !fields(of).is_empty())
            .map(|of| of.name.node.as_str())
            .collect();
        let mut shapes: HashMap<String, HashMap<String, Shape>> = HashMap::new();
        for definition in &types {
            let name = definition.name.node.as_str();
            let known = shapes.entry(name.to_owned()).or_default();
            for Positioned { node: field, .. } in fields(definition) {
                let of = named(&field.ty.node);
                if objects.contains(of) {
                    known.insert(field.name.node.to_string(), shape(name, field, of));
                }
            }
        }
        Ok(Self(shapes))
    }

    /// What the answer to an operation can cost at most, as [`check`] takes it. `variable` tells what a variable stands for.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a list without pages below itself.
    pub fn measure(
        &self,
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        variable: &dyn Fn(&Name) -> Value,
    ) -> Result<i64> {
        let mut measure = Measure {
            shapes: self,
            fragments: &document.fragments,
            variable,
            known: HashMap::new(),
        };
        let root = match operation.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        Ok(measure.set(&operation.selection_set.node, root)?.once)
    }
}

fn fields(definition: &TypeDefinition) -> &[Positioned<FieldDefinition>] {
    match &definition.kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        _ => &[],
    }
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(of),
    }
}

fn shape(parent: &str, field: &FieldDefinition, of: &str) -> Shape {
    let is_list = matches!(field.ty.node.base, BaseType::List(_));
    let has_first = field
        .arguments
        .iter()
        .any(|argument| argument.node.name.node == "first");
    let count = match (has_first, is_list) {
        (true, _) => Count::Page,
        (false, true) if parent.ends_with("Connection") => Count::Row,
        (false, true) => Count::Unpaged,
        (false, false) => Count::One,
    };
    Shape {
        of: of.to_owned(),
        count,
        is_list,
    }
}

/// What is selected below a field.
#[derive(Clone, Default)]
struct Cost<'a> {
    once: i64,
    /// What each row costs of the connection that this stands in.
    per_row: i64,
    /// The lists without pages: type and field.
    unpaged: BTreeSet<(&'a str, &'a str)>,
}

impl Cost<'_> {
    fn add(&mut self, other: Self) {
        self.once = self.once.saturating_add(other.once);
        self.per_row = self.per_row.saturating_add(other.per_row);
        self.unpaged.extend(other.unpaged);
    }
}

struct Measure<'a> {
    shapes: &'a Shapes,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    variable: &'a dyn Fn(&Name) -> Value,
    /// A fragment costs the same wherever it is spread.
    known: HashMap<&'a Name, Cost<'a>>,
}

impl<'a> Measure<'a> {
    fn set(&mut self, set: &'a SelectionSet, on: &'a str) -> Result<Cost<'a>> {
        let mut cost = Cost::default();
        for item in &set.items {
            cost.add(match &item.node {
                Selection::Field(field) => self.field(&field.node, on)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| &condition.node.on.node);
                    self.set(&inline.node.selection_set.node, on)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node)?
                }
            });
        }
        Ok(cost)
    }

    fn field(&mut self, field: &'a Field, on: &'a str) -> Result<Cost<'a>> {
        let shapes = self.shapes;
        let name = field.name.node.as_str();
        let shape = shapes
            .0
            .get_key_value(on)
            .and_then(|(on, of)| Some((on, of.get_key_value(name)?)));
        // A field without objects, or one that the validation will refuse.
        let Some((on, (name, shape))) = shape else {
            return Ok(Cost {
                once: LEAF,
                ..Cost::default()
            });
        };
        let below = self.set(&field.selection_set.node, &shape.of)?;
        let one = below.once.saturating_add(OBJECT);
        let mut cost = Cost {
            unpaged: below.unpaged,
            ..Cost::default()
        };
        match shape.count {
            Count::One => cost.once = one,
            Count::Unpaged if cost.unpaged.insert((on, name)) => cost.once = one,
            Count::Unpaged => {
                return refuse(format!(
                    "The document nests the list {on}.{name} in itself."
                ));
            }
            Count::Row => cost.per_row = one,
            Count::Page if shape.is_list => cost.once = self.page(field).saturating_mul(one),
            Count::Page => {
                let rows = self.page(field).saturating_mul(below.per_row);
                cost.once = one.saturating_add(rows);
            }
        }
        Ok(cost)
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Cost<'a>> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        // One that is missing is told by the validation.
        let Some(Positioned { node: fragment, .. }) = self.fragments.get(name) else {
            return Ok(Cost::default());
        };
        let cost = self.set(
            &fragment.selection_set.node,
            &fragment.type_condition.node.on.node,
        )?;
        self.known.insert(name, cost.clone());
        Ok(cost)
    }

    /// How many rows a field asks for. A page that is too large is told by its resolver.
    fn page(&self, field: &Field) -> i64 {
        let asked = |name| {
            let value = field.get_argument(name)?.node.clone();
            let value = value.into_const_with(|name| Ok::<_, Infallible>((self.variable)(&name)));
            match value {
                Ok(Value::Number(number)) => number.as_i64(),
                _ => None,
            }
        };
        let asked = asked("first").into_iter().chain(asked("last")).max();
        asked.unwrap_or(page::DEFAULT).clamp(0, page::MAX)
    }
}

/// What a variable stands for in an operation: its value, or its default.
pub fn value_of(operation: &OperationDefinition, variables: &Variables, name: &Name) -> Value {
    let default = || {
        let mut definitions = operation.variable_definitions.iter().map(|of| &of.node);
        let definition = definitions.find(|of| of.name.node == *name)?;
        definition.default_value.as_ref().map(|value| &value.node)
    };
    variables
        .get(name)
        .or_else(default)
        .cloned()
        .unwrap_or_default()
}

/// Refuses an answer that may cost more than [`MAX`] objects.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check(cost: i64) -> Result<()> {
    if cost <= MAX * OBJECT {
        return Ok(());
    }
    let objects = cost.saturating_add(OBJECT - 1) / OBJECT;
    refuse(format!(
        "The answer may hold {objects} objects, more than {MAX}: ask for smaller pages, or nest less."
    ))
}

fn refuse<T>(message: String) -> Result<T> {
    Err(AppError::new(ErrorCode::BadRequest, message))
}
