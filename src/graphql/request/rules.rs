//! What documents and their variables are checked against.

use apollo_compiler::collections::HashMap;
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Schema};

/// The introspection schema has this field since September 2025, but the library does not know it yet.
const ONE_OF: &str = "extend type __Type { isOneOf: Boolean }";

/// The schema, with data that every request needs.
pub struct Rules {
    /// The schema.
    pub schema: Valid<Schema>,
    /// The object types of each interface and union.
    pub objects: HashMap<Name, Vec<Name>>,
    /// The mutations that check a password or a token.
    pub authentication: &'static [&'static str],
}

impl Rules {
    /// Reads the schema. An operation may contain one of the mutations in `authentication`, so that nobody can try many
    /// passwords at once.
    ///
    /// # Errors
    /// If the text is not a valid schema.
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
