//! Pages of a list, by keyset: the rows beyond a key, never an offset.

use std::collections::HashMap;

use chrono::Datelike as _;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::db::dsl::Direction;
use crate::db::types::{Id, Timestamp};
use crate::error::{AppError, Result};
use crate::ids::Kind;

/// Page size when neither `first` nor `last` is given.
pub const DEFAULT: i64 = 50;
/// The largest page.
pub const MAX: i64 = 200;

/// Relay's arguments of a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageArgs {
    /// At most so many from the start.
    pub first: Option<i32>,
    /// Only what comes behind this cursor.
    pub after: Option<String>,
    /// At most so many from the end.
    pub last: Option<i32>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
}

/// What a list is sorted by, beside the id that makes it unique.
pub trait SortKey: Sized {
    /// The key as a cursor holds it.
    type Cursor: Serialize + DeserializeOwned;
    /// Into a cursor.
    fn to_cursor(&self) -> Self::Cursor;
    /// Out of a cursor.
    fn from_cursor(cursor: Self::Cursor) -> Option<Self>;
}

impl SortKey for String {
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
    type Cursor = i64;
    fn to_cursor(&self) -> i64 {
        self.micros()
    }
    fn from_cursor(cursor: i64) -> Option<Self> {
        // No other year is read from outside, and PostgreSQL does not know every one that chrono does.
        Self::from_micros(cursor).filter(|at| (1900..=9999).contains(&at.utc().year()))
    }
}

/// The part of a list that is asked for.
#[derive(Clone, Debug)]
pub struct Page<K> {
    size: i64,
    backward: bool,
    /// Rows sorted behind this key.
    pub after: Option<(K, Id)>,
    /// Rows sorted before this key.
    pub before: Option<(K, Id)>,
}

impl<K: SortKey> Page<K> {
    /// Reads the arguments of a list of rows of this kind.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a page larger than 200, a negative one, both `first` and `last`, or a cursor that is
    /// not of this list.
    pub fn new(list: Kind, args: &PageArgs) -> Result<Self> {
        if args.first.is_some() && args.last.is_some() {
            return Err(AppError::bad_input("last", "Give first or last, not both."));
        }
        let size = size(args.first, "first")?
            .or(size(args.last, "last")?)
            .unwrap_or(DEFAULT);
        Ok(Self {
            size,
            backward: args.last.is_some(),
            after: cursor(list, args.after.as_deref(), "after")?,
            before: cursor(list, args.before.as_deref(), "before")?,
        })
    }

    /// How many rows to read: one more than the page holds tells whether there are more.
    #[must_use]
    pub fn limit(&self) -> i64 {
        self.size + 1
    }

    /// In which direction to read them.
    #[must_use]
    pub fn direction(&self) -> Direction {
        if self.backward {
            Direction::Desc
        } else {
            Direction::Asc
        }
    }

    /// Makes the page of the rows that were read with [`Page::limit`] and [`Page::direction`].
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Slice<T> {
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
        }
    }
}

/// The pages of several parents out of one statement's rows, with how many rows each has in all.
#[must_use]
pub fn pages_of<K: SortKey, T>(
    page: &Page<K>,
    parents: &[Id],
    rows: Vec<T>,
    parent: impl Fn(&T) -> Id,
    totals: Vec<(Id, i64)>,
) -> HashMap<Id, (Slice<T>, i64)> {
    let mut of_parents: HashMap<Id, Vec<T>> = HashMap::new();
    for row in rows {
        of_parents.entry(parent(&row)).or_default().push(row);
    }
    let totals: HashMap<Id, i64> = totals.into_iter().collect();
    let page_of = |id: &Id| {
        let rows = of_parents.remove(id).unwrap_or_default();
        (
            *id,
            (page.cut(rows), totals.get(id).copied().unwrap_or_default()),
        )
    };
    parents.iter().map(page_of).collect()
}

/// A page of rows, in the order of the list.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are rows before these.
    pub has_previous: bool,
    /// Whether there are rows behind these.
    pub has_next: bool,
}

fn size(asked: Option<i32>, field: &str) -> Result<Option<i64>> {
    match asked.map(i64::from) {
        Some(size) if !(0..=MAX).contains(&size) => Err(AppError::bad_input(
            field,
            format!("A page has 0 to {MAX} rows."),
        )),
        size => Ok(size),
    }
}

/// The cursor of a row: opaque to clients. It names the list's GraphQL type, so that it is refused in a list of
/// another.
pub fn encode_cursor<K: SortKey>(list: &str, key: &K, id: Id) -> String {
    let json = serde_json::json!([list, key.to_cursor(), id.0.simple().to_string()]);
    BASE64URL_NOPAD.encode(json.to_string().as_bytes())
}

fn cursor<K: SortKey>(list: Kind, text: Option<&str>, field: &str) -> Result<Option<(K, Id)>> {
    let Some(text) = text else { return Ok(None) };
    let decode = || {
        let json = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (of, key, id): (String, K::Cursor, String) = serde_json::from_slice(&json).ok()?;
        (of == list.type_name()).then_some(())?;
        Some((K::from_cursor(key)?, Id(Uuid::parse_str(&id).ok()?)))
    };
    decode()
        .map(Some)
        .ok_or_else(|| AppError::bad_input(field, "This is no cursor of this list."))
}
