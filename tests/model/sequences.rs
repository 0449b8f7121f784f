//! Made-up sequences. Few people, few times and few places make collisions likely. The first choice is the plainest one,
//! which a sequence that fails shrinks to. Steps are boxed, since the choices between them would fill the stack of a test.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::state::{Kind, Moment, Skill, Span, Status, Who};
use super::step::{
    Booking, CancelFuture, Crew, Deed, Draft, DryRun, Expected, Force, Mission, Places, Project,
    Question, Role, Step, Token,
};

/// When something begins or ends, in hours. Invitations last 168 hours, people can withdraw until 48 hours before, and
/// a mission lasts 744 hours at most: with these hours all of that happens to the microsecond.
const HOURS: [i64; 12] = [2, 4, 6, 8, 52, 54, 56, 168, 172, 174, 746, -4];

/// Sequences of 50 steps on average.
pub fn sequences() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(steps(), 0..=100)
}

fn steps() -> BoxedStrategy<Step> {
    let steps = prop_oneof![
        46 => bookings(),
        14 => tokens(),
        14 => missions(),
        6 => roles(),
        5 => projects(),
        5 => crew(),
        6 => slots(),
        5 => questions(),
        3 => waits().prop_map(Step::Wait),
    ];
    steps.boxed()
}

fn by<S: Strategy>(
    who: impl Strategy<Value = Who>,
    what: S,
    deed: impl Fn(S::Value) -> Deed,
) -> impl Strategy<Value = Step> {
    (who, what).prop_map(move |(who, what)| Step::By(who, deed(what)))
}

/// Mostly somebody who may plan.
fn planners() -> impl Strategy<Value = Who> {
    prop_oneof![
        14 => Just(Who::Manager),
        2 => Just(Who::Owner),
        2 => Just(Who::Admin),
        1 => Just(Who::Lea),
        1 => Just(Who::Stranger),
    ]
}

/// Mostly somebody who may restore and delete.
fn admins() -> impl Strategy<Value = Who> {
    prop_oneof![
        4 => Just(Who::Admin),
        3 => Just(Who::Owner),
        4 => Just(Who::Manager),
        1 => Just(Who::Max),
        1 => Just(Who::Stranger),
    ]
}

fn anyone() -> impl Strategy<Value = Who> {
    prop_oneof![
        8 => Just(Who::Manager),
        6 => Just(Who::Lea),
        3 => Just(Who::Max),
        1 => Just(Who::Owner),
        1 => Just(Who::Stranger),
    ]
}

/// Mostly the first two, who can answer for themselves.
fn people() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0), 4 => Just(1), 2 => Just(2), 2 => 3..8_usize]
}

/// The number of a row, which the step takes from the rows that there are.
fn rows() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0..3_usize, 4 => 0..60_usize]
}

fn moments() -> impl Strategy<Value = Moment> {
    (select(&HOURS[..]), jitters())
        .prop_map(|(hours, jitter)| Moment(Moment::hours(hours).0 + jitter))
}

/// Mostly not so far that all is over.
fn waits() -> impl Strategy<Value = Moment> {
    let hours = prop_oneof![4 => select(&HOURS[..4]), 3 => select(&HOURS[4..7]), 1 => select(&HOURS[7..11])];
    (hours, jitters()).prop_map(|(hours, jitter)| Moment(Moment::hours(hours).0 + jitter))
}

/// A microsecond more or less, at times.
fn jitters() -> impl Strategy<Value = i64> {
    prop_oneof![10 => Just(0), 1 => Just(1), 1 => Just(-1)]
}

/// From one of the hours to a later one, at times to the same.
fn spans() -> impl Strategy<Value = Span> {
    let lengths = prop_oneof![8 => Just(1), 4 => Just(2), 1 => Just(0), 1 => Just(10_usize)];
    let hours = (0..HOURS.len() - 2, lengths, jitters(), jitters());
    hours.prop_map(|(from, length, early, late)| {
        let to = (from + length).min(HOURS.len() - 2);
        Span {
            starts: Moment(Moment::hours(HOURS[from]).0 + early),
            ends: Moment(Moment::hours(HOURS[to]).0 + late),
        }
    })
}

fn skills() -> impl Strategy<Value = Option<Skill>> {
    select(&[None, Some(Skill::Rigging), Some(Skill::Sound)][..])
}

fn versions() -> impl Strategy<Value = Expected> {
    prop_oneof![
        6 => Just(Expected::Any),
        3 => Just(Expected::Present),
        1 => Just(Expected::Outdated),
    ]
}

fn places() -> impl Strategy<Value = Places> {
    (skills(), 1..=2_usize).prop_map(|(skill, quantity)| Places { skill, quantity })
}

fn drafts() -> impl Strategy<Value = Draft> {
    let roles = prop::collection::vec(places(), 0..=2);
    // Some begin in the past: records of what was.
    let past = Moment::hours(-4);
    let spans = prop_oneof![
        9 => spans(),
        1 => spans().prop_map(move |span| Span { starts: past, ..span }),
    ];
    (spans, roles).prop_map(|(span, roles)| Draft { span, roles })
}

fn crew() -> BoxedStrategy<Step> {
    // Not often those who answer for themselves, since nobody comes back.
    let archived = prop_oneof![1 => Just(1), 2 => Just(2), 4 => 3..8_usize];
    let archived = (archived, any::<bool>().prop_map(CancelFuture));
    let steps = prop_oneof![
        2 => by(planners(), skills(), |skill| Deed::Crew(Crew::CreateUser(skill))),
        3 => by(anyone(), (people(), versions(), skills()), |(person, version, skill)| {
            Deed::Crew(Crew::UpdateUser(person, version, skill))
        }),
        2 => by(planners(), archived, |(person, cancel)| {
            Deed::Crew(Crew::ArchiveUser(person, cancel))
        }),
    ];
    steps.boxed()
}

