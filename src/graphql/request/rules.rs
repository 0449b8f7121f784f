//! What documents and their variables are checked against.

use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Schema};

/// Introspection has this field since September 2025; the library does not know it yet.
const ONE_OF: &str = "extend type __Type { isOneOf: Boolean }";

/// The schema, with what is looked up in it for every request.
pub struct Rules {
    /// The schema.
    pub schema: Valid<Schema>,
    /// The object types of each interface and union.
    pub objects: HashMap<Name, Vec<Name>>,
    /// Mutations that try a password or a token.
    pub authentication: &'static [&'static str],
}

impl Rules {
    /// Reads the schema. Of the mutations in `authentication` an operation may have one, so that nobody tries many
    /// passwords at once.
    ///
    /// # Errors
    /// When the schema is none.
    pub fn new(sdl: &str, authentication: &'static [&'static str]) -> Result<Self, DiagnosticList> {
        let text = format!("{sdl}\n{ONE_OF}");
        let schema =
            Schema::parse_and_validate(text, "schema.graphql").map_err(|found| found.errors)?;
        let implementers = schema.implementers_map();
        let objects = schema.types.iter().filter_map(|(name, of)| {
            let objects = match of {
                ExtendedType::Interface(_) => {
                    implementers.get(name)?.objects.iter().cloned().collect()
                }
                ExtendedType::Union(of) => of.members.iter().map(|it| it.name.clone()).collect(),
                _ => return None,
            };
            Some((name.clone(), objects))
        });
        Ok(Self {
            objects: objects.collect(),
            schema,
            authentication,
        })
    }
}
