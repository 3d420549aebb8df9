use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use zeroize::{Zeroize, Zeroizing};

use crate::Error;
use crate::key::PublicKey;
use crate::proof::{Batch, PROOF};
use crate::suite::{ELEMENT, elements, hash_to_group, output, scalar};
use crate::table::Mark;
use crate::value::Value;

/// How many elements a query has, whatever is asked: its bytes tell one of these and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// One thing under up to 8 keys.
    One,
    /// A block of a watchlist: up to 256 keys.
    Block,
}

impl Class {
    /// Elements of the class.
    pub const fn elements(self) -> usize {
        match self {
            Self::One => 8,
            Self::Block => 256,
        }
    }

    /// Bytes of each query.
    pub const fn query_len(self) -> usize {
        self.elements() * ELEMENT
    }

    /// Bytes of each answer.
    pub const fn answer_len(self) -> usize {
        self.query_len() + PROOF
    }
}

/// What the asking node keeps until the answer comes. Nothing of it leaves but [`Query::bytes`].
pub struct Query {
    class: Class,
    values: Vec<Value>,
    /// Of each value; blank places have none.
    blinds: Vec<Scalar>,
    encoded: Vec<CompressedRistretto>,
    points: Vec<RistrettoPoint>,
}

impl Query {
    /// Blinds up to `class.elements()` values. Places that are left get random elements, which
    /// look like blinded ones: those are random too.
    pub fn new(
        class: Class,
        values: Vec<Value>,
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Result<Self, Error> {
        let (found, most) = (values.len(), class.elements());
        if found > most {
            return Err(Error::TooMany { found, most });
        }
        let mut blinds = Vec::with_capacity(found);
        for _ in &values {
            blinds.push(scalar(random)?);
        }
        let mut query = Self::with(class, values, blinds);
        for _ in found..most {
            query.points.push(RistrettoPoint::from_uniform_bytes(&random()));
        }
        query.encode();
        Ok(query)
    }

    pub(crate) fn with(class: Class, values: Vec<Value>, blinds: Vec<Scalar>) -> Self {
        let half = Scalar::from(2_u8).invert();
        let pairs = values.iter().zip(&blinds);
        let points = pairs.map(|(value, blind)| blind * half * hash_to_group(value.bytes()));
        let points = points.collect();
        Self { class, values, blinds, encoded: Vec::new(), points }
    }

    /// Compressing doubles, with one inversion for all: what is sent is twice what was blinded.
    pub(crate) fn encode(&mut self) {
        self.encoded = RistrettoPoint::double_and_compress_batch(&self.points);
        self.points.iter_mut().for_each(|point| *point += *point);
    }

    /// What is sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.encoded.iter().flat_map(|one| one.to_bytes()).collect()
    }

    /// Checks that the committed key made the answer, and gives for each value the mark that it has
    /// in a table if it stands there. One inversion serves all values.
    pub fn finish(mut self, key: &PublicKey, answer: &[u8]) -> Result<Vec<Mark>, Error> {
        let expected = self.class.answer_len();
        let wrong = Error::Length { found: answer.len(), expected };
        let (body, proof) = answer.split_last_chunk::<PROOF>().ok_or(wrong)?;
        if answer.len() != expected {
            return Err(wrong);
        }
        let evaluated = self.check(key, body, proof)?;
        Ok(self.unblind(&evaluated).iter().map(Mark::of).collect())
    }

    /// The evaluated elements, once the proof holds for all of them.
    pub(crate) fn check(
        &self,
        key: &PublicKey,
        body: &[u8],
        proof: &[u8; PROOF],
    ) -> Result<Vec<RistrettoPoint>, Error> {
        let (encoded, evaluated) = elements(body)?;
        let batch = Batch {
            public: &key.bytes,
            blinded: (&self.encoded, &self.points),
            evaluated: &encoded,
        };
        batch.verify(&key.point, &evaluated, proof)?;
        Ok(evaluated)
    }

    #[cfg(test)]
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }

    pub(crate) fn unblind(&mut self, evaluated: &[RistrettoPoint]) -> Vec<[u8; 64]> {
        let mut inverses = Zeroizing::new(self.blinds.clone());
        Scalar::batch_invert(&mut inverses);
        let half = Scalar::from(2_u8).invert();
        let halves: Vec<RistrettoPoint> =
            inverses.iter().zip(evaluated).map(|(inverse, one)| inverse * half * one).collect();
        let plain = RistrettoPoint::double_and_compress_batch(&halves);
        self.values.iter().zip(&plain).map(|(value, one)| output(value.bytes(), one)).collect()
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        self.blinds.zeroize();
    }
}
