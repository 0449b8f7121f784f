//! Who is asked, and the status machine of assignments.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::super::state::{self, Answer, Assignment, HOUR, Kind, MissionRole, Model, Moment, Who};
use super::super::step::{Booking, Force};
use super::{Reasons, Ruling, label, refuse};

/// How long before the start a person can still withdraw.
const CUT_OFF: i64 = 48 * HOUR;

impl Model {
    pub(super) fn take_booking(&mut self, by: Who, deed: &Booking) -> Ruling {
        match deed {
            Booking::InviteToMission { role, people } => self.invite_to_mission(by, *role, people),
            Booking::AssignToMission(role, person, force) => {
                self.assign_to_mission(by, *role, *person, *force)
            }
            Booking::AcceptAssignment(number, force) => self.accept_assignment(by, *number, *force),
            Booking::DeclineAssignment(number) => self.decline_assignment(by, *number),
            Booking::CancelAssignment(number) => self.cancel_assignment(by, *number),
            Booking::ResendInvitation(number) => self.resend_invitation(by, *number),
            Booking::RevokeInvitation(letter) => self.revoke_invitation(by, *letter),
        }
    }

    /// All or none. More people than places is normal, and problems are warnings.
    fn invite_to_mission(&mut self, by: Who, role: usize, people: &[usize]) -> Ruling {
        let row = self.roles[role].clone();
        by.needs(Role::Manager)?;
        let twice = (1..people.len()).any(|n| people[..n].contains(&people[n]));
        Reasons::default()
            .or(twice, "BAD_USER_INPUT")
            .or(!Self::sees(by, row.gone), "NOT_FOUND")
            .settle()?;
        self.bookable(people, row.mission).settle()?;
        let mut warnings = Vec::new();
        for person in people {
            warnings.extend(self.warnings(*person, role, &row));
        }
        let mut invited = Vec::new();
        for person in people {
            let assignment = self.book(*person, role, state::Booking::Invited);
            let letter = self.show_letter(assignment);
            invited.push(json!({
                "assignment": self.told(assignment),
                "invitation": self.letter(letter),
                "token": "token",
            }));
        }
        Ok(json!({"invitations": invited, "warnings": warnings}))
    }

    /// Books somebody without asking: the guards are those of accepting.
    fn assign_to_mission(
        &mut self,
        by: Who,
        role: usize,
        person: usize,
        Force(force): Force,
    ) -> Ruling {
        let row = self.roles[role].clone();
        by.needs(Role::Manager)?;
        refuse(!Self::sees(by, row.gone), "NOT_FOUND")?;
        let mut reasons = self.bookable(&[person], row.mission);
        reasons.0.extend(self.hindrances(person, role, force).0);
        reasons.settle()?;
        let warnings: Value = self.warnings(person, role, &row).into_iter().collect();
        let assignment = self.book(person, role, state::Booking::Accepted);
        Ok(json!({"assignment": self.told(assignment), "warnings": warnings}))
    }

    fn accept_assignment(&mut self, by: Who, number: usize, Force(force): Force) -> Ruling {
        self.may_answer(by, number)
            .map_err(|reasons| reasons.or(force && !by.is(Role::Manager), "FORBIDDEN"))?;
        refuse(force && !by.is(Role::Manager), "FORBIDDEN")?;
        let overridden = self.accept(number, force)?;
        Ok(json!({"assignment": self.told(number), "warnings": overridden}))
    }

    fn decline_assignment(&mut self, by: Who, number: usize) -> Ruling {
        self.may_answer(by, number)?;
        self.decline(number)?;
        Ok(json!({"assignment": self.told(number), "warnings": []}))
    }

    /// A manager calls off whoever is asked or booked. The person withdraws from what they accepted, in time.
    fn cancel_assignment(&mut self, by: Who, number: usize) -> Ruling {
        self.may_answer(by, number)?;
        let row = &self.assignments[number];
        let (status, is_manager) = (row.status, by.is(Role::Manager));
        let cut_off = Moment(self.missions[row.mission].span.starts.0 - CUT_OFF);
        if status != state::Booking::Cancelled {
            let known = status == state::Booking::Accepted
                || is_manager && status == state::Booking::Invited;
            refuse(!known, "INVALID_TRANSITION")?;
            let late = !is_manager && self.now >= cut_off;
            refuse(late, "WITHDRAWAL_TOO_LATE")?;
            self.cancel_all(&[number], Some("ill"));
        }
        Ok(json!({"assignment": self.told(number), "warnings": []}))
    }

