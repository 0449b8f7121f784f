//! The missions that end after an instant, in lists by start.

use chrono::TimeDelta;
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

/// `start >= (the first start of a mission that runs at an instant, or that instant)`, see [`since`].
#[derive(Clone, Copy, Debug)]
pub struct Since<C>(C, OrgId, Timestamp, Timestamp);
expression!(Since<C>: Bool);

/// Leaves out missions that start before all those of the organisation that run at `from`. What remains still has to be
/// compared by its end. A list by start would otherwise read everything that has ever ended. This asks the index of
/// ends where those begin that still run. They end soon, because no mission is longer than `longest_days`.
pub fn since<C>(start: C, org_id: OrgId, from: Timestamp, longest_days: i64) -> Since<C> {
    Since(start, org_id, from, from + TimeDelta::days(longest_days))
}

impl<DB, C> QueryFragment<DB> for Since<C>
where
    DB: Backend + HasSqlType<UuidColumn> + HasSqlType<InstantColumn>,
    OrgId: ToSql<UuidColumn, DB>,
    Timestamp: ToSql<InstantColumn, DB>,
    C: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Self(start, org_id, from, latest) = self;
        start.walk_ast(out.reborrow())?;
        out.push_sql(
            " >= (SELECT COALESCE((SELECT min(running.starts_at) FROM missions AS running",
        );
        out.push_sql(" WHERE running.org_id = ");
        out.push_bind_param::<UuidColumn, _>(org_id)?;
        out.push_sql(" AND running.ends_at > ");
        out.push_bind_param::<InstantColumn, _>(from)?;
        out.push_sql(" AND running.ends_at <= ");
        out.push_bind_param::<InstantColumn, _>(latest)?;
        out.push_sql(" AND running.starts_at <= ");
        out.push_bind_param::<InstantColumn, _>(from)?;
        // Without the grouping PostgreSQL looks for the smallest start by the index of starts: from the oldest.
        out.push_sql(" GROUP BY running.org_id), ");
        out.push_bind_param::<InstantColumn, _>(from)?;
        // A subquery of its own: under its policies PostgreSQL looks in no index for a value that COALESCE makes.
        out.push_sql("))");
        Ok(())
    }
}
