//! Who inside the node may do what: role × action, a table that people review.

use std::fmt::Write as _;

/// What an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Runs the node; sees no content.
    Administrator,
    /// Searches and imports.
    Investigator,
    /// Searches, imports, compares.
    Analyst,
    /// Deals with partners: drafts, releases, recalls, judges what arrives.
    LiaisonOfficer,
    /// Approves releases and signs agreements.
    Approver,
    /// Keeps sources; sees what is held, decides on no release.
    SourceHandler,
    /// Reads the log and oversight; sees no content.
    Auditor,
    /// A program: reads and writes the plain collections it was granted, nothing else.
    Tool,
    /// The operator at the machine's shell, without an account.
    Console,
}

/// What someone wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Create the node.
    Init,
    /// Health detail, fsck.
    Health,
    /// Counts and sizes.
    Stats,
    /// Check files against the standard.
    Validate,
    /// Take files in.
    Import,
    /// Search what is held.
    Search,
    /// See one object.
    ViewObject,
    /// See what was set aside.
    QuarantineView,
    /// Create, remove and grant plain collections.
    CollectionManage,
    /// Add, run, pause and remove feeds; what one does its owner must be allowed by hand.
    FeedManage,
    /// Create accounts, tokens and login links.
    AccountManage,
    /// Add and revoke partners, give them tokens.
    PartnerManage,
    /// See partners.
    PartnerView,
    /// Exchange with partners now.
    Sync,
    /// Write and check draft agreements; take in a partner's.
    AgreementDraft,
    /// Sign, amend, resume or end an agreement for the agency.
    AgreementSign,
    /// Suspend an agreement, also in silence: stopping needs one person.
    AgreementSuspend,
    /// See agreements and their policy, and who owes what under them.
    AgreementView,
    /// Note what is owed under an agreement or after a meeting, and that it was done.
    CommitmentManage,
    /// See what a release would do.
    DryRun,
    /// Propose a release.
    ReleaseDraft,
    /// Approve a release.
    ReleaseApprove,
    /// Send an approved release.
    ReleaseSend,
    /// See releases and where they stand.
    ReleaseView,
    /// Ask an originator for consent.
    ConsentAsk,
    /// Consent, or refuse to, for the agency.
    ConsentDecide,
    /// Write a request to a partner, or spontaneous information.
    RequestDraft,
    /// Approve a request that another account wrote.
    RequestApprove,
    /// Send requests, answer those of partners, take every other step.
    RequestHandle,
    /// See requests and where they stand.
    RequestView,
    /// Ask partners hit or no hit.
    Ask,
    /// Open, take part in, leave and close joint cases, say who works on them.
    CaseManage,
    /// Work on a joint case that one is a member of.
    CaseWork,
    /// Withdraw what was released.
    Recall,
    /// Send a warning of danger to life to one known key, without an agreement.
    DangerRelease,
    /// See such warnings and look at another's after the fact.
    DangerReview,
    /// See what partners sent and nobody judged yet.
    InboxView,
    /// Accept or reject what partners sent.
    InboxJudge,
    /// Read the log.
    LedgerRead,
    /// Export and verify the log.
    LedgerExport,
    /// See what left, to whom, by which clause and who approved.
    Oversight,
    /// Make a compartment, say who is in it, take objects out.
    CompartmentLead,
    /// Put objects into a compartment that one is a member of.
    CompartmentUse,
    /// Keep the register of sources; needs its passphrase too.
    SourceRegister,
    /// Hold a whole set back from release.
    Hold,
    /// See who is protected, and be told before a release.
    ProtectedView,
    /// Keep what a partner recalls for proceedings, see it and let it go.
    LegalHold,
    /// State that a person is protected.
    ProtectedSet,
    /// Decide what follows from a protected status.
    ProtectedDecide,
    /// See what is overdue for review; keep or erase it.
    Review,
    /// Write notes and labels beside an object.
    Note,
}

impl Role {
    /// All roles; [`Role::Console`] is no account's role.
    pub const ALL: [Self; 9] = [
        Self::Administrator,
        Self::Investigator,
        Self::Analyst,
        Self::LiaisonOfficer,
        Self::Approver,
        Self::SourceHandler,
        Self::Auditor,
        Self::Tool,
        Self::Console,
    ];

