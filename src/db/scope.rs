use crate::ids::{AccountId, OrgId};

/// The rows that PostgreSQL's policies show: those of an organisation, and the memberships of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The organisation.
    pub org_id: Option<OrgId>,
    /// The account.
    pub account_id: Option<AccountId>,
}

impl Scope {
    /// The statements that set it for the transaction. PostgreSQL plans no `SET`, so they cost less than `set_config`.
    pub(super) fn sql(self) -> String {
        let org_id = self.org_id.map(|id| id.uuid().to_string());
        let account_id = self.account_id.map(|id| id.uuid().to_string());
        format!(
            "SET LOCAL app.org_id = '{}'; SET LOCAL app.account_id = '{}'",
            org_id.unwrap_or_default(),
            account_id.unwrap_or_default(),
        )
    }
}

/// Whose share of the connections a piece of work takes. It must be known for certain: what a stranger could choose
/// would let the stranger take the share of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Share {
    /// All who are not signed in have one share together.
    #[default]
    Anonymous,
    /// An account outside of any organisation.
    Account(AccountId),
    /// Everybody in an organisation.
    Org(OrgId),
    /// The server itself, which has to know whether the database answers.
    Server,
}

impl Share {
    /// Whether it is that of people who are signed in. Organisations yield to these only: otherwise a stranger could make
    /// each of them slower for nothing.
    pub(super) fn is_member(self) -> bool {
        matches!(self, Self::Account(_) | Self::Org(_))
    }
}

impl From<Scope> for Share {
    fn from(scope: Scope) -> Self {
        match (scope.org_id, scope.account_id) {
            (Some(org_id), _) => Self::Org(org_id),
            (None, Some(account_id)) => Self::Account(account_id),
            (None, None) => Self::Anonymous,
        }
    }
}
