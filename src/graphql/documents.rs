//! The documents that the server knows: those it has run, and those it trusts.
//!
//! A document is parsed and checked once, then kept under the hash of its text. Under the same hash it runs without
//! its text (Apollo's automatic persisted queries). With a list of trusted documents no others run.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{Name, Positioned, Value, Variables};
use data_encoding::HEXLOWER;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::complexity::{self, Shapes};
use super::{cost, document};
use crate::error::{AppError, ErrorCode, Result};
use crate::page;

/// Most bytes that the documents kept take.
const KEPT_BYTES: u64 = 32 * 1024 * 1024;
/// What a token takes when it is parsed: 75 to 220 bytes were measured.
const TOKEN_BYTES: u64 = 256;
/// How many of the front ends' documents that makes, about.
const KEPT: usize = 500;

/// A document that was parsed and is within the limits.
pub struct Document {
    /// What was parsed.
    pub parsed: ExecutableDocument,
    /// How many tokens it has.
    tokens: usize,
    /// Whether the answer is small enough whatever the variables are.
    always_fits: bool,
}

type Hash = [u8; 32];

/// All documents.
pub struct Documents {
    shapes: &'static Shapes,
    introspection: bool,
    known: Cache<Hash, Arc<Document>, ByTokens>,
    /// By the name in the list, and by the hash of the text.
    trusted: Option<HashMap<String, Arc<Document>>>,
}

#[derive(Clone)]
struct ByTokens;

impl Weighter<Hash, Arc<Document>> for ByTokens {
    fn weight(&self, _: &Hash, document: &Arc<Document>) -> u64 {
        TOKEN_BYTES * document.tokens as u64
    }
}

impl Documents {
    /// Documents of a schema, given as SDL. `trusted` lists the only ones that run: name and text.
    ///
    /// # Errors
    /// Which of the trusted documents is none, and why.
    pub fn new(
        shapes: &'static Shapes,
        introspection: bool,
        trusted: Option<&BTreeMap<String, String>>,
    ) -> Result<Self> {
        let mut documents = Self {
            shapes,
            introspection,
            known: Cache::with_weighter(KEPT, KEPT_BYTES, ByTokens),
            trusted: None,
        };
        let Some(listed) = trusted else {
            return Ok(documents);
        };
        let mut all = HashMap::new();
        for (name, text) in listed {
            let document = Arc::new(documents.read(text).map_err(|mut error| {
                error.message = format!("the trusted document {name}: {}", error.message).into();
                error
            })?);
            all.insert(HEXLOWER.encode(&hash(text)), Arc::clone(&document));
            all.insert(name.clone(), document);
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
                Some(trusted) => trusted.get(id).cloned(),
                None => decode(id).and_then(|hash| self.known.get(&hash)),
            };
            return known.ok_or_else(|| {
                AppError::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
            });
        };
        document::check_length(text)?;
        let hash = hash(text);
        if let Some(trusted) = &self.trusted {
            let known = trusted.get(&HEXLOWER.encode(&hash)).cloned();
            return known.ok_or_else(|| bad("Only the documents that this server trusts run."));
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
        complexity::check(self.objects(&parsed, 0)?)?;
        Ok(Document {
            always_fits: complexity::check(self.objects(&parsed, page::MAX)?).is_ok(),
            tokens,
            parsed,
        })
    }

    /// The most objects of any of the operations, where each variable is a page of this size.
    fn objects(&self, document: &ExecutableDocument, page: i64) -> Result<i64> {
        let mut most = 0;
        for (_, Positioned { node, .. }) in document.operations.iter() {
            let page = |_: &Name| Value::from(page);
            most = most.max(self.shapes.measure(document, node, &page)?);
        }
        Ok(most)
    }

    /// Refuses what cannot run with these variables.
    ///
    /// # Errors
    /// `BAD_REQUEST` for a variable that is missing, an answer that is too large, and a list that is too long.
    pub fn check(
        &self,
        document: &Document,
        operation: &OperationDefinition,
        variables: &Variables,
    ) -> Result<()> {
        for Positioned { node: of, .. } in &operation.variable_definitions {
            let optional = of.var_type.node.nullable || of.default_value.is_some();
            // The executor would notice only where it is used: behind a mutation that has run already.
            if !optional && !variables.contains_key(&of.name.node) {
                return Err(bad(format!("The variable ${} is missing.", of.name.node)));
            }
        }
        for (name, value) in variables.iter() {
            cost::check_lists(name, value)?;
        }
        if document.always_fits {
            return Ok(());
        }
        let value = |name: &Name| complexity::value_of(operation, variables, name);
        complexity::check(self.shapes.measure(&document.parsed, operation, &value)?)
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

fn decode(id: &str) -> Option<Hash> {
    HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok()
}

fn bad(message: impl Into<Cow<'static, str>>) -> AppError {
    AppError::new(ErrorCode::BadRequest, message)
}