    /// Name in the command line and the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Investigator => "investigator",
            Self::Analyst => "analyst",
            Self::LiaisonOfficer => "liaison-officer",
            Self::Approver => "approver",
            Self::SourceHandler => "source-handler",
            Self::Auditor => "auditor",
            Self::Tool => "tool",
            Self::Console => "console",
        }
    }

    /// The role of an account by its name; the console is none.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| *role != Self::Console && role.name() == name)
    }
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 51] = [
        Self::Init,
        Self::Health,
        Self::Stats,
        Self::Validate,
        Self::Import,
        Self::Search,
        Self::ViewObject,
        Self::QuarantineView,
        Self::CollectionManage,
        Self::FeedManage,
        Self::AccountManage,
        Self::PartnerManage,
        Self::PartnerView,
        Self::Sync,
        Self::AgreementDraft,
        Self::AgreementSign,
        Self::AgreementSuspend,
        Self::AgreementView,
        Self::CommitmentManage,
        Self::DryRun,
        Self::ReleaseDraft,
        Self::ReleaseApprove,
        Self::ReleaseSend,
        Self::ReleaseView,
        Self::ConsentAsk,
        Self::ConsentDecide,
        Self::RequestDraft,
        Self::RequestApprove,
        Self::RequestHandle,
        Self::RequestView,
        Self::Ask,
        Self::CaseManage,
        Self::CaseWork,
        Self::Recall,
        Self::DangerRelease,
        Self::DangerReview,
        Self::InboxView,
        Self::InboxJudge,
        Self::LedgerRead,
        Self::LedgerExport,
        Self::Oversight,
        Self::CompartmentLead,
        Self::CompartmentUse,
        Self::SourceRegister,
        Self::Hold,
        Self::ProtectedView,
        Self::LegalHold,
        Self::ProtectedSet,
        Self::ProtectedDecide,
        Self::Review,
        Self::Note,
    ];

    /// Name for tables, messages and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Health => "health",
            Self::Stats => "stats",
            Self::Validate => "validate",
            Self::Import => "import",
            Self::Search => "search",
            Self::ViewObject => "view-object",
            Self::QuarantineView => "quarantine-view",
            Self::CollectionManage => "collection-manage",
            Self::FeedManage => "feed-manage",
            Self::AccountManage => "account-manage",
            Self::PartnerManage => "partner-manage",
            Self::PartnerView => "partner-view",
            Self::Sync => "sync",
            Self::AgreementDraft => "agreement-draft",
            Self::AgreementSign => "agreement-sign",
            Self::AgreementSuspend => "agreement-suspend",
            Self::AgreementView => "agreement-view",
            Self::CommitmentManage => "commitment-manage",
            Self::DryRun => "dry-run",
            Self::ReleaseDraft => "release-draft",
            Self::ReleaseApprove => "release-approve",
            Self::ReleaseSend => "release-send",
            Self::ReleaseView => "release-view",
            Self::ConsentAsk => "consent-ask",
            Self::ConsentDecide => "consent-decide",
            Self::RequestDraft => "request-draft",
            Self::RequestApprove => "request-approve",
            Self::RequestHandle => "request-handle",
            Self::RequestView => "request-view",
            Self::Ask => "ask",
            Self::CaseManage => "case-manage",
            Self::CaseWork => "case-work",
            Self::Recall => "recall",
            Self::DangerRelease => "danger-release",
            Self::DangerReview => "danger-review",
            Self::InboxView => "inbox-view",
            Self::InboxJudge => "inbox-judge",
            Self::LedgerRead => "ledger-read",
            Self::LedgerExport => "ledger-export",
            Self::Oversight => "oversight",
            Self::CompartmentLead => "compartment-lead",
            Self::CompartmentUse => "compartment-use",
            Self::SourceRegister => "source-register",
            Self::Hold => "hold",
            Self::ProtectedView => "protected-view",
            Self::LegalHold => "legal-hold",
            Self::ProtectedSet => "protected-set",
            Self::ProtectedDecide => "protected-decide",
            Self::Review => "review",
            Self::Note => "note",
        }
    }
}

