//! The limits on an operation that do not depend on its variables. A fragment counts each time it is spread, but is
//! measured once.

use apollo_compiler::ast::{Directive, Value};
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{Field, FragmentMap, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Name, Node};

use super::document::Document;
use super::refusal::Fault;
use super::rules::Rules;

/// Deepest nesting of fields, except for introspection.
const MAX_DEPTH: u32 = 12;
/// Deepest nesting below `__schema` and `__type`. GraphiQL's introspection query needs it.
const MAX_SCHEMA_DEPTH: u32 = 20;
/// Most fields of one object.
const MAX_WIDTH: u32 = 100;
/// Most aliases.
const MAX_ALIASES: u32 = 30;
/// Longest alias, in bytes. The answer repeats an alias for every row.
const MAX_ALIAS: usize = 100;
/// Most fields of the root.
const MAX_ROOT_FIELDS: u32 = 10;
/// Most entries of a list in an input.
pub const MAX_INPUT_LIST: usize = 500;

type Result<T, E = Fault> = std::result::Result<T, E>;

/// Refuses an operation that is too deep or too wide, or that contains several authentication mutations.
pub fn check(
    rules: &Rules,
    document: &Document,
    operation: &Node<Operation>,
    introspection: bool,
) -> Result<()> {
    let mut visitor = Visitor {
        fragments: &document.parsed.fragments,
        authentication: match operation.is_mutation() {
            true => rules.authentication,
            false => &[],
        },
        introspection,
        known: HashMap::default(),
    };
    for variable in &operation.variables {
        if let Some(default) = &variable.default_value {
            check_lists(&variable.name, default)?;
        }
    }
    let cost = visitor.set(&operation.selection_set)?;
    let at = operation.location();
    limit(cost.depth, MAX_DEPTH, "nests fields deeper than", at)?;
    limit(cost.aliases, MAX_ALIASES, "has more aliases than", at)?;
    limit(cost.width, MAX_ROOT_FIELDS, "has more root fields than", at)?;
    limit(
        cost.attempts,
        1,
        "has more authentication mutations than",
        at,
    )
}

#[derive(Clone, Copy, Default)]
struct Cost {
    depth: u32,
    aliases: u32,
    /// Fields of the object itself.
    width: u32,
    /// Fields of the object itself that check a password or a token.
    attempts: u32,
}

impl Cost {
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            aliases: self.aliases.saturating_add(other.aliases),
            width: self.width.saturating_add(other.width),
            attempts: self.attempts.saturating_add(other.attempts),
        }
    }
}

fn limit(found: u32, most: u32, what: &str, at: Option<SourceSpan>) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    Err(Fault::new(format!("The document {what} {most}."), at))
}

struct Visitor<'a> {
    fragments: &'a FragmentMap,
    authentication: &'static [&'static str],
    introspection: bool,
    known: HashMap<&'a Name, Cost>,
}

impl<'a> Visitor<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Result<Cost> {
        let mut cost = Cost::default();
        for selection in &set.selections {
            cost = cost.beside(self.selection(selection)?);
        }
        Ok(cost)
    }

    fn selection(&mut self, selection: &'a Selection) -> Result<Cost> {
        check_directives(selection.directives())?;
        match selection {
            Selection::Field(field) => self.field(field),
            Selection::InlineFragment(inline) => self.set(&inline.selection_set),
            Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name),
        }
    }

    fn field(&mut self, field: &'a Node<Field>) -> Result<Cost> {
        let at = field.location();
        for argument in &field.arguments {
            check_lists(&argument.name, &argument.value)?;
        }
        if field
            .alias
            .as_ref()
            .is_some_and(|alias| alias.len() > MAX_ALIAS)
        {
            let message = format!("An alias is longer than {MAX_ALIAS} bytes.");
            return Err(Fault::new(message, at));
        }
        let asks_for_schema = matches!(field.name.as_str(), "__schema" | "__type");
        if asks_for_schema && !self.introspection {
            return Err(Fault::new(
                "Introspection is switched off on this server.",
                at,
            ));
        }
        let below = self.set(&field.selection_set)?;
        limit(
            below.width,
            MAX_WIDTH,
            "asks one object for more fields than",
            at,
        )?;
        if asks_for_schema {
            let what = "asks for the schema more deeply than";
            limit(below.depth, MAX_SCHEMA_DEPTH, what, at)?;
        }
        Ok(Cost {
            depth: match asks_for_schema {
                true => 1,
                false => below.depth.saturating_add(1),
            },
            aliases: below
                .aliases
                .saturating_add(u32::from(field.alias.is_some())),
            width: 1,
            attempts: self.authentication.contains(&field.name.as_str()).into(),
        })
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Cost> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        // A valid document has each fragment that it spreads, and none that spreads itself.
        let Some(fragment) = self.fragments.get(name) else {
            return Ok(Cost::default());
        };
        check_directives(&fragment.directives)?;
        let cost = self.set(&fragment.selection_set)?;
        self.known.insert(name, cost);
        Ok(cost)
    }
}

