//! The documents that the server knows: those it has run, and those it trusts.
//!
//! A document is parsed and checked once, then kept under the hash of its text. Under the same hash it runs without
//! its text (Apollo's automatic persisted queries). With a list of trusted documents no others run.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{Error as SyntaxError, parse_query};
use async_graphql::{Name, Positioned, Value, Variables};
use data_encoding::HEXLOWER;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::complexity::{self, Shapes};
use super::variables::Inputs;
use super::{cost, document, overlap};
use crate::error::{AppError, ErrorCode, Result};
use crate::page;

/// Most bytes that the documents kept take.
const KEPT_BYTES: u64 = 32 * 1024 * 1024;
/// What a token takes when it is parsed, beside its text: 75 to 220 bytes were measured.
const TOKEN_BYTES: u64 = 256;
/// How many of the front ends' documents that makes, about.
const KEPT: usize = 500;

/// A document that was parsed and is within the limits.
pub struct Document {
    /// What was parsed.
    pub parsed: ExecutableDocument,
    /// What it takes, in bytes.
    weight: u64,
    /// Whether the answer is small enough whatever the variables are.
    always_fits: bool,
}

type Hash = [u8; 32];

/// What of the schema documents and their variables are checked against.
pub struct Rules {
    shapes: Shapes,
    inputs: Inputs,
}

impl Rules {
    /// Reads the schema.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn new(sdl: &str) -> Result<Self, SyntaxError> {
        Ok(Self {
            shapes: Shapes::new(sdl)?,
            inputs: Inputs::new(sdl)?,
        })
    }
}

/// All documents.
pub struct Documents {
    rules: &'static Rules,
    introspection: bool,
    known: Cache<Hash, Arc<Document>, ByWeight>,
    trusted: Option<Trusted>,
}

/// The documents of a list.
#[derive(Default)]
struct Trusted {
    by_name: HashMap<String, Arc<Document>>,
    by_hash: HashMap<Hash, Arc<Document>>,
}

impl Trusted {
    fn find(&self, id: &str) -> Option<&Arc<Document>> {
        let by_hash = || self.by_hash.get(&decode(id)?);
        self.by_name.get(id).or_else(by_hash)
    }
}

#[derive(Clone)]
struct ByWeight;

impl Weighter<Hash, Arc<Document>> for ByWeight {
    fn weight(&self, _: &Hash, document: &Arc<Document>) -> u64 {
        document.weight
    }
}

impl Documents {
    /// Documents of a schema. `trusted` lists the only ones that run: name and text.
    ///
    /// # Errors
    /// Which of the trusted documents is none, and why.
    pub fn new(
        rules: &'static Rules,
        introspection: bool,
        trusted: Option<&BTreeMap<String, String>>,
    ) -> Result<Self> {
        let mut documents = Self {
            rules,
            introspection,
            known: Cache::with_weighter(KEPT, KEPT_BYTES, ByWeight),
            trusted: None,
        };
        let Some(listed) = trusted else {
            return Ok(documents);
        };
        let mut all = Trusted::default();
        for (name, text) in listed {
            let document = documents.read(text).map_err(|mut error| {
                error.message = format!("the trusted document {name}: {}", error.message).into();
                error
            })?;
            // One text may have several names.
            let document = all.by_hash.entry(hash(text)).or_insert(Arc::new(document));
            all.by_name.insert(name.clone(), Arc::clone(document));
        }
        documents.trusted = Some(all);
        Ok(documents)
    }

