//! What a parsed document costs once its fragments are spread out.
//!
//! Fragments that each spread the next one twice double the work with each level: 24 of them, in 821 bytes, keep the
//! library's validation busy for seconds. Here the cost of a fragment is computed once, however often it is spread,
//! and too dear a document is refused before it reaches the executor.

use std::collections::HashMap;
use std::convert::Infallible;

use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value};

use crate::error::{AppError, ErrorCode, Result};

/// Deepest nesting of fields; the schema about itself may be asked more deeply.
pub const MAX_DEPTH: u32 = 12;
/// Deepest nesting below `__schema` and `__type`: what GraphiQL asks fits.
const MAX_SCHEMA_DEPTH: u32 = 20;
/// Most fields and fragments of a document, each counted as often as it is spread.
pub const MAX_SELECTIONS: u32 = 2_000;
/// Most fields of one object, counted likewise.
pub const MAX_WIDTH: u32 = 100;
/// Most aliases, counted likewise.
pub const MAX_ALIASES: u32 = 30;
/// Most fields of the root.
pub const MAX_ROOT_FIELDS: u32 = 10;
/// Most directives on a field, a fragment or an operation.
pub const MAX_DIRECTIVES: usize = 5;
/// Most entries of a list in an argument or a variable.
pub const MAX_INPUT_LIST: usize = 500;

/// Mutations that try a password or a token: one an operation, so that nobody tries many at once.
const AUTHENTICATION: [&str; 8] = [
    "changePassword",
    "confirmPasswordReset",
    "joinOrg",
    "login",
    "logout",
    "requestPasswordReset",
    "signUp",
    "switchOrg",
];

#[derive(Clone, Copy, Default)]
struct Cost {
    selections: u32,
    depth: u32,
    aliases: u32,
    /// Fields of the object itself. The executor runs them as often as they are spread.
    width: u32,
    /// Those of [`AUTHENTICATION`] among them.
    attempts: u32,
}

impl Cost {
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            depth: self.depth.max(other.depth),
            aliases: self.aliases.saturating_add(other.aliases),
            width: self.width.saturating_add(other.width),
            attempts: self.attempts.saturating_add(other.attempts),
        }
    }
}

struct Document<'a> {
    document: &'a ExecutableDocument,
    /// `None` while the fragment is being looked at: whoever meets it then has come full circle.
    fragments: HashMap<&'a Name, Option<Cost>>,
}

/// Refuses a document that is too deep, too wide, or tries several passwords. All its operations and fragments count,
/// for the validation looks at those too that do not run.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check(document: &ExecutableDocument) -> Result<()> {
    let mut of = Document {
        document,
        fragments: HashMap::new(),
    };
    let mut selections = 0_u32;
    for (_, operation) in document.operations.iter() {
        let cost = check_operation(&mut of, &operation.node)?;
        selections = selections.saturating_add(cost.selections);
    }
    for name in document.fragments.keys() {
        selections = selections.max(of.fragment(name)?.selections);
    }
    limit(
        selections,
        MAX_SELECTIONS,
        "asks, with its fragments, for more fields than",
    )
}

fn check_operation<'a>(of: &mut Document<'a>, operation: &'a OperationDefinition) -> Result<Cost> {
    directives(operation.directives.len())?;
    for Positioned { node: variable, .. } in &operation.variable_definitions {
        let default = variable.default_value.as_ref();
        default.map_or(Ok(()), |value| {
            check_lists(&variable.name.node, &value.node)
        })?;
    }
    let cost = of.set(&operation.selection_set.node)?;
    limit(cost.depth, MAX_DEPTH, "nests fields deeper than")?;
    limit(cost.aliases, MAX_ALIASES, "has more aliases than")?;
    limit(cost.width, MAX_ROOT_FIELDS, "has more root fields than")?;
    if operation.ty == OperationType::Mutation {
        limit(cost.attempts, 1, "has more authentication mutations than")?;
    }
    Ok(cost)
}

fn limit<N: PartialOrd + Copy + std::fmt::Display>(found: N, most: N, what: &str) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    Err(AppError::new(
        ErrorCode::BadRequest,
        format!("The document {what} {most}."),
    ))
}

