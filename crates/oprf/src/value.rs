use zeroize::Zeroizing;

use crate::Error;

/// One normalised key of what is looked for: the name of its kind and its normal form.
///
/// Which kinds there are and how each is normalised is told by `enlace_stix::identifier`; equal text
/// under another kind is another value. Never shown: it is what must not be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Zeroizing<Vec<u8>>);

impl Value {
    /// A key that is normalised already.
    pub fn new(kind: &str, key: &str) -> Result<Self, Error> {
        let length = kind.len() + key.len() + 2;
        // The kind's length stands first: no kind and key read as another kind and key.
        let kind_length = u8::try_from(kind.len()).map_err(|_| Error::TooLong(length))?;
        if length > usize::from(u16::MAX) {
            return Err(Error::TooLong(length));
        }
        let parts: [&[u8]; 4] = [&[1], &[kind_length], kind.as_bytes(), key.as_bytes()];
        Ok(Self(Zeroizing::new(parts.concat())))
    }

    #[cfg(test)]
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