    /// The document of a text, of an id, or of both: the id is the SHA-256 of the text in lower-case hexadecimals, or
    /// the name in the list of trusted documents.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a document that does not parse, is beyond a limit or not trusted, for an id that is not the
    /// hash of the text; `PERSISTED_QUERY_NOT_FOUND` for an id that is not known.
    pub fn find(&self, text: Option<&str>, id: Option<&str>) -> Result<Arc<Document>> {
        let Some(text) = text else {
            let id = id.unwrap_or_default();
            let known = match &self.trusted {
                Some(trusted) => trusted.find(id).cloned(),
                None => decode(id).and_then(|hash| self.known.get(&hash)),
            };
            return known.ok_or_else(|| {
                AppError::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
            });
        };
        document::check_length(text)?;
        let hash = hash(text);
        if let Some(trusted) = &self.trusted {
            let known = trusted.by_hash.get(&hash);
            let known =
                known.ok_or_else(|| bad("Only the documents that this server trusts run."))?;
            let same = |id| {
                trusted
                    .find(id)
                    .is_some_and(|named| Arc::ptr_eq(named, known))
            };
            if id.is_some_and(|id| !same(id)) {
                return Err(bad("The id is not that of the query."));
            }
            return Ok(Arc::clone(known));
        }
        if id.is_some_and(|id| decode(id) != Some(hash)) {
            return Err(bad("The hash is not the SHA-256 of the query."));
        }
        // Two requests at once may both read it; the one is as good as the other.
        if let Some(known) = self.known.get(&hash) {
            return Ok(known);
        }
        let document = Arc::new(self.read(text)?);
        self.known.insert(hash, Arc::clone(&document));
        Ok(document)
    }

    /// Parses and checks a document. The guard comes first: it keeps the parser safe.
    fn read(&self, text: &str) -> Result<Document> {
        let tokens = document::check(text)?;
        let parsed = parse_query(text)
            .map_err(|error| AppError::new(ErrorCode::BadRequest, error.to_string()))?;
        if !self.introspection {
            document::check_no_introspection(&parsed)?;
        }
        cost::check(&parsed)?;
        overlap::check(&parsed)?;
        complexity::check(self.cost(&parsed, 0)?)?;
        Ok(Document {
            always_fits: complexity::check(self.cost(&parsed, page::MAX)?).is_ok(),
            weight: TOKEN_BYTES * tokens as u64 + text.len() as u64,
            parsed,
        })
    }

    /// What the dearest of the operations costs, where each variable is a page of this size.
    fn cost(&self, document: &ExecutableDocument, page: i64) -> Result<i64> {
        let mut most = 0;
        for (_, Positioned { node, .. }) in document.operations.iter() {
            let page = |_: &Name| Value::from(page);
            most = most.max(self.rules.shapes.measure(document, node, &page)?);
        }
        Ok(most)
    }

    /// Refuses what cannot run with these variables.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a variable that is missing or wrong, an answer that is too large, and a list that is too long.
    pub fn check(
        &self,
        document: &Document,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<()> {
        self.rules.inputs.check(operation, variables)?;
        for (name, value) in variables.iter() {
            cost::check_lists(name, value)?;
        }
        if document.always_fits {
            return Ok(());
        }
        let value = |name: &Name| complexity::value_of(operation, variables, name);
        complexity::check(
            self.rules
                .shapes
                .measure(&document.parsed, operation, &value)?,
        )
    }
}

impl Document {
    /// The operation of a name, or the only one (GraphQL October 2021, 6.1).
    pub fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        let operation = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => operation,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name)?,
            // The parser counts a single operation with a name as several.
            (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
                operations.values().next()?
            }
            _ => return None,
        };
        let Positioned { node, .. } = operation;
        Some(node)
    }
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// A hash in hexadecimals, or as the draft on persisted documents writes it: `sha256:<hash>`.
fn decode(id: &str) -> Option<Hash> {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok()
}

fn bad(message: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(ErrorCode::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_weighs_what_it_may_take() {
        let rules = Rules::new("type Query { a(b: String): Int }").expect("a schema");
        let documents = Documents::new(Box::leak(Box::new(rules)), true, None).expect("documents");
        let string = format!("{{ a(b: \"{}\") }}", "x".repeat(32_000));
        let comment = format!("{{ a }} #{}", "x".repeat(32_000));
        let tokens = format!("{{ {} }}", "a ".repeat(10));
        for (text, least) in [(string, 32_000), (comment, 32_000), (tokens, 12 * 220)] {
            let document = documents.find(Some(&text), None).expect("a document");
            assert!(document.weight >= least, "{}", document.weight);
        }
    }
}
