//! Roles: the whole table, reviewed.

use enlace_policy::roles::{Action, Role, allows, matrix};
use enlace_policy::{Approval, approval_allowed};

#[test]
fn the_role_by_action_table_is_the_reviewed_one() {
    insta::assert_snapshot!(matrix());
}

#[test]
fn administrator_and_auditor_see_no_content() {
    for role in [Role::Administrator, Role::Auditor] {
        for action in [Action::Search, Action::ViewObject, Action::InboxView, Action::DryRun] {
            assert!(!allows(role, action), "{} {}", role.name(), action.name());
        }
    }
}

#[test]
fn four_eyes_are_two_accounts() {
    assert!(approval_allowed(Approval::OneOfficer, "ana", "ana"));
    assert!(!approval_allowed(Approval::FourEyes, "ana", "ana"));
    assert!(approval_allowed(Approval::FourEyes, "ana", "luis"));
}

#[test]
fn names_are_read_back_and_the_console_is_no_account() {
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Console) {
        assert_eq!(Role::from_name(role.name()), Some(role));
    }
    assert_eq!(Role::from_name("console"), None);
}
