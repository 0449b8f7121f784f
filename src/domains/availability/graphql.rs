//! Availability in the schema.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};

use super::model::{self, AvailabilityKind, AvailabilityParts};
use super::service::{self, CreateAvailability, SavedAvailability, UpdateAvailability};
use crate::access::Requester;
use crate::domains::bookings::graphql::{Assignment, total};
use crate::domains::crew::graphql::User;
use crate::error;
use crate::extent::Extent;
use crate::graphql::brief::{InParts, load_one_row};
use crate::graphql::context::{member, state};
use crate::graphql::execute::budget::Room;
use crate::graphql::execute::by_id::{Lookup, ValuesOf};
use crate::graphql::execute::loader::{Key, grouped, lists};
use crate::graphql::execute::object::{Many, One};
use crate::graphql::guard::TECH;
use crate::graphql::id::decode;
use crate::graphql::scalar::DateTime;
use crate::ids::{AvailabilityId, UserId};
use crate::interval::Interval;
use crate::state::AppState;

/// `Availability` of the schema.
pub struct Availability(AvailabilityParts);

impl From<model::Availability> for Availability {
    fn from(row: model::Availability) -> Self {
        Self(row.into())
    }
}

impl InParts for Availability {
    const BRIEF: &'static [&'static str] = &["id", "user", "startsAt", "endsAt", "kind"];
}

/// A time slot `[startsAt, endsAt)` in which a person can work or cannot work.
#[Object]
impl Availability {
    /// TypeID with the prefix `availability`.
    pub async fn id(&self) -> ID {
        self.0.brief.id.into()
    }

    /// The person.
    async fn user(&self, ctx: &Context<'_>) -> Result<One<Arc<User>>> {
        Ok(One(load_one_row(ctx, self.0.brief.user_id).await?))
    }

    /// When the slot begins.
    async fn starts_at(&self) -> DateTime {
        self.0.brief.starts_at.into()
    }

    /// When the slot ends. This instant is not part of the slot.
    async fn ends_at(&self) -> DateTime {
        self.0.brief.ends_at.into()
    }

    /// Whether the person can work in the slot.
    async fn kind(&self) -> AvailabilityKind {
        self.0.brief.kind
    }

    /// A note for the planners.
    async fn note(&self) -> Result<Option<&str>> {
        Ok(self.0.rest()?.note.as_deref())
    }
}

/// Slots of the organisation.
impl Lookup for Availability {
    type Of = model::Availability;
    type Value = Self;

    async fn load(
        state: &AppState,
        who: &Requester,
        ids: &[AvailabilityId],
    ) -> error::Result<ValuesOf<Self>> {
        let rows = service::slots(state, who.member()?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
    }
}

/// Loads the slots of people that overlap an interval.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SlotsOf {
    /// The person.
    pub user_id: UserId,
    /// The time in question.
    pub interval: Interval,
    /// How much to read of each slot.
    pub extent: Extent,
}

impl Key for SlotsOf {
    type Value = Vec<Availability>;

    async fn load(
        state: &AppState,
        who: &Requester,
        keys: Vec<Self>,
        room: &Room,
    ) -> error::Result<Vec<(Self, Self::Value)>> {
        let mut found = Vec::with_capacity(keys.len());
        let who = who.member()?;
        for ((interval, extent), keys) in grouped(keys, |key| (key.interval, key.extent)) {
            let ids: Vec<UserId> = keys.iter().map(|key| key.user_id).collect();
            let limit = room.limit();
            let slots = service::slots_of(state, who, &ids, interval, extent, limit).await?;
            room.check(slots.len()).await?;
            let key = |user_id| Self {
                user_id,
                interval,
                extent,
            };
            let shown = |slot: AvailabilityParts| (key(slot.brief.user_id), Availability(slot));
            found.extend(lists(slots.into_iter().map(shown)));
        }
        Ok(found)
    }
}

