//! `column = ANY (values)` with few different texts, so that the statements stay prepared.

use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, Bool, HasSqlType, SingleValue};
use diesel::sqlite::Sqlite;

/// The most values for which SQLite gets a text that stays prepared.
const KEPT: usize = 1_024;

/// See [`AnyOf::any_of`].
#[derive(Clone, Debug)]
pub struct Any<C, T>(C, Vec<T>);

/// Adds [`AnyOf::any_of`] to columns.
pub trait AnyOf: Expression + Sized {
    /// Whether the column has one of these values. PostgreSQL gets them as one array. SQLite gets a list whose length is
    /// a power of two: the last value is repeated, which changes nothing. diesel's `eq_any` would prepare a statement for
    /// SQLite anew each time.
    fn any_of<T: Clone>(self, values: &[T]) -> Any<Self, T> {
        Any(self, values.to_vec())
    }
}

impl<C: Expression> AnyOf for C {}

impl<C: Expression, T> Expression for Any<C, T> {
    type SqlType = Bool;
}
impl<C, T> QueryId for Any<C, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<C, T> ValidGrouping<()> for Any<C, T> {
    type IsAggregate = is_aggregate::No;
}
impl<Source, C: AppearsOnTable<Source>, T> AppearsOnTable<Source> for Any<C, T> {}
impl<Source, C: SelectableExpression<Source>, T> SelectableExpression<Source> for Any<C, T> {}

impl<C, T> QueryFragment<Pg> for Any<C, T>
where
    C: Expression + QueryFragment<Pg>,
    C::SqlType: SingleValue,
    Pg: HasSqlType<C::SqlType>,
    Vec<T>: ToSql<Array<C::SqlType>, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY (");
        out.push_bind_param::<Array<C::SqlType>, _>(&self.1)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C, T> QueryFragment<Sqlite> for Any<C, T>
where
    C: Expression + QueryFragment<Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
    T: ToSql<C::SqlType, Sqlite>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let values = &self.1;
        let Some(last) = values.last() else {
            out.push_sql("(1 = 0)");
            return Ok(());
        };
        let length = if values.len() <= KEPT {
            values.len().next_power_of_two()
        } else {
            out.unsafe_to_cache_prepared();
            values.len()
        };
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        let padded = values.iter().chain(std::iter::repeat(last));
        for (i, value) in padded.take(length).enumerate() {
            if i > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<C::SqlType, _>(value)?;
        }
        out.push_sql(")");
        Ok(())
    }
}
