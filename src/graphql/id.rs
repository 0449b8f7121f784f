//! Ids in arguments.

use async_graphql::ID;

use crate::db::types::Id;
use crate::error::{AppError, Result};
use crate::ids::Entity;

/// Reads the id of an argument or input field. The expected type is inferred from the variable. Resolvers call this; a
/// scalar would run before the guard and could not name the field.
///
/// # Errors
/// `BAD_USER_INPUT` at `field` for an id of another type or none at all.
pub fn decode<T: Entity>(id: &ID, field: &str) -> Result<Id<T>> {
    id.parse().map_err(|error: AppError| error.at(field))
}

/// As [`decode`], for an id that may be left out.
///
/// # Errors
/// As [`decode`].
pub fn decode_optional<T: Entity>(id: Option<&ID>, field: &str) -> Result<Option<Id<T>>> {
    id.map(|id| decode(id, field)).transpose()
}

/// As [`decode`], for a list; the error names the place: `userIds.3`.
///
/// # Errors
/// As [`decode`].
pub fn decode_all<T: Entity>(list: &[ID], field: &str) -> Result<Vec<Id<T>>> {
    list.iter()
        .enumerate()
        .map(|(i, id)| decode(id, &format!("{field}.{i}")))
        .collect()
}
