//! Pages of a list by keyset: a page begins after the key of a row, not at an offset.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use chrono::Datelike as _;
use data_encoding::BASE64URL_NOPAD;
use derive_where::derive_where;
use diesel::dsl::AsExprOf;
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::sql_types::{SqlType, Text};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::db::dsl::{Between, Direction, Sorted, between, sorted};
use crate::db::types::{Id, InstantColumn, Timestamp, UuidColumn};
use crate::error::{AppError, Result};
use crate::ids::Entity;

/// Page size when neither `first` nor `last` is given.
pub const DEFAULT: i64 = 50;
/// The largest page.
pub const MAX: i64 = 200;

/// Relay's arguments of a connection.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    /// How many rows from the start.
    pub first: Option<i32>,
    /// Only rows after this cursor.
    pub after: Option<String>,
    /// How many rows from the end.
    pub last: Option<i32>,
    /// Only rows before this cursor.
    pub before: Option<String>,
}

/// A row of a list. Only this declaration says how the list is sorted.
pub trait Listed: 'static {
    /// Whether the list begins with the smallest key or with the largest.
    const DIRECTION: Direction = Direction::Asc;
    /// The entity of the list. Cursors contain its name.
    type Of: Entity;
    /// The sort key. The id is the second key, which makes the order unique.
    type Key: SortKey;
    /// The column of the key.
    type KeyColumn: Default;
    /// The column of the id.
    type IdColumn: Default;

    /// The row's position in the list.
    fn position(&self) -> Position<Self>;
}

/// A position in a list: the sort key and the id.
pub type Position<L> = (<L as Listed>::Key, Id<<L as Listed>::Of>);

/// The condition that a row lies between two positions of a list.
pub type BetweenRows<L> = Between<
    <L as Listed>::KeyColumn,
    <L as Listed>::IdColumn,
    AsExprOf<<L as Listed>::Key, <<L as Listed>::Key as SortKey>::Sql>,
    AsExprOf<Id<<L as Listed>::Of>, UuidColumn>,
>;

/// What a list can be sorted by.
pub trait SortKey:
    AsExpression<Self::Sql> + Clone + Debug + Ord + Hash + Send + Sync + 'static
{
    /// The type of its column.
    type Sql: SqlType + TypedExpressionType;
    /// The key as a cursor holds it.
    type Cursor: Serialize + DeserializeOwned;
    /// Converts the key for a cursor.
    fn to_cursor(&self) -> Self::Cursor;
    /// Converts the key from a cursor. `None` if no row can have it.
    fn from_cursor(cursor: Self::Cursor) -> Option<Self>;
}

impl SortKey for String {
    type Sql = Text;
    type Cursor = String;
    fn to_cursor(&self) -> String {
        self.clone()
    }
    fn from_cursor(cursor: String) -> Option<Self> {
        // PostgreSQL stores no NUL, so no row has such a key.
        (!cursor.contains('\0')).then_some(cursor)
    }
}

impl SortKey for Timestamp {
    type Sql = InstantColumn;
    type Cursor = i64;
    fn to_cursor(&self) -> i64 {
        self.micros()
    }
    fn from_cursor(cursor: i64) -> Option<Self> {
        // Inputs accept no other years, and PostgreSQL supports fewer years than chrono.
        Self::from_micros(cursor).filter(|at| (1900..=9999).contains(&at.utc().year()))
    }
}

/// The requested part of a list of `L`. One statement answers all fields that request the same part.
#[derive_where(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Page<L: Listed> {
    size: i64,
    backward: bool,
    after: Option<Position<L>>,
    before: Option<Position<L>>,
    counted: bool,
}

impl<L: Listed> Page<L> {
    /// Reads the arguments of a list. `counted` says whether to count all rows of the list.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a page larger than 200, a negative one, both `first` and `last`, or a cursor that is
    /// not of this list.
    pub fn read(args: &PageArgs, counted: bool) -> Result<Self> {
        if args.first.is_some() && args.last.is_some() {
            return Err(AppError::bad_input(
                "last",
                "Use either first or last, not both.",
            ));
        }
        let size = size(args.first, "first")?
            .or(size(args.last, "last")?)
            .unwrap_or(DEFAULT);
        Ok(Self {
            size,
            backward: args.last.is_some(),
            after: decode_cursor::<L>(args.after.as_deref(), "after")?,
            before: decode_cursor::<L>(args.before.as_deref(), "before")?,
            counted,
        })
    }

    /// The condition that a row lies between the cursors.
    #[must_use]
    pub fn between(&self) -> BetweenRows<L> {
        let columns = || (L::KeyColumn::default(), L::IdColumn::default());
        let bound = |(key, id): Position<L>| {
            (
                key.as_expression(),
                AsExpression::<UuidColumn>::as_expression(id),
            )
        };
        between(
            columns,
            L::DIRECTION,
            self.after.clone().map(bound),
            self.before.clone().map(bound),
        )
    }

