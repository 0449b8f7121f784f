//! The documents that the server knows: cached and trusted ones.
//!
//! A document is parsed and validated once and then cached under the hash of its text. Clients may send the hash
//! instead of the text (Apollo's automatic persisted queries). If there is a list of trusted documents, only those run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_graphql::Value;
use data_encoding::HEXLOWER;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::document::Document;
use super::refusal::Refusal;
use super::rules::Rules;
use super::source::check_length;
use super::{complexity, limits};
use crate::error::{AppError, ErrorCode};

/// Largest size of the cache, in bytes.
const KEPT_BYTES: u64 = 32 * 1024 * 1024;
/// Expected number of cached documents.
const KEPT: usize = 500;

type Hash = [u8; 32];

/// All documents.
pub struct Documents {
    rules: &'static Rules,
    introspection: bool,
    known: Cache<Hash, Arc<Document>, ByWeight>,
    trusted: Option<Trusted>,
}

/// What parsed documents take.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub documents: usize,
    pub bytes: u64,
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
    /// Documents of a schema. With `trusted`, which maps names to texts, only these documents run.
    ///
    /// # Errors
    /// `BAD_REQUEST` with the name of each trusted document that cannot run, and the reason.
    pub fn new(
        rules: &'static Rules,
        introspection: bool,
        trusted: Option<&BTreeMap<String, String>>,
    ) -> crate::error::Result<Self> {
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
        let mut wrong = Vec::new();
        for (name, text) in listed {
            match documents.trust(text) {
                Ok(document) => {
                    // Several names may have the same text.
                    let document = all.by_hash.entry(hash(text)).or_insert(Arc::new(document));
                    all.by_name.insert(name.clone(), Arc::clone(document));
                }
                Err(refusal) => {
                    let why: Vec<_> = refusal.errors.iter().map(ToString::to_string).collect();
                    wrong.push(format!("  the document {name}: {}", why.join(" ")));
                }
            }
        }
        if !wrong.is_empty() {
            let message = format!(
                "TRUSTED_DOCUMENTS names documents that cannot run:\n{}",
                wrong.join("\n")
            );
            return Err(AppError::new(ErrorCode::BadRequest, message));
        }
        documents.trusted = Some(all);
        Ok(documents)
    }

    /// The rules for documents.
    pub fn rules(&self) -> &'static Rules {
        self.rules
    }

    /// Whether introspection is allowed.
    pub fn introspection(&self) -> bool {
        self.introspection
    }

    /// Whether only the documents of a list run.
    pub fn are_trusted(&self) -> bool {
        self.trusted.is_some()
    }

    /// How many parsed documents are kept, and the memory that is reckoned for those that are not trusted.
    pub fn kept(&self) -> Kept {
        let trusted = self.trusted.as_ref().map_or(0, |all| all.by_hash.len());
        Kept {
            documents: self.known.len() + trusted,
            bytes: self.known.weight(),
        }
    }

    /// Finds a document by its text, by its id, or by both. The id is the SHA-256 of the text in lower-case
    /// hexadecimal, or the name in the list of trusted documents.
    ///
    /// # Errors
    /// `BAD_REQUEST` if the document is not valid or not trusted, or if the id does not belong to the text;
    /// `PERSISTED_QUERY_NOT_FOUND` if the id is unknown.
    pub fn find(&self, text: Option<&str>, id: Option<&str>) -> Result<Arc<Document>, Refusal> {
        let Some(text) = text else {
            let id = id.unwrap_or_default();
            let known = match &self.trusted {
                Some(trusted) => trusted.find(id).cloned(),
                None => decode(id).and_then(|hash| self.known.get(&hash)),
            };
            return known.ok_or_else(|| {
                let message = "PersistedQueryNotFound";
                AppError::new(ErrorCode::PersistedQueryNotFound, message).into()
            });
        };
        check_length(text)?;
        let hash = hash(text);
        if let Some(trusted) = &self.trusted {
            let known = trusted.by_hash.get(&hash);
            let known =
                known.ok_or_else(|| Refusal::of("This server runs only trusted documents."))?;
            let same = |id| {
                trusted
                    .find(id)
                    .is_some_and(|named| Arc::ptr_eq(named, known))
            };
            if id.is_some_and(|id| !same(id)) {
                return Err(Refusal::of("The id does not belong to this query."));
            }
            return Ok(Arc::clone(known));
        }
        if id.is_some_and(|id| decode(id) != Some(hash)) {
            return Err(Refusal::of("The hash is not the SHA-256 of the query."));
        }
        // Two simultaneous requests may both parse the document. It does not matter which result is cached.
        if let Some(known) = self.known.get(&hash) {
            return Ok(known);
        }
        let document = Arc::new(self.read(text)?);
        self.known.insert(hash, Arc::clone(&document));
        Ok(document)
    }

    fn read(&self, text: &str) -> Result<Document, Refusal> {
        Document::read(self.rules, text, self.introspection)
    }

    /// Reads a document of the list. Refuses it if one of its operations exceeds a limit that does not depend on
    /// variables.
    fn trust(&self, text: &str) -> Result<Document, Refusal> {
        let document = self.read(text)?;
        for operation in document.parsed.operations.iter() {
            let shortest = |_: &str| Some(Value::from(0));
            limits::check(self.rules, &document, operation, self.introspection)
                .and_then(|()| complexity::check(&document, operation, shortest))
                .map_err(|fault| document.refusal([fault]))?;
        }
        Ok(document)
    }
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// Decodes a hash in hexadecimal, also in the form of the draft on persisted documents: `sha256:<hash>`.
fn decode(id: &str) -> Option<Hash> {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    HEXLOWER.decode(id.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::tests::documents;
    use super::*;

    #[test]
    fn a_document_is_read_once() {
        let documents = documents(true);
        let find = || documents.find(Some("{ id }"), None).expect("a document");
        assert!(Arc::ptr_eq(&find(), &find()));
    }

    #[test]
    fn a_document_weighs_what_it_may_take() {
        let documents = documents(true);
        let string = format!("{{ rows(id: \"{}\") {{ id }} }}", "x".repeat(32_000));
        let comment = format!("{{ id }} #{}", "x".repeat(32_000));
        let tokens = format!("{{ {} }}", "id ".repeat(10));
        for (text, least) in [(string, 64_000), (comment, 64_000), (tokens, 12 * 220)] {
            let document = documents.find(Some(&text), None).expect("a document");
            assert!(document.weight >= least, "{}", document.weight);
        }
    }

    #[test]
    fn a_trusted_document_that_cannot_run_is_named_with_the_reason() {
        let rules = documents(true).rules();
        let trust = |text: &str| {
            let list = [("one".to_owned(), text.to_owned())].into();
            Documents::new(rules, true, Some(&list)).map(drop)
        };
        trust("query A { id } query B { me { id } }").expect("valid");
        for (text, why) in [
            ("{ id", "1:5: Syntax error: the document ends too early."),
            (
                "{ nothing at }",
                "1:3: Type `Query` does not have a field `nothing`.",
            ),
            (
                "query A { id } mutation B { login { id } logout { id } }",
                "1:16: The document has",
            ),
        ] {
            let error = trust(text).expect_err("not to be trusted");
            let message = format!("  the document one: {why}");
            assert!(error.message.contains(&message), "{error}");
        }
    }
}
