//! Parts of queries that diesel does not offer for both databases at once.
//!
//! One type prints different SQL, so prepared statements are cached by their text (`HAS_STATIC_QUERY_ID = false`).

use diesel::backend::Backend;
use diesel::expression::expression_types::NotSelectable;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{RunQueryDsl, Selectable};

/// The columns of a row type, for `select`: diesel's `as_select()` would fix the backend.
pub trait Columns: Selectable<Sqlite> {
    /// The columns in the order of the fields.
    #[must_use]
    fn columns() -> Self::SelectExpression {
        Self::construct_selection()
    }
}

impl<T: Selectable<Sqlite>> Columns for T {}

diesel::define_sql_function! {
    /// How many bytes a text has. Neither database reads the text for it.
    fn octet_length(text: Nullable<Text>) -> Nullable<Integer>;
}

/// Implements the traits that all expressions of this module need. Such an expression may appear wherever its parts
/// may.
macro_rules! expression {
    ($name:ident<$($part:ident),*>: $sql_type:ty) => {
        impl<$($part: Expression),*> Expression for $name<$($part),*> {
            type SqlType = $sql_type;
        }
        impl<$($part),*> QueryId for $name<$($part),*> {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
        impl<$($part),*> ValidGrouping<()> for $name<$($part),*> {
            type IsAggregate = is_aggregate::No;
        }
        impl<Source, $($part: AppearsOnTable<Source>),*> AppearsOnTable<Source> for $name<$($part),*> {}
        impl<Source, $($part: SelectableExpression<Source>),*> SelectableExpression<Source> for $name<$($part),*> {}
    };
}

pub(super) use expression;

/// A condition on the rows of `Source` that runs on either database. A repository's function can return it, so that
/// several queries can use it.
pub trait Condition<Source>:
    Expression<SqlType = Nullable<Bool>>
    + SelectableExpression<Source>
    + QueryFragment<Pg>
    + QueryFragment<Sqlite>
    + QueryId
    + ValidGrouping<(), IsAggregate = is_aggregate::No>
    + Send
{
}

impl<Source, P> Condition<Source> for P where
    P: Expression<SqlType = Nullable<Bool>>
        + SelectableExpression<Source>
        + QueryFragment<Pg>
        + QueryFragment<Sqlite>
        + QueryId
        + ValidGrouping<(), IsAggregate = is_aggregate::No>
        + Send
{
}

/// An optional condition, see [`when`].
#[derive(Clone, Copy, Debug)]
pub struct When<P>(Option<P>);
expression!(When<P>: Nullable<Bool>);

/// The condition, or `true` if there is none. For optional filters.
pub fn when<P>(condition: Option<P>) -> When<P> {
    When(condition)
}

impl<DB: Backend, P: QueryFragment<DB>> QueryFragment<DB> for When<P> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Some(condition) = &self.0 else {
            // Not TRUE: PostgreSQL refuses a bare constant in ORDER BY.
            out.push_sql("(1 = 1)");
            return Ok(());
        };
        out.push_sql("(");
        condition.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// A sort direction chosen at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

impl Direction {
    /// The other direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Asc => Self::Desc,
            Self::Desc => Self::Asc,
        }
    }
}

/// `(a, b) ASC` in a direction chosen at run time, see [`sorted`].
#[derive(Clone, Copy, Debug)]
pub struct Sorted<A, B>(A, B, Direction);
expression!(Sorted<A, B>: NotSelectable);

/// Sorts by the key of a list and by the id, which makes the order unique, in the same direction.
pub fn sorted<A, B>(key: A, id: B, direction: Direction) -> Sorted<A, B> {
    Sorted(key, id, direction)
}

impl<DB: Backend, A: QueryFragment<DB>, B: QueryFragment<DB>> QueryFragment<DB> for Sorted<A, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let direction = match self.2 {
            Direction::Asc => " ASC",
            Direction::Desc => " DESC",
        };
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(direction);
        out.push_sql(", ");
        self.1.walk_ast(out.reborrow())?;
        out.push_sql(direction);
        Ok(())
    }
}

/// `(a, b) > (x, y)`, see `beyond`.
#[derive(Clone, Copy, Debug)]
pub struct Beyond<A, B, X, Y>(A, B, X, Y, Direction);
expression!(Beyond<A, B, X, Y>: Bool);

/// The rows after `(x, y)` in the order of `(a, b)`. It compares row values, which both databases answer from one index
/// range.
fn beyond<A, B, X, Y>((a, b): (A, B), (x, y): (X, Y), direction: Direction) -> Beyond<A, B, X, Y> {
    Beyond(a, b, x, y, direction)
}

