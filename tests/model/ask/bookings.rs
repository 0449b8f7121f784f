//! Mutations of assignments and of their invitations.

use serde_json::{Value, json};

use super::super::labels::Labels;
use super::super::step::Booking;
use super::Mutation;

const BOOKED: &str = "assignment { id status } warnings { code user { id } assignment { id } }";
const INVITED: &str = "
    invitations { token assignment { id status } invitation { id status } }
    warnings { code user { id } assignment { id } }
";

pub(super) fn ask(deed: &Booking, labels: &Labels) -> Mutation {
    let role = |role: &usize| labels.id("role", *role);
    let user = |person: &usize| labels.id("user", *person);
    let assignment = |number: &usize| labels.id("assignment", *number);
    let (field, payload, input) = match deed {
        Booking::InviteToMission { role: of, people } => {
            let people: Value = people.iter().map(user).collect();
            let input = json!({"roleId": role(of), "userIds": people});
            ("inviteToMission", INVITED, input)
        }
        Booking::AssignToMission(of, person, force) => {
            let mut input = json!({"roleId": role(of), "userId": user(person)});
            input["force"] = json!(force.0);
            input["reason"] = json!("agreed");
            ("assignToMission", BOOKED, input)
        }
        Booking::AcceptAssignment(number, force) => {
            let input = json!({"id": assignment(number), "force": force.0, "reason": "agreed"});
            ("acceptAssignment", BOOKED, input)
        }
        Booking::DeclineAssignment(number) => {
            let input = json!({"id": assignment(number), "reason": "busy"});
            ("declineAssignment", BOOKED, input)
        }
        Booking::CancelAssignment(number) => {
            let input = json!({"id": assignment(number), "reason": "ill"});
            ("cancelAssignment", BOOKED, input)
        }
        Booking::ResendInvitation(number) => {
            let input = json!({"assignmentId": assignment(number)});
            ("resendInvitation", "token invitation { id status }", input)
        }
        Booking::RevokeInvitation(letter) => {
            let input = json!({"id": labels.id("invitation", *letter)});
            ("revokeInvitation", "invitation { id status }", input)
        }
    };
    Mutation(field, payload.to_owned(), input)
}