/// A new slot of a person.
#[derive(InputObject)]
struct CreateAvailabilityInput {
    /// The id of the person.
    user_id: ID,
    /// When the slot begins. It must be between 1970 and 2200.
    starts_at: DateTime,
    /// When the slot ends. It must be after `startsAt`, and the slot is at most 366 days long.
    ends_at: DateTime,
    /// Whether the person can work in the slot.
    kind: AvailabilityKind,
    /// A note for the planners, at most 10,000 characters.
    note: Option<String>,
}

/// What to change in a slot. A field that is left out stays as it is.
#[derive(InputObject)]
struct UpdateAvailabilityInput {
    /// The id of the slot.
    id: ID,
    /// When the slot begins, as in `createAvailability`. It must not be null.
    starts_at: MaybeUndefined<DateTime>,
    /// When the slot ends, as in `createAvailability`. It must not be null.
    ends_at: MaybeUndefined<DateTime>,
    /// Whether the person can work in the slot. It must not be null.
    kind: MaybeUndefined<AvailabilityKind>,
    /// A note for the planners, at most 10,000 characters. Null removes it.
    note: MaybeUndefined<String>,
}

/// The slot to delete.
#[derive(InputObject)]
struct DeleteAvailabilityInput {
    /// The id of the slot.
    id: ID,
}

/// The slot that was deleted.
#[derive(SimpleObject)]
struct DeleteAvailabilityPayload {
    /// The id of the slot.
    availability_id: ID,
}

/// The slot that was created or changed.
#[derive(SimpleObject)]
struct AvailabilityPayload {
    /// The slot.
    availability: One<Availability>,
    /// The person's ACCEPTED assignments that overlap an UNAVAILABLE slot. The server only reports them. It does not
    /// cancel them. The list shows the first 200.
    clashes: Many<Assignment>,
    /// How many clashes there are. They are counted up to 10,000.
    clashes_total: i32,
}

impl From<SavedAvailability> for AvailabilityPayload {
    fn from(saved: SavedAvailability) -> Self {
        Self {
            availability: One(saved.slot.into()),
            clashes_total: total(saved.clashes.total),
            clashes: saved
                .clashes
                .shown
                .into_iter()
                .map(Assignment::from)
                .collect(),
        }
    }
}

/// Mutations of availability.
#[derive(Default)]
pub struct AvailabilityMutation;

#[Object]
impl AvailabilityMutation {
    /// Adds a time slot in which a person can work or cannot work. Needs MANAGER or above, except for your own slots.
    #[graphql(guard = TECH)]
    async fn create_availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: CreateAvailabilityInput,
    ) -> Result<One<AvailabilityPayload>> {
        let input = CreateAvailability {
            user_id: decode(&input.user_id, "userId")?,
            starts_at: input.starts_at.get("startsAt")?,
            ends_at: input.ends_at.get("endsAt")?,
            kind: input.kind,
            note: input.note,
        };
        let saved = service::create_availability(state(ctx), member(ctx)?, input).await?;
        Ok(One(saved.into()))
    }

    /// Changes a time slot. Needs MANAGER or above, except for your own slots.
    #[graphql(guard = TECH)]
    async fn update_availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: UpdateAvailabilityInput,
    ) -> Result<One<AvailabilityPayload>> {
        let instant = |value: MaybeUndefined<DateTime>, field: &str| {
            value.map_value(|at| at.get(field)).transpose()
        };
        let input = UpdateAvailability {
            id: decode(&input.id, "id")?,
            starts_at: instant(input.starts_at, "startsAt")?.into(),
            ends_at: instant(input.ends_at, "endsAt")?.into(),
            kind: input.kind.into(),
            note: input.note.into(),
        };
        let saved = service::update_availability(state(ctx), member(ctx)?, input).await?;
        Ok(One(saved.into()))
    }

    /// Deletes a time slot. Needs MANAGER or above, except for your own slots.
    #[graphql(guard = TECH)]
    async fn delete_availability(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mutation's input.")] input: DeleteAvailabilityInput,
    ) -> Result<One<DeleteAvailabilityPayload>> {
        let id = decode(&input.id, "id")?;
        service::delete_availability(state(ctx), member(ctx)?, id).await?;
        Ok(One(DeleteAvailabilityPayload {
            availability_id: input.id,
        }))
    }
}
