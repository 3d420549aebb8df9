//! Roles: the whole table, reviewed.

use enlace_policy::roles::{Action, Role, allows, matrix};
use enlace_policy::{Approval, approval_allowed};

#[test]
fn the_role_by_action_table_is_the_reviewed_one() {
    insta::assert_snapshot!(matrix());
}

/// What each action is, as its comment in the code says: `Init` → `Create the node`.
fn said(variants: &str) -> Vec<(&str, &str)> {
    let source = include_str!("../../src/roles.rs");
    let (_, list) = source.split_once(variants).unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    let lines: Vec<&str> = list.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let pairs = lines.chunks(2).map(|pair| {
        let says = pair[0].strip_prefix("/// ").unwrap().trim_end_matches('.');
        (pair[1].trim_end_matches(','), says)
    });
    pairs.collect()
}

/// `docs/roles.md`; `ENLACE_WRITE=1 cargo test -p enlace-policy roles` writes it anew.
#[test]
fn the_page_of_the_roles_is_the_table_of_the_code() {
    let mut page = String::from(
        "# Roles\n\nAn account has one role (`account create NAME --role ROLE`). The console is who works \
         at the machine\nwithout `--as`: it owns the disk, and what binds the agency needs a named \
         account. Four eyes are two\naccounts. No role widens what a partner gets, and no partner \
         has an account. Compartments, holds and the\nregister of sources narrow further what an \
         account sees ([design/inside.md](design/inside.md)).\n\nThe code has this table \
         (`crates/policy/src/roles.rs`); a test writes this page.\n\n| role | what it is for |\n\
         |---|---|\n",
    );
    for (role, (name, says)) in Role::ALL.into_iter().zip(said("pub enum Role {\n")) {
        assert_eq!(name.to_lowercase(), role.name().replace('-', ""));
        page.push_str(&format!("| `{}` | {says} |\n", role.name()));
    }
    let names: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
    page.push_str(&format!("\n| action | what it is | {} |\n", names.join(" | ")));
    page.push_str(&format!("|---|---|{}\n", ":-:|".repeat(names.len())));
    for (action, (name, says)) in Action::ALL.into_iter().zip(said("pub enum Action {\n")) {
        assert_eq!(name.to_lowercase(), action.name().replace('-', ""));
        let may = |role| if allows(role, action) { "✔" } else { "" };
        let marks: Vec<&str> = Role::ALL.into_iter().map(may).collect();
        page.push_str(&format!("| `{}` | {says} | {} |\n", action.name(), marks.join(" | ")));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/roles.md");
    if std::env::var_os("ENLACE_WRITE").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/roles.md is old: ENLACE_WRITE=1 writes it");
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
fn a_tool_may_nothing_by_its_role() {
    assert!(Action::ALL.into_iter().all(|action| !allows(Role::Tool, action)));
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