fn check_directives(directives: &[Node<Directive>]) -> Result<()> {
    let mut arguments = directives.iter().flat_map(|directive| &directive.arguments);
    arguments.try_for_each(|argument| check_lists(&argument.name, &argument.value))
}

/// Refuses a list that is too long, wherever it stands in a value.
fn check_lists(name: &str, value: &Node<Value>) -> Result<()> {
    let Some(path) = long_list(value) else {
        return Ok(());
    };
    Err(Fault::new(
        too_long(&format!("{name}{path}")),
        value.location(),
    ))
}

/// Says that a list is too long.
pub fn too_long(place: &str) -> String {
    format!("The list {place} has more than {MAX_INPUT_LIST} entries.")
}

/// Where a list is too long.
fn long_list(value: &Value) -> Option<String> {
    let below =
        |name: &dyn std::fmt::Display, value: &Value| Some(format!(".{name}{}", long_list(value)?));
    match value {
        Value::List(entries) if entries.len() > MAX_INPUT_LIST => Some(String::new()),
        Value::List(entries) => {
            let mut entries = entries.iter().enumerate();
            entries.find_map(|(i, entry)| below(&i, entry))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| below(name, value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{documents, prepared, wrong};
    use super::*;
    use serde_json::json;

    /// Holds at the limit and not one beyond.
    fn edge(limit: usize, because: &str, of: impl Fn(usize) -> String) {
        prepared(&of(limit), json!({})).expect("at the limit");
        let told = wrong(&of(limit + 1));
        assert!(told.contains(because), "{told}");
    }

    #[test]
    fn fields_nest_so_deeply_and_no_deeper() {
        edge(MAX_DEPTH as usize, "deeper than 12", |n| {
            format!("{}{{id}}{}", "{me".repeat(n - 1), "}".repeat(n - 1))
        });
        edge(MAX_SCHEMA_DEPTH as usize, "more deeply than 20", |n| {
            let (open, close) = ("{ofType".repeat(n - 1), "}".repeat(n - 1));
            format!("{{__type(name: \"Row\"){open}{{name}}{close}}}")
        });
    }

    #[test]
    fn fields_are_counted_as_often_as_their_fragment_is_spread() {
        edge(MAX_ROOT_FIELDS as usize, "more root fields than 10", |n| {
            format!(
                "{{...F ...F ... {{{}}}}} fragment F on Query {{id id id}}",
                "id ".repeat(n - 6)
            )
        });
        edge(MAX_WIDTH as usize, "more fields than 100", |n| {
            format!(
                "{{me {{...F ...F {}}}}} fragment F on Query {{id}}",
                "id ".repeat(n - 2)
            )
        });
    }

    #[test]
    fn aliases_are_few_and_short() {
        edge(MAX_ALIASES as usize, "more aliases than 30", |n| {
            let aliases: Vec<_> = (0..n).map(|i| format!("a{i}: id")).collect();
            format!("{{me {{{}}}}}", aliases.join(" "))
        });
        edge(MAX_ALIAS, "longer than 100 bytes", |n| {
            format!("{{{}: id}}", "a".repeat(n))
        });
    }

    #[test]
    fn one_authentication_mutation_an_operation() {
        for good in [
            "mutation {login {id} change {id}}",
            "mutation {...F} fragment F on Mutation {logout {id}}",
        ] {
            prepared(good, json!({})).expect("one");
        }
        for bad in [
            "mutation {a: login {id} b: login {id}}",
            "mutation {login {id} ...F} fragment F on Mutation {logout {id}}",
            "mutation {...F ...F} fragment F on Mutation {logout {id}}",
        ] {
            assert!(wrong(bad).contains("more authentication mutations than 1"));
        }
    }

    #[test]
    fn lists_are_so_long_and_no_longer_wherever_they_stand() {
        let list = |n: usize| "{} ".repeat(n);
        let because = "more than 500 entries";
        edge(MAX_INPUT_LIST, because, |n| {
            format!("{{rows(of: [{}]) {{id}}}}", list(n))
        });
        edge(MAX_INPUT_LIST, because, |n| {
            format!("{{rows(of: {{of: [{}]}}) {{id}}}}", list(n))
        });
        edge(MAX_INPUT_LIST, because, |n| {
            format!("query($v: [In!] = [{}]) {{rows(of: $v) {{id}}}}", list(n))
        });
        let text = format!("{{rows(of: [{{}} {{of: [{}]}}]) {{id}}}}", list(501));
        assert_eq!(
            wrong(&text),
            "1:11: The list of.1.of has more than 500 entries."
        );
    }

    #[test]
    fn the_schema_is_asked_for_only_where_that_is_on() {
        for text in [
            "{__schema {types {name}}}",
            "{...F} fragment F on Query {__type(name: \"Row\") {name}}",
        ] {
            prepared(text, json!({})).expect("on");
            let documents = documents(false);
            let document = documents.find(Some(text), None).expect("a document");
            let operation = document.operation(None).expect("an operation");
            let fault = check(documents.rules(), &document, operation, false).expect_err("off");
            assert_eq!(
                fault.message,
                "Introspection is switched off on this server."
            );
        }
    }
}