fn directives(count: usize) -> Result<()> {
    limit(
        count,
        MAX_DIRECTIVES,
        "puts more directives on one place than",
    )
}

/// Refuses a list that is too long, wherever it stands in an input.
///
/// # Errors
/// `BAD_REQUEST`.
pub fn check_lists(name: &str, value: &Value) -> Result<()> {
    let Some(path) = long_list(value) else {
        return Ok(());
    };
    let message = format!("The list {name}{path} has more than {MAX_INPUT_LIST} entries.");
    Err(AppError::new(ErrorCode::BadRequest, message))
}

/// Where a list is too long.
fn long_list(value: &Value) -> Option<String> {
    let below = |name: String, value: &Value| Some(format!(".{name}{}", long_list(value)?));
    match value {
        Value::List(entries) if entries.len() > MAX_INPUT_LIST => Some(String::new()),
        Value::List(entries) => {
            let mut entries = entries.iter().enumerate();
            entries.find_map(|(i, entry)| below(i.to_string(), entry))
        }
        Value::Object(fields) => {
            let mut fields = fields.iter();
            fields.find_map(|(name, value)| below(name.to_string(), value))
        }
        _ => None,
    }
}

impl<'a> Document<'a> {
    fn set(&mut self, set: &'a SelectionSet) -> Result<Cost> {
        let mut cost = Cost::default();
        for item in &set.items {
            cost = cost.beside(self.selection(&item.node)?);
        }
        Ok(cost)
    }

