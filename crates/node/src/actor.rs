//! Who acts: every use case takes an [`Actor`] and asks the role table before it does anything.

use enlace_policy::roles::{Action, Role, allows};

use crate::NodeError;

/// An account (or the local console) with its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    account: String,
    role: Role,
}

impl Actor {
    /// The operator at the shell of the machine: owns the disk, has no account, releases nothing.
    pub fn console() -> Self {
        Self { account: "console".to_owned(), role: Role::Console }
    }

    pub(crate) fn of(account: &str, role: Role) -> Self {
        Self { account: account.to_owned(), role }
    }

    /// Name of the account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Its role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the role allows the action: for showing or hiding a button, never instead of
    /// [`Actor::require`].
    pub fn may(&self, action: Action) -> bool {
        allows(self.role, action)
    }

    /// Refuses unless the role allows the action.
    pub fn require(&self, action: Action) -> Result<(), NodeError> {
        if self.may(action) { Ok(()) } else { Err(NodeError::forbidden(self.role.name(), action)) }
    }
}
