//! The missions that end after an instant, in lists by start.

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType};

use super::dsl::expression;
use super::types::{InstantColumn, Timestamp, UuidColumn};
use crate::ids::OrgId;

/// `start >= (the first start of a mission that ends after an instant)`, see [`since`].
#[derive(Clone, Copy, Debug)]
pub struct Since<C>(C, OrgId, Timestamp);
expression!(Since<C>: Bool);

/// Leaves out missions that start before all those of the organisation that end after `from`. What remains still has to
/// be compared by its end. A list by start would otherwise read everything that has ever ended: this asks the index of
/// ends where those begin that still run.
pub fn since<C>(start: C, org_id: OrgId, from: Timestamp) -> Since<C> {
    Since(start, org_id, from)
}

impl<DB, C> QueryFragment<DB> for Since<C>
where
    DB: Backend + HasSqlType<UuidColumn> + HasSqlType<InstantColumn>,
    OrgId: ToSql<UuidColumn, DB>,
    Timestamp: ToSql<InstantColumn, DB>,
    C: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(
            " >= (SELECT min(running.starts_at) FROM missions AS running WHERE running.org_id = ",
        );
        out.push_bind_param::<UuidColumn, _>(&self.1)?;
        out.push_sql(" AND running.ends_at > ");
        out.push_bind_param::<InstantColumn, _>(&self.2)?;
        // Without the grouping PostgreSQL looks for the smallest start by the index of starts: from the oldest.
        out.push_sql(" GROUP BY running.org_id)");
        Ok(())
    }
}
