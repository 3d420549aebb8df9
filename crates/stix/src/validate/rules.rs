//! The table of every rule that `validate` knows: code, level, section of STIX 2.1, the sentence.

mod across;
mod general;
mod objects;

pub(crate) use across::*;
pub(crate) use general::*;
pub(crate) use objects::*;

use super::Level;

/// One rule of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable code: `stix.timestamp.not-utc`.
    pub code: &'static str,
    /// MUST or SHOULD.
    pub level: Level,
    /// Section of STIX 2.1; a finding about a property of one type names that type's section.
    pub section: &'static str,
    /// What is wanted, as a phrase that completes "expected …".
    pub sentence: &'static str,
    /// The words of the standard that decide, as they stand in that section.
    pub says: &'static str,
}

/// Declares each rule once; what is in no table cannot be reported.
///
/// `NAME = Must|Should "section" "code" "expected …" "words of the standard";`
macro_rules! table {
    ($($name:ident = $level:ident $section:literal $code:literal $sentence:literal $says:literal;)*)
    => {
        $(pub(crate) const $name: super::Rule = super::Rule {
            code: $code,
            level: super::Level::$level,
            section: $section,
            sentence: $sentence,
            says: $says,
        };)*

        /// The rules of this file.
        pub(super) const TABLE: &[super::Rule] = &[$($name),*];
    };
}
use table;

/// Every rule, in the order of the objects' life: reading, identity, values, meaning, neighbours.
pub const RULES: &[Rule] = &joined::<COUNT>(&[general::TABLE, objects::TABLE, across::TABLE]);

const COUNT: usize = general::TABLE.len() + objects::TABLE.len() + across::TABLE.len();

// Evaluated by the compiler: an index out of bounds is no binary, not a panic.
#[expect(clippy::indexing_slicing, reason = "const evaluation")]
const fn joined<const N: usize>(tables: &[&[Rule]]) -> [Rule; N] {
    let mut all = [tables[0][0]; N];
    let (mut table, mut row, mut i) = (0, 0, 0);
    while i < N {
        if row == tables[table].len() {
            (table, row) = (table + 1, 0);
        }
        all[i] = tables[table][row];
        row += 1;
        i += 1;
    }
    all
}
