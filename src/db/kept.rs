//! Statements that stay prepared.

use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// The longest statement that stays prepared, in bytes. Longer ones insert many rows, so that their texts differ too
/// much to be kept.
const LONGEST: usize = 2_000;

/// A statement that changes rows on PostgreSQL. It stays prepared on its connection. diesel would prepare each INSERT of
/// several rows and each UPDATE anew, which takes another round trip, because some of them come in very many texts.
pub(super) struct Kept<Q>(pub Q);

impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, backend: &Pg) -> QueryResult<bool> {
        let mut text = PgQueryBuilder::default();
        self.0.to_sql(&mut text, backend)?;
        Ok(diesel::query_builder::QueryBuilder::<Pg>::finish(text).len() <= LONGEST)
    }
}
