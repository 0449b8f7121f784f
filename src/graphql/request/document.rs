//! A document: parsed, and valid by the schema.

use apollo_compiler::Node;
use apollo_compiler::executable::{
    ExecutableDocument, FragmentMap, Operation, Selection, SelectionSet,
};
use apollo_compiler::parser::Parser;
use apollo_compiler::validation::Valid;

use super::lines::Lines;
use super::refusal::{Fault, Refusal, RequestError};
use super::rules::Rules;
use super::source::Source;
use super::{diagnostics, inputs, spread};

/// Deepest nesting of `[` and `{`; a fragment nests where it is spread.
pub const MAX_NESTING: usize = 64;

/// What a token takes when it is parsed, beside its text: 40 to 220 bytes were measured.
const TOKEN_BYTES: usize = 256;

/// A document that is valid.
pub struct Document {
    /// What was parsed.
    pub parsed: Valid<ExecutableDocument>,
    /// Where its lines are.
    pub lines: Lines,
    /// What it takes, in bytes.
    pub weight: u64,
}

impl Document {
    /// Parses and validates a document. `suggests` tells whether errors may name what is in the schema.
    pub fn read(rules: &Rules, text: &str, suggests: bool) -> Result<Self, Refusal> {
        let source = Source::new(text)?;
        let lines = Lines::new(text);
        let parsed =
            parse(rules, source.text, suggests).map_err(|faults| refusal(&lines, faults))?;
        let weight = 2 * text.len() + TOKEN_BYTES * source.tokens + lines.weight();
        Ok(Self {
            parsed,
            lines,
            weight: weight as u64,
        })
    }

    /// The operation of a name, or the only one (GraphQL September 2025, 6.1).
    pub fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Refusal> {
        self.parsed.operations.get(name).map_err(|_| {
            Refusal::of("The document has no operation with the name in operationName.")
        })
    }

    /// What is wrong with the document, each with line and column.
    pub fn refusal(&self, faults: impl IntoIterator<Item = Fault>) -> Refusal {
        refusal(&self.lines, faults)
    }
}

fn refusal(lines: &Lines, faults: impl IntoIterator<Item = Fault>) -> Refusal {
    Refusal::new(faults.into_iter().map(|fault| RequestError {
        location: fault.at.map(|at| lines.pos(at.offset())),
        message: fault.message,
    }))
}

fn parse(
    rules: &Rules,
    text: String,
    suggests: bool,
) -> Result<Valid<ExecutableDocument>, Vec<Fault>> {
    let mut parser = Parser::new().recursion_limit(MAX_NESTING);
    let parsed = match parser.parse_ast(text, "") {
        Ok(parsed) => parsed,
        Err(_) if parser.recursion_reached() > MAX_NESTING => return Err(vec![spread::too_deep()]),
        Err(found) => return Err(diagnostics::syntax_error(&found.errors)),
    };
    // What is built or validated may be as large as the document is once its fragments are spread.
    spread::check(&parsed).map_err(|fault| vec![fault])?;
    let suggests = suggests.then_some(&*rules.schema);
    // What is not in the schema comes first: without it the validation sees mistakes where there are none.
    let built = parsed.to_executable(&rules.schema);
    let built = built.map_err(|found| diagnostics::told(&found.errors, suggests))?;
    validate(rules, built)
}

/// Validates one operation after the other, and none behind the first that is not valid: all of them can share a
/// fragment with many mistakes, which would be found again for each.
fn validate(
    rules: &Rules,
    built: ExecutableDocument,
) -> Result<Valid<ExecutableDocument>, Vec<Fault>> {
    let mut unused = built.fragments.clone();
    for operation in built.operations.iter() {
        let mut one = ExecutableDocument::new();
        reach(
            &operation.selection_set,
            &built.fragments,
            &mut one.fragments,
        );
        unused.retain(|name, _| !one.fragments.contains_key(name));
        one.operations.insert(operation.clone());
        let one = one.validate(&rules.schema);
        let one = one.map_err(|found| diagnostics::told(&found.errors, None))?;
        let faults = inputs::faults(&rules.schema, &one, operation);
        if !faults.is_empty() {
            return Err(faults);
        }
    }
    if unused.is_empty() {
        return Ok(Valid::assume_valid(built));
    }
    let unused = unused.values().map(|fragment| {
        let message = format!("Fragment `{}` is not used by any operation.", fragment.name);
        Fault::new(message, fragment.location())
    });
    Err(unused.collect())
}

/// Collects the fragments that a selection set spreads, and those that they spread.
fn reach(set: &SelectionSet, fragments: &FragmentMap, reached: &mut FragmentMap) {
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => reach(&field.selection_set, fragments, reached),
            Selection::InlineFragment(inline) => reach(&inline.selection_set, fragments, reached),
            Selection::FragmentSpread(spread) => {
                let name = &spread.fragment_name;
                if let Some(fragment) = fragments.get(name)
                    && reached.insert(name.clone(), fragment.clone()).is_none()
                {
                    reach(&fragment.selection_set, fragments, reached);
                }
            }
        }
    }
}
