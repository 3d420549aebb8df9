/// What is wrong with bytes of the other side or with what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No group element in its one encoding.
    #[error("element {0} is no canonical encoding of a ristretto255 element")]
    NotAnElement(usize),
    /// It would give the same answer under every key.
    #[error("element {0} is the identity, which nobody may send")]
    Identity(usize),
    /// Another length than the class has.
    #[error("found {found} bytes, expected {expected}")]
    Length {
        /// Bytes that came.
        found: usize,
        /// Bytes that this message always has.
        expected: usize,
    },
    /// A number of the proof is not reduced.
    #[error("the proof is no pair of canonical scalars")]
    NotAScalar,
    /// Another key than the one committed to, or an altered answer.
    #[error("the answer was not made with the key that the node committed to")]
    OtherKey,
    /// More values than the class holds.
    #[error("found {found} values, at most {most} fit into one query of this class")]
    TooMany {
        /// Values that were given.
        found: usize,
        /// Values of the class.
        most: usize,
    },
    /// A value or scope longer than its length field can say.
    #[error("found {0} bytes, at most 65535 can be bound")]
    TooLong(usize),
    /// Entries or changes out of order, there twice, or of a table that is another.
    #[error("entry {0} is not above the one before it or does not belong to this table")]
    Order(usize),
    /// Blanks are used up. A second table under one key would show which entries are blanks.
    #[error("the table lacks {0} blank entries: make it anew under the key of a new epoch")]
    Full(usize),
    /// A value that went comes back: its entry would be the one of before, which no blank's is.
    #[error("a value that went comes back: make the table anew under the key of a new epoch")]
    Returns,
    /// Chance gave nothing that can be used; practically only a broken source does.
    #[error("the source of randomness gave nothing usable")]
    Randomness,
}