    fn selection(&mut self, selection: &'a Selection) -> Result<Cost> {
        let one = Cost {
            selections: 1,
            ..Cost::default()
        };
        directives(selection.directives().len())?;
        match selection {
            Selection::Field(field) => {
                let field = &field.node;
                for (name, value) in &field.arguments {
                    let value = value.node.clone();
                    let Ok(value) = value.into_const_with(|_| Ok::<_, Infallible>(Value::Null));
                    check_lists(&name.node, &value)?;
                }
                let below = self.set(&field.selection_set.node)?;
                limit(
                    below.width,
                    MAX_WIDTH,
                    "asks one object for more fields than",
                )?;
                let name = field.name.node.as_str();
                let about_schema = matches!(name, "__schema" | "__type");
                if about_schema {
                    limit(
                        below.depth,
                        MAX_SCHEMA_DEPTH,
                        "asks for the schema more deeply than",
                    )?;
                }
                Ok(Cost {
                    selections: below.selections.saturating_add(1),
                    depth: if about_schema {
                        1
                    } else {
                        below.depth.saturating_add(1)
                    },
                    aliases: below
                        .aliases
                        .saturating_add(u32::from(field.alias.is_some())),
                    width: 1,
                    attempts: AUTHENTICATION.contains(&name).into(),
                })
            }
            Selection::InlineFragment(inline) => {
                Ok(one.beside(self.set(&inline.node.selection_set.node)?))
            }
            Selection::FragmentSpread(spread) => {
                Ok(one.beside(self.fragment(&spread.node.fragment_name.node)?))
            }
        }
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Cost> {
        if let Some(known) = self.fragments.get(name) {
            return known
                .ok_or_else(|| AppError::new(ErrorCode::BadRequest, "A fragment spreads itself."));
        }
        // One that is missing is told by the validation.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Cost::default());
        };
        directives(fragment.node.directives.len())?;
        self.fragments.insert(name, None);
        let cost = self.set(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(cost));
        Ok(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_document(text: &str) -> Result<()> {
        let document = async_graphql::parser::parse_query(text).expect("a document");
        check(&document)
    }

    /// Holds at the limit and not one beyond.
    fn edge(limit: usize, of: impl Fn(usize) -> String) {
        check_document(&of(limit)).expect("at the limit");
        let error = check_document(&of(limit + 1)).expect_err("beyond the limit");
        assert_eq!(error.code, ErrorCode::BadRequest);
    }

    #[test]
    fn depth_is_refused_one_beyond_the_limit() {
        edge(MAX_DEPTH as usize, |n| {
            format!("{}{{a}}{}", "{a".repeat(n - 1), "}".repeat(n - 1))
        });
    }

    #[test]
    fn the_schema_may_be_asked_more_deeply() {
        let types = |n: usize| format!("{{__type{}{{a}}{}}}", "{ofType".repeat(n), "}".repeat(n));
        check_document(&types(19)).expect("at the limit");
        check_document(&types(20)).expect_err("beyond");
    }

    #[test]
    fn aliases_are_refused_one_beyond_the_limit() {
        edge(MAX_ALIASES as usize, |n| {
            let aliases: Vec<String> = (0..n).map(|i| format!("b{i}: b")).collect();
            format!("{{a {{{}}}}}", aliases.join(" "))
        });
    }

    #[test]
    fn root_fields_are_refused_one_beyond_the_limit_also_in_fragments() {
        let most = MAX_ROOT_FIELDS as usize;
        edge(most, |n| format!("{{{}}}", "a ".repeat(n)));
        // The executor runs a fragment that is spread twice twice.
        edge(most, |n| {
            format!(
                "{{...F ...F ... {{{}}}}} fragment F on Query {{a b c}}",
                "a ".repeat(n - 6)
            )
        });
        edge(MAX_WIDTH as usize, |n| {
            format!(
                "{{a {{...F ...F {}}}}} fragment F on A {{b}}",
                "b ".repeat(n - 2)
            )
        });
    }

    #[test]
    fn directives_are_refused_one_beyond_the_limit() {
        edge(MAX_DIRECTIVES, |n| format!("{{a {}}}", "@x ".repeat(n)));
        edge(MAX_DIRECTIVES, |n| {
            format!("query {} {{a}}", "@x ".repeat(n))
        });
        edge(MAX_DIRECTIVES, |n| {
            format!("{{...F}} fragment F on Q {} {{a}}", "@x ".repeat(n))
        });
    }

    #[test]
    fn fields_are_counted_as_often_as_their_fragment_is_spread() {
        // 19 objects of 98 fields, two spreads and themselves, and one of the rest below one more.
        edge(MAX_SELECTIONS as usize, |n| {
            let rest = "b ".repeat(n - 19 * 101 - 2);
            let objects = "a {...F ...F} ".repeat(19);
            format!(
                "{{c {{{objects} a {{{rest}}}}}}} fragment F on A {{{}}}",
                "b ".repeat(49)
            )
        });
        // All operations count together.
        edge(MAX_SELECTIONS as usize, |n| {
            let operation =
                |i: usize, n: usize| format!("query Q{i} {{a {{{}}}}} ", "b ".repeat(n - 1));
            (0..39).map(|i| operation(i, 50)).collect::<String>() + &operation(39, n - 39 * 50)
        });
    }

    #[test]
    fn fragments_that_double_are_refused_at_once_however_many_and_wherever() {
        for levels in [11, 24, 64, 200] {
            let doubled = |i: usize| format!("fragment F{i} on Query {{...F{0} ...F{0}}} ", i + 1);
            let fragments: String = (0..levels).map(doubled).collect();
            let last = format!("fragment F{levels} on Query {{a}}");
            for start in ["{...F0}", "{a}", "query A {a} query B {...F0}"] {
                check_document(&format!("{start} {fragments} {last}")).expect_err("too dear");
            }
        }
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_refused() {
        check_document("{...F} fragment F on Q {...F}").expect_err("a circle");
        check_document("{...F} fragment F on Q {a {...G}} fragment G on Q {...F}")
            .expect_err("two");
    }

    #[test]
    fn one_authentication_mutation_an_operation() {
        check_document("mutation {login {a} createProject {b}}").expect("one");
        check_document("mutation {a: login {a} b: login {a}}").expect_err("two of a kind");
        check_document("mutation {login {a} ...F} fragment F on M {signUp {a}}").expect_err("two");
        check_document("mutation {...F} fragment F on M {logout {a}}").expect("one");
        check_document("mutation {...F ...F} fragment F on M {logout {a}}").expect_err("twice");
    }
}