fn slots() -> BoxedStrategy<Step> {
    let kinds = || select(&[Kind::Unavailable, Kind::Available][..]);
    let steps = prop_oneof![
        4 => by(anyone(), (people(), spans(), kinds()), |(person, span, kind)| {
            Deed::Crew(Crew::CreateAvailability(person, span, kind))
        }),
        2 => by(anyone(), (rows(), spans(), kinds()), |(slot, span, kind)| {
            Deed::Crew(Crew::UpdateAvailability(slot, span, kind))
        }),
        1 => by(anyone(), rows(), |slot| Deed::Crew(Crew::DeleteAvailability(slot))),
    ];
    steps.boxed()
}

fn projects() -> BoxedStrategy<Step> {
    let names = || 0..3_usize;
    let statuses = prop_oneof![
        5 => Just(Status::Active),
        2 => Just(Status::Archived),
        1 => Just(Status::Draft),
    ];
    let statuses = (0..3_usize, statuses, any::<bool>().prop_map(CancelFuture));
    let steps = prop_oneof![
        3 => by(planners(), names(), |name| Deed::Project(Project::CreateProject { name })),
        2 => by(planners(), (0..3_usize, versions(), names()), |(project, version, name)| {
            Deed::Project(Project::UpdateProject(project, version, name))
        }),
        4 => by(admins(), statuses, |(project, status, cancel)| {
            Deed::Project(Project::SetProjectStatus(project, status, cancel))
        }),
        2 => by(admins(), 0..3_usize, |project| Deed::Project(Project::DeleteProject(project))),
    ];
    steps.boxed()
}

fn missions() -> BoxedStrategy<Step> {
    let several = prop::collection::vec(drafts(), 1..=3);
    let moves = (rows(), versions(), spans(), any::<bool>().prop_map(DryRun));
    let steps = prop_oneof![
        5 => by(planners(), (rows(), drafts()), |(project, draft)| {
            Deed::Mission(Mission::CreateMission(project, draft))
        }),
        1 => by(planners(), (rows(), several), |(project, drafts)| {
            Deed::Mission(Mission::CreateMissions(project, drafts))
        }),
        2 => by(planners(), (rows(), versions(), 0..3_usize), |(mission, version, title)| {
            Deed::Mission(Mission::UpdateMission(mission, version, title))
        }),
        9 => by(planners(), moves, |(mission, version, span, dry_run)| {
            Deed::Mission(Mission::RescheduleMission(mission, version, span, dry_run))
        }),
        1 => by(planners(), (rows(), moments()), |(mission, starts)| {
            Deed::Mission(Mission::DuplicateMission(mission, starts))
        }),
        2 => by(planners(), rows(), |mission| Deed::Mission(Mission::CancelMission(mission))),
    ];
    steps.boxed()
}

fn roles() -> BoxedStrategy<Step> {
    let steps = prop_oneof![
        2 => by(planners(), (rows(), places()), |(mission, places)| {
            Deed::Role(Role::AddMissionRole(mission, places))
        }),
        4 => by(planners(), (rows(), 1..=3_usize), |(role, quantity)| {
            Deed::Role(Role::UpdateMissionRole { role, quantity })
        }),
        2 => by(planners(), rows(), |role| Deed::Role(Role::DeleteMissionRole(role))),
    ];
    steps.boxed()
}

fn bookings() -> BoxedStrategy<Step> {
    let invited = prop_oneof![
        10 => people().prop_map(|person| vec![person]),
        5 => subsequence(vec![0, 1, 2, 3], 2..=3),
        1 => prop::collection::vec(people(), 2),
    ];
    let forces = || prop::bool::weighted(0.2).prop_map(Force);
    let steps = prop_oneof![
        10 => by(planners(), (rows(), invited), |(role, people)| {
            Deed::Booking(Booking::InviteToMission { role, people })
        }),
        6 => by(planners(), (rows(), people(), forces()), |(role, person, force)| {
            Deed::Booking(Booking::AssignToMission(role, person, force))
        }),
        12 => by(anyone(), (rows(), forces()), |(number, force)| {
            Deed::Booking(Booking::AcceptAssignment(number, force))
        }),
        2 => by(anyone(), rows(), |number| Deed::Booking(Booking::DeclineAssignment(number))),
        5 => by(anyone(), rows(), |number| Deed::Booking(Booking::CancelAssignment(number))),
        2 => by(planners(), rows(), |number| Deed::Booking(Booking::ResendInvitation(number))),
        1 => by(planners(), rows(), |letter| Deed::Booking(Booking::RevokeInvitation(letter))),
    ];
    steps.boxed()
}

fn tokens() -> BoxedStrategy<Step> {
    let deeds = prop_oneof![
        3 => Just(Token::AcceptInvitation),
        1 => Just(Token::DeclineInvitation),
        1 => Just(Token::Invitation),
    ];
    (rows(), deeds)
        .prop_map(|(letter, deed)| Step::ByToken(letter, deed))
        .boxed()
}

fn questions() -> BoxedStrategy<Step> {
    let steps = prop_oneof![
        3 => by(planners(), rows(), |role| Deed::Question(Question::Candidates(role))),
        2 => by(anyone(), people(), |person| Deed::Question(Question::Conflicts(person))),
    ];
    steps.boxed()
}
