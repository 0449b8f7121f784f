//! Parses and validates documents.

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

/// Deepest nesting of `[` and `{`. The nesting of a fragment adds to that of the place where it is spread.
pub const MAX_NESTING: usize = 64;

/// Memory of a parsed token besides its text, in bytes. Measured values are 40 to 220.
const TOKEN_BYTES: usize = 256;

/// A document that is valid.
pub struct Document {
    /// The parsed document.
    pub parsed: Valid<ExecutableDocument>,
    /// The positions of its lines.
    pub lines: Lines,
    /// Its size in memory, in bytes.
    pub weight: u64,
}

impl Document {
    /// Parses and validates a document. `suggests` says whether errors may contain names from the schema.
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

    /// The operation with a name or, without a name, the only one (GraphQL September 2025, 6.1).
    pub fn operation(&self, name: Option<&str>) -> Result<&Node<Operation>, Refusal> {
        self.parsed.operations.get(name).map_err(|_| {
            Refusal::of("The document has no operation with the name in operationName.")
        })
    }

    /// The errors of the document, each with line and column.
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
    // Building and validating can take as much work as the document with all fragments expanded, so its size is checked
    // first.
    spread::check(&parsed).map_err(|fault| vec![fault])?;
    let suggests = suggests.then_some(&*rules.schema);
    // Unknown names are reported first and alone. The library drops unknown fields, so its validation would find errors
    // that do not exist.
    let built = parsed.to_executable(&rules.schema);
    let built = built.map_err(|found| diagnostics::told(&found.errors, suggests))?;
    validate(rules, built)
}

/// Validates one operation after the other and stops at the first invalid one. All of them may share a fragment with
/// many errors, which would otherwise be found again for each operation.
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

/// Collects the fragments that a selection set uses, directly or through other fragments.
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
