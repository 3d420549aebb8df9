use curve25519_dalek::constants::RISTRETTO_BASEPOINT_TABLE;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::Error;
use crate::proof::Batch;
use crate::query::Class;
use crate::suite::{ELEMENT, elements, hash_to_group, hash_to_scalar, length, output, scalar};
use crate::value::Value;

/// Elements of a set that are worked on at once: bounds memory, and one inversion serves them all.
const AT_ONCE: usize = 512;

/// What one key is for. A value evaluated under one scope says nothing under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// Fingerprint of the node that is asked and holds the key.
    pub asked: &'a [u8; 32],
    /// Fingerprint of the node that asks.
    pub asking: &'a [u8; 32],
    /// Purpose as the agreement names it.
    pub purpose: &'a str,
    /// Counts up; a new one makes every earlier evaluation worthless.
    pub epoch: u64,
}

impl Scope<'_> {
    fn info(&self) -> Result<Vec<u8>, Error> {
        let purpose = self.purpose.as_bytes();
        if purpose.len() > 1024 {
            return Err(Error::TooLong(purpose.len()));
        }
        let parts: [&[u8]; 6] = [
            b"enlace-match-v1",
            self.asked,
            self.asking,
            &length(purpose),
            purpose,
            &self.epoch.to_be_bytes(),
        ];
        Ok(parts.concat())
    }
}

/// The asked node's key for one scope. Neither shown nor copied; wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key {
    secret: Scalar,
    #[zeroize(skip)]
    public: PublicKey,
}

/// What the asked node commits to before the first query: an answer by another key is caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    pub(crate) bytes: CompressedRistretto,
    pub(crate) point: RistrettoPoint,
}

impl Key {
    /// The key of a scope, from a secret of the node that serves nothing else.
    pub fn derive(secret: &[u8; 32], scope: &Scope<'_>) -> Result<Self, Error> {
        Self::derive_pair(secret, &scope.info()?)
    }

    /// `DeriveKeyPair`, RFC 9497 §3.2.1.
    pub(crate) fn derive_pair(seed: &[u8; 32], info: &[u8]) -> Result<Self, Error> {
        for counter in 0..=u8::MAX {
            let parts: [&[u8]; 4] = [seed, &length(info), info, &[counter]];
            let secret = hash_to_scalar(&parts, b"DeriveKeyPair");
            if secret != Scalar::ZERO {
                let point = &secret * RISTRETTO_BASEPOINT_TABLE;
                return Ok(Self { secret, public: PublicKey { bytes: point.compress(), point } });
            }
        }
        Err(Error::Randomness)
    }

    /// What is committed to.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Answers one query: evaluated elements and one proof for all, always `class.answer_len()`
    /// bytes. Knows neither the values nor what the asking node will find.
    pub fn answer(
        &self,
        class: Class,
        query: &[u8],
        random: &mut dyn FnMut() -> [u8; 64],
    ) -> Result<Vec<u8>, Error> {
        if query.len() != class.query_len() {
            return Err(Error::Length { found: query.len(), expected: class.query_len() });
        }
        let random = Zeroizing::new(scalar(random)?);
        self.evaluate(query, &random)
    }

    pub(crate) fn evaluate(&self, query: &[u8], random: &Scalar) -> Result<Vec<u8>, Error> {
        let (encoded, points) = elements(query)?;
        // Half the key: what follows doubles while it compresses, with one inversion for all.
        let half = Zeroizing::new(self.secret * Scalar::from(2_u8).invert());
        let halves: Vec<RistrettoPoint> = points.iter().map(|point| *half * point).collect();
        let evaluated = RistrettoPoint::double_and_compress_batch(&halves);
        let batch = Batch {
            public: &self.public.bytes,
            blinded: (&encoded, &points),
            evaluated: &evaluated,
        };
        let proof = batch.prove(&self.secret, random);
        let mut answer = Vec::with_capacity(evaluated.len() * ELEMENT + proof.len());
        evaluated.iter().for_each(|one| answer.extend_from_slice(one.as_bytes()));
        answer.extend_from_slice(&proof);
        Ok(answer)
    }

    /// By what the asked node recognises a value of its own without keeping it.
    pub(crate) fn fingerprint(&self, value: &Value) -> [u8; 16] {
        let mut hash = Sha512::new();
        hash.update(b"enlace-match-v1 fingerprint");
        hash.update(Zeroizing::new(self.secret.to_bytes()));
        hash.update(value.bytes());
        let bytes: [u8; 64] = hash.finalize().into();
        let mut fingerprint = [0; 16];
        fingerprint.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        fingerprint
    }

    /// Outputs of the node's own values: one hash to the group, one multiplication and one
    /// compression each.
    pub(crate) fn outputs(&self, values: &[&Value]) -> Vec<[u8; 64]> {
        let half = Zeroizing::new(self.secret * Scalar::from(2_u8).invert());
        let mut outputs = Vec::with_capacity(values.len());
        for some in values.chunks(AT_ONCE) {
            let halves: Vec<RistrettoPoint> =
                some.iter().map(|value| *half * hash_to_group(value.bytes())).collect();
            let encoded = RistrettoPoint::double_and_compress_batch(&halves);
            let made = some.iter().zip(&encoded).map(|(v, element)| output(v.bytes(), element));
            outputs.extend(made);
        }
        outputs
    }
}

impl PublicKey {
    /// Reads what another node committed to.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let expected = ELEMENT;
        let bytes: [u8; ELEMENT] =
            bytes.try_into().map_err(|_| Error::Length { found: bytes.len(), expected })?;
        let bytes = CompressedRistretto(bytes);
        let point = bytes.decompress().ok_or(Error::NotAnElement(0))?;
        if point.is_identity() { Err(Error::Identity(0)) } else { Ok(Self { bytes, point }) }
    }

    /// The bytes that are committed to.
    pub fn to_bytes(&self) -> [u8; ELEMENT] {
        self.bytes.to_bytes()
    }
}
