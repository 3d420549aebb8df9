//! The words of a request: sides, kinds, steps, states. Names are those of the schemas
//! `request` and `request-event`.

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The side that made the request.
    Asking,
    /// The side that it was made to.
    Asked,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Asking, Self::Asked];

    /// Name in objects.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Asked => "asked",
        }
    }

    /// Reads [`Side::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name() == name)
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Asking => Self::Asked,
            Self::Asked => Self::Asking,
        }
    }
}

macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Name in objects, on the command line and in locales.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Reads the name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

named! {
    /// What is asked for, as far as it changes how a thread goes.
    Kind {
        /// What is known of a person, thing or event.
        Information = "information",
        /// Where a firearm comes from (ATF F 3312.1).
        Trace = "trace",
        /// More about a hit.
        MatchFollowup = "match-followup",
        /// Consent to pass on, to use as evidence or for another purpose.
        Consent = "consent",
        /// That something be taken back.
        Recall = "recall",
        /// That something be corrected or erased.
        Correction = "correction",
        /// That somebody be heard.
        Interview = "interview",
        /// Something that counts in court.
        Evidence = "evidence",
        /// Information that nobody asked for (Directive (EU) 2023/977, Article 7): the side that
        /// gives is the one that makes the request.
        Spontaneous = "spontaneous-information",
    }
}

named! {
    /// One step of a thread, as its side signs it.
    Step {
        /// The request leaves; the first step of every thread.
        Sent = "sent",
        /// The other side's last steps arrived here; written by the node itself.
        Delivered = "delivered",
        /// A person has seen it.
        Acknowledged = "acknowledged",
        /// A question back.
        NeedsClarification = "needs-clarification",
        /// The answer to a question back.
        Clarified = "clarified",
        /// The asking side adds to its request unasked.
        Supplemented = "supplemented",
        /// The asked side will see to it.
        Accepted = "accepted",
        /// It is being looked for.
        Gathering = "gathering",
        /// A court or prosecutor has to allow it.
        AwaitingAuthorisation = "awaiting-authorisation",
        /// It was allowed.
        Authorised = "authorised",
        /// The answer is being reviewed.
        Releasing = "releasing",
        /// A part of the answer; more is to come.
        Partial = "partial",
        /// The answer, or the last part of it.
        Answered = "answered",
        /// Nothing is held.
        NoData = "no-data",
        /// One word for nothing held and for refused.
        NothingProvided = "nothing-provided",
        /// Refused, with a ground.
        Refused = "refused",
        /// Another kind of authority may have it.
        Referred = "referred",
        /// What became of the answer.
        Feedback = "feedback",
        /// The asking side does not accept the outcome.
        Appealed = "appealed",
        /// A later limit, with the reason.
        Extended = "extended",
        /// The asking side turns to the superiors of the asked one.
        Escalated = "escalated",
        /// The asking side no longer wants it.
        Withdrawn = "withdrawn",
        /// Nothing follows.
        Closed = "closed",
    }
}

impl Step {
    /// Whether it ends the work on the asked side: the limit stops.
    pub fn is_outcome(self) -> bool {
        matches!(
            self,
            Self::Answered | Self::NoData | Self::NothingProvided | Self::Refused | Self::Referred
        )
    }
}

/// Where a thread stands: the last step that moved it. Steps that move nothing (receipts,
/// supplements, feedback, longer limits, escalation) are no states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// That step.
    pub state: Step,
    /// While a question back is open: who asked it, and the state that it interrupts.
    pub interrupted: Option<(Side, Step)>,
    /// Whether the asking side said what became of the answer.
    pub has_feedback: bool,
}

impl Position {
    pub(crate) fn at(self, state: Step) -> Self {
        Self { state, interrupted: None, ..self }
    }

    /// Whether the asked side has something to do.
    pub fn is_open(&self) -> bool {
        match self.interrupted {
            Some((by, state)) => by == Side::Asked || state == Step::Partial,
            None => !self.state.is_outcome() && !self.is_over(),
        }
    }

    /// Whether nothing more than a receipt can follow.
    pub fn is_over(&self) -> bool {
        matches!(self.state, Step::Withdrawn | Step::Closed)
    }
}