/// Whether `role` may do `action`. Four eyes are decided per release:
/// [`crate::approval_allowed`].
pub fn allows(role: Role, action: Action) -> bool {
    use Action as A;
    match role {
        Role::Administrator => matches!(
            action,
            A::Health
                | A::Stats
                | A::CollectionManage
                | A::FeedManage
                | A::AccountManage
                | A::PartnerManage
                | A::PartnerView
                | A::Sync
        ),
        Role::Investigator => matches!(
            action,
            A::Validate
                | A::Import
                | A::Search
                | A::ViewObject
                | A::RequestDraft
                | A::RequestView
                | A::Ask
                | A::CaseWork
                | A::CompartmentUse
                | A::ProtectedSet
                | A::Note
        ),
        Role::Analyst => matches!(
            action,
            A::Stats
                | A::Validate
                | A::Import
                | A::Search
                | A::ViewObject
                | A::QuarantineView
                | A::FeedManage
                | A::RequestDraft
                | A::RequestView
                | A::Ask
                | A::CaseWork
                | A::CompartmentUse
                | A::Note
        ),
        Role::LiaisonOfficer => matches!(
            action,
            A::Stats
                | A::Validate
                | A::Import
                | A::Search
                | A::ViewObject
                | A::QuarantineView
                | A::PartnerView
                | A::Sync
                | A::AgreementDraft
                | A::AgreementSuspend
                | A::AgreementView
                | A::CommitmentManage
                | A::DryRun
                | A::ReleaseDraft
                | A::ReleaseApprove
                | A::ReleaseSend
                | A::ReleaseView
                | A::ConsentAsk
                | A::ConsentDecide
                | A::RequestDraft
                | A::RequestApprove
                | A::RequestHandle
                | A::RequestView
                | A::Ask
                | A::CaseManage
                | A::CaseWork
                | A::Recall
                | A::DangerRelease
                | A::DangerReview
                | A::InboxView
                | A::InboxJudge
                | A::CompartmentLead
                | A::CompartmentUse
                | A::Hold
                | A::ProtectedView
                | A::ProtectedSet
                | A::ProtectedDecide
                | A::Note
        ),
        Role::Approver => matches!(
            action,
            A::Search
                | A::ViewObject
                | A::PartnerView
                | A::AgreementSign
                | A::AgreementSuspend
                | A::AgreementView
                | A::CommitmentManage
                | A::DryRun
                | A::ReleaseApprove
                | A::ReleaseView
                | A::ConsentDecide
                | A::RequestApprove
                | A::RequestView
                | A::Recall
                | A::DangerRelease
                | A::DangerReview
                | A::CompartmentLead
                | A::CompartmentUse
                | A::Hold
                | A::ProtectedView
                | A::LegalHold
                | A::ProtectedSet
                | A::ProtectedDecide
                | A::Review
                | A::Note
        ),
        Role::SourceHandler => matches!(
            action,
            A::Search
                | A::ViewObject
                | A::CompartmentLead
                | A::CompartmentUse
                | A::SourceRegister
                | A::Hold
        ),
        Role::Auditor => matches!(
            action,
            A::Stats
                | A::PartnerView
                | A::AgreementView
                | A::LedgerRead
                | A::LedgerExport
                | A::Oversight
        ),
        // What it may is granted collection by collection.
        Role::Tool => false,
        // The operator owns the disk; what binds the agency needs a named account.
        Role::Console => !matches!(
            action,
            A::AgreementSign
                | A::AgreementSuspend
                | A::CommitmentManage
                | A::DryRun
                | A::ReleaseDraft
                | A::ReleaseApprove
                | A::ReleaseSend
                | A::ConsentAsk
                | A::ConsentDecide
                | A::RequestDraft
                | A::RequestApprove
                | A::RequestHandle
                | A::RequestView
                | A::Ask
                | A::CaseManage
                | A::CaseWork
                | A::Recall
                | A::DangerRelease
                | A::DangerReview
                | A::InboxJudge
                | A::CompartmentLead
                | A::CompartmentUse
                | A::SourceRegister
                | A::Hold
                | A::ProtectedView
                | A::LegalHold
                | A::ProtectedSet
                | A::ProtectedDecide
                | A::Review
                | A::Note
        ),
    }
}

/// The whole table as text, actions down, roles across: `✔` may, `·` may not.
pub fn matrix() -> String {
    let mut text = format!("{:<18}", "");
    for role in Role::ALL {
        let _ = write!(text, " {}", role.name());
    }
    text.push('\n');
    for action in Action::ALL {
        let _ = write!(text, "{:<18}", action.name());
        for role in Role::ALL {
            let mark = if allows(role, action) { '✔' } else { '·' };
            let _ = write!(text, " {mark:^width$}", width = role.name().len());
        }
        let trimmed = text.trim_end().len();
        text.truncate(trimmed);
        text.push('\n');
    }
    text
}
