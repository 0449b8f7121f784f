//! Ids in arguments and fields.

use async_graphql::ID;

use crate::db::types::Id;
use crate::error::Result;
use crate::ids::{self, Kind};

/// The id of a row as a field shows it.
pub fn id_of(kind: Kind, id: Id) -> ID {
    ID(ids::encode(kind, id))
}

/// Reads the id of an argument or input field. Resolvers do this, not a scalar: so the guard comes first and the
/// error names the field.
///
/// # Errors
/// `BAD_USER_INPUT` at `field` for an id of another kind or none at all.
pub fn decode(kind: Kind, id: &ID, field: &str) -> Result<Id> {
    ids::decode(kind, id, field)
}

/// Reads a list of ids; the error names the place: `userIds.3`.
///
/// # Errors
/// As [`decode`].
pub fn decode_all(kind: Kind, list: &[ID], field: &str) -> Result<Vec<Id>> {
    list.iter()
        .enumerate()
        .map(|(i, id)| decode(kind, id, &format!("{field}.{i}")))
        .collect()
}