    /// INVITED -> ACCEPTED, with the overlaps that were overridden. The same answer twice changes nothing.
    pub(super) fn accept(&mut self, number: usize, force: bool) -> Result<Value, Reasons> {
        let row = self.assignments[number].clone();
        if row.status == state::Booking::Accepted {
            return Ok(json!([]));
        }
        refuse(row.status != state::Booking::Invited, "INVALID_TRANSITION")?;
        self.hindrances(row.person, row.role, force).settle()?;
        let overlaps = self.elsewhere(row.person, row.mission, true).into_iter();
        let overridden = overlaps.map(|other| self.overlap(other)).collect();
        self.close(number, state::Booking::Accepted, Answer::Accepted);
        Ok(overridden)
    }

    /// INVITED -> DECLINED, whatever became of the mission.
    pub(super) fn decline(&mut self, number: usize) -> Result<(), Reasons> {
        let status = self.assignments[number].status;
        if status != state::Booking::Declined {
            refuse(status != state::Booking::Invited, "INVALID_TRANSITION")?;
            self.close(number, state::Booking::Declined, Answer::Declined);
            self.assignments[number].reason = Some("busy");
        }
        Ok(())
    }

    /// Gives an assignment the status that was answered, and to the invitation that waited for it.
    fn close(&mut self, number: usize, status: state::Booking, answer: Answer) {
        self.assignments[number].status = status;
        for letter in self.letters_of(number) {
            if letter.status == Answer::Pending {
                letter.status = answer;
            }
        }
    }

    fn may_answer(&self, by: Who, number: usize) -> Result<(), Reasons> {
        refuse(!Self::sees(by, false), "NOT_FOUND")?;
        let is_own = by.is_person(self.assignments[number].person);
        refuse(!by.is(Role::Manager) && !is_own, "FORBIDDEN")
    }

    /// Why people cannot be asked for a mission.
    fn bookable(&self, people: &[usize], mission: usize) -> Reasons {
        let is_asked = |person: &usize| {
            let open = |row: &Assignment| {
                row.mission == mission && row.person == *person && row.status.is_open()
            };
            self.assignments.iter().any(open)
        };
        Reasons::default()
            .or(
                people
                    .iter()
                    .any(|person| self.people[*person].archived_at.is_some()),
                "BAD_USER_INPUT",
            )
            .or(self.is_closed(mission), "MISSION_CLOSED")
            .or(people.iter().any(is_asked), "ALREADY_ASSIGNED")
    }

    /// Why a person cannot take a place of a role.
    fn hindrances(&self, person: usize, role: usize, force: bool) -> Reasons {
        let row = &self.roles[role];
        let conflicts = self.elsewhere(person, row.mission, true);
        let mut listed: Vec<String> = conflicts
            .iter()
            .map(|number| label("assignment", *number))
            .collect();
        listed.sort();
        Reasons::default()
            .or(self.is_closed(row.mission), "MISSION_CLOSED")
            .or(self.accepted(role) >= row.quantity, "ROLE_FULL")
            .or(
                !conflicts.is_empty() && !force,
                &format!("SCHEDULE_CONFLICT {}", listed.join(" ")),
            )
    }

    fn book(&mut self, person: usize, role: usize, status: state::Booking) -> usize {
        self.assignments.push(Assignment {
            mission: self.roles[role].mission,
            role,
            person,
            status,
            reason: None,
        });
        self.assignments.len() - 1
    }

    fn warnings(&self, person: usize, role: usize, row: &MissionRole) -> Vec<Value> {
        let other = |code: &str| json!({"code": code, "user": {"id": label("user", person)}, "assignment": null});
        let span = self.missions[self.roles[role].mission].span;
        let overlaps = self.elsewhere(person, row.mission, false).into_iter();
        let mut warnings: Vec<Value> = overlaps.map(|number| self.overlap(number)).collect();
        if self.said(person, span, Kind::Unavailable) {
            warnings.push(other("UNAVAILABLE"));
        }
        if row.skill.is_some() && row.skill != self.people[person].skill {
            warnings.push(other("MISSING_SKILL"));
        }
        warnings
    }

    fn overlap(&self, number: usize) -> Value {
        let user = label("user", self.assignments[number].person);
        let id = label("assignment", number);
        json!({"code": "OVERLAP", "user": {"id": user}, "assignment": {"id": id}})
    }
}
