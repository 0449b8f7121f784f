use crate::ids::{AccountId, OrgId};

/// Whose rows PostgreSQL's policies show: those of an organisation, and the memberships of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The organisation.
    pub org_id: Option<OrgId>,
    /// The account.
    pub account_id: Option<AccountId>,
}

impl Scope {
    /// The statement that sets it for the transaction.
    pub(super) fn sql(self) -> String {
        let org_id = self.org_id.map(|id| id.uuid().to_string());
        let account_id = self.account_id.map(|id| id.uuid().to_string());
        format!(
            "SELECT set_config('app.org_id', '{}', true), set_config('app.account_id', '{}', true)",
            org_id.unwrap_or_default(),
            account_id.unwrap_or_default(),
        )
    }
}
