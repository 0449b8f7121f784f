//! Organisations and their members, and the walls between organisations.

mod invited_by;
mod joining;
mod mailing;
mod members;
mod organisations;
mod tenant_walk;
mod two_orgs;