impl<DB, A, B, X, Y> QueryFragment<DB> for Beyond<A, B, X, Y>
where
    DB: Backend,
    A: QueryFragment<DB>,
    B: QueryFragment<DB>,
    X: QueryFragment<DB>,
    Y: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.1.walk_ast(out.reborrow())?;
        out.push_sql(match self.4 {
            Direction::Asc => ") > (",
            Direction::Desc => ") < (",
        });
        self.2.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.3.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// The rows between two places of a list, see [`between`].
#[derive(Clone, Copy, Debug)]
pub struct Between<A, B, X, Y>(When<Beyond<A, B, X, Y>>, When<Beyond<A, B, X, Y>>);
expression!(Between<A, B, X, Y>: Bool);

/// The rows between two positions of a list that is sorted by `key` in a direction. Either position is optional.
pub fn between<A, B, X, Y>(
    key: impl Fn() -> (A, B),
    direction: Direction,
    after: Option<(X, Y)>,
    before: Option<(X, Y)>,
) -> Between<A, B, X, Y> {
    Between(
        when(after.map(|after| beyond(key(), after, direction))),
        when(before.map(|before| beyond(key(), before, direction.reversed()))),
    )
}

impl<DB, A, B, X, Y> QueryFragment<DB> for Between<A, B, X, Y>
where
    DB: Backend,
    Beyond<A, B, X, Y>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" AND ");
        self.1.walk_ast(out)
    }
}

/// `ROW_NUMBER() OVER (PARTITION BY p ORDER BY o)`, see [`row_number`].
#[derive(Clone, Copy, Debug)]
pub struct RowNumber<P, O>(P, O);
expression!(RowNumber<P, O>: BigInt);

/// The number of a row among those with the same `partition`, from 1.
pub fn row_number<P, O>(partition: P, order: O) -> RowNumber<P, O> {
    RowNumber(partition, order)
}

impl<DB: Backend, P: QueryFragment<DB>, O: QueryFragment<DB>> QueryFragment<DB>
    for RowNumber<P, O>
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("ROW_NUMBER() OVER (PARTITION BY ");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" ORDER BY ");
        self.1.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// `id IN (the ids that the query numbers up to a limit)`, see [`within_first`].
#[derive(Clone, Copy, Debug)]
pub struct WithinFirst<I, Q>(I, Q, i64);

/// Keeps the first `limit` rows of each parent, so one statement answers a connection for all its parents. `numbered`
/// selects `(id, row_number)`.
pub fn within_first<I, Q>(id: I, numbered: Q, limit: i64) -> WithinFirst<I, Q> {
    WithinFirst(id, numbered, limit)
}

impl<I: Expression, Q: Query> Expression for WithinFirst<I, Q> {
    type SqlType = Bool;
}
impl<I, Q> QueryId for WithinFirst<I, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<I, Q> ValidGrouping<()> for WithinFirst<I, Q> {
    type IsAggregate = is_aggregate::No;
}
impl<Source, I: AppearsOnTable<Source>, Q: Query> AppearsOnTable<Source> for WithinFirst<I, Q> {}

impl<DB, I, Q> QueryFragment<DB> for WithinFirst<I, Q>
where
    DB: Backend + diesel::sql_types::HasSqlType<BigInt>,
    i64: diesel::serialize::ToSql<BigInt, DB>,
    I: QueryFragment<DB>,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" IN (WITH numbered (id, number) AS (");
        self.1.walk_ast(out.reborrow())?;
        out.push_sql(") SELECT id FROM numbered WHERE number <= ");
        out.push_bind_param::<BigInt, _>(&self.2)?;
        out.push_sql(")");
        Ok(())
    }
}

/// A query that locks the rows it reads, see [`for_update`], [`for_share`] and [`for_deletion`].
#[derive(Clone, Copy, Debug)]
pub struct Locked<Q>(Q, &'static str);

/// Locks the rows until the transaction ends, with `FOR NO KEY UPDATE` on PostgreSQL: ids never change, and rows that refer
/// to these by id can be written at the same time. SQLite needs no lock, because only one write transaction runs at a
/// time.
pub fn for_update<Q>(query: Q) -> Locked<Q> {
    Locked(query, " FOR NO KEY UPDATE")
}

/// Keeps others from changing the rows until the transaction ends. Several transactions can do so at the same time.
pub fn for_share<Q>(query: Q) -> Locked<Q> {
    Locked(query, " FOR SHARE")
}

/// Locks rows that are to be deleted, and leaves out those that somebody else has locked. So servers that clean up at the
/// same time do not wait for each other, nor anybody for them.
pub fn for_deletion<Q>(query: Q) -> Locked<Q> {
    Locked(query, " FOR UPDATE SKIP LOCKED")
}

impl<Q> QueryId for Locked<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Locked<Q> {
    type SqlType = Q::SqlType;
}
impl<Q, C> RunQueryDsl<C> for Locked<Q> {}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Locked<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(self.1);
        Ok(())
    }
}

impl<Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Locked<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}