    /// The order in which to read the rows: from the end for `last`.
    #[must_use]
    pub fn order(&self) -> Sorted<L::KeyColumn, L::IdColumn> {
        sorted(
            L::KeyColumn::default(),
            L::IdColumn::default(),
            self.direction(),
        )
    }

    /// The direction in which the rows are read.
    fn direction(&self) -> Direction {
        if self.backward {
            L::DIRECTION.reversed()
        } else {
            L::DIRECTION
        }
    }

    /// How many rows to read. It is one more than the page size, to find out whether there are more rows.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.size + 1
    }

    /// Counts the rows of the whole list if the client asked for the number. Otherwise it does not run the statement.
    ///
    /// # Errors
    /// Those of `count`.
    pub async fn total<T: Default>(&self, count: impl Future<Output = Result<T>>) -> Result<T> {
        if self.counted {
            count.await
        } else {
            Ok(T::default())
        }
    }

    /// Makes the page of the rows that were read with [`Page::limit`] and [`Page::order`].
    #[must_use]
    pub fn slice(&self, mut rows: Vec<L>, total: i64) -> Slice<L> {
        let size = usize::try_from(self.size).unwrap_or_default();
        let more = rows.len() > size;
        rows.truncate(size);
        if self.backward {
            rows.reverse();
        }
        let (has_previous, has_next) = match self.backward {
            false => (self.after.is_some(), more),
            true => (more, self.before.is_some()),
        };
        Slice {
            rows,
            has_previous,
            has_next,
            total,
        }
    }

    /// How many rows were read for a slice: one more than it has if there are more.
    #[must_use]
    pub fn rows_read(&self, slice: &Slice<L>) -> usize {
        let more = match self.backward {
            false => slice.has_next,
            true => slice.has_previous,
        };
        slice.rows.len() + usize::from(more)
    }

    /// Makes the page of each parent from the rows of one statement, in any order, and the totals of another.
    #[must_use]
    pub fn slices<P>(
        &self,
        parents: &[Id<P>],
        mut rows: Vec<L>,
        parent: impl Fn(&L) -> Id<P>,
        totals: Vec<(Id<P>, i64)>,
    ) -> Slices<P, L> {
        // The database would have to sort them, or look for them among all rows in the order of the list.
        rows.sort_by_cached_key(L::position);
        if self.direction() == Direction::Desc {
            rows.reverse();
        }
        let mut of_parents: HashMap<Id<P>, Vec<L>> = HashMap::new();
        for row in rows {
            of_parents.entry(parent(&row)).or_default().push(row);
        }
        let totals: HashMap<Id<P>, i64> = totals.into_iter().collect();
        let slice_of = |id: &Id<P>| {
            let rows = of_parents.remove(id).unwrap_or_default();
            let total = totals.get(id).copied().unwrap_or_default();
            (*id, self.slice(rows, total))
        };
        parents.iter().map(slice_of).collect()
    }
}

/// A page of rows, in the order of the list.
#[derive(Clone, Debug)]
pub struct Slice<L> {
    pub rows: Vec<L>,
    /// Whether there are rows before these.
    pub has_previous: bool,
    /// Whether there are rows after these.
    pub has_next: bool,
    /// How many rows the whole list has; 0 if the client did not ask for the number.
    pub total: i64,
}

/// The page of each parent.
pub type Slices<P, L> = HashMap<Id<P>, Slice<L>>;

fn size(asked: Option<i32>, field: &str) -> Result<Option<i64>> {
    match asked.map(i64::from) {
        Some(size) if !(0..=MAX).contains(&size) => Err(AppError::bad_input(
            field,
            format!("Ask for 0 to {MAX} rows."),
        )),
        size => Ok(size),
    }
}

/// The cursor of a position in a list. It is opaque to clients. It contains the list's GraphQL type, so that lists of
/// other types refuse it.
#[must_use]
pub fn encode_cursor<L: Listed>((key, id): &Position<L>) -> String {
    let id = id.uuid().simple().to_string();
    let json = serde_json::json!([L::Of::TYPE, key.to_cursor(), id]);
    BASE64URL_NOPAD.encode(json.to_string().as_bytes())
}

fn decode_cursor<L: Listed>(text: Option<&str>, field: &str) -> Result<Option<Position<L>>> {
    let Some(text) = text else { return Ok(None) };
    let decode = || {
        let json = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (of, key, id): (String, <L::Key as SortKey>::Cursor, String) =
            serde_json::from_slice(&json).ok()?;
        (of == L::Of::TYPE).then_some(())?;
        let id = Id::new(Uuid::parse_str(&id).ok()?);
        Some((L::Key::from_cursor(key)?, id))
    };
    decode()
        .map(Some)
        .ok_or_else(|| AppError::bad_input(field, "This is not a cursor of this list."))
}
