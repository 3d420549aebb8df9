//! One proof for a whole batch that one key made it: RFC 9497 §2.2.

use curve25519_dalek::constants::{RISTRETTO_BASEPOINT_POINT, RISTRETTO_BASEPOINT_TABLE};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use sha2::{Digest, Sha512};

use crate::Error;
use crate::suite::{CONTEXT, hash_to_scalar, length};

/// Bytes of a proof: challenge and response.
pub(crate) const PROOF: usize = 64;

/// What is proved about: the committed key, and pairs of blinded and evaluated elements.
pub(crate) struct Batch<'a> {
    pub public: &'a CompressedRistretto,
    pub blinded: (&'a [CompressedRistretto], &'a [RistrettoPoint]),
    pub evaluated: &'a [CompressedRistretto],
}

impl Batch<'_> {
    /// The weights of `ComputeComposites`: each depends on the key and on its own pair.
    fn weights(&self) -> Vec<Scalar> {
        let mut hash = Sha512::new();
        hash.update(length(self.public.as_bytes()));
        hash.update(self.public.as_bytes());
        hash.update(((b"Seed-".len() + CONTEXT.len()) as u16).to_be_bytes());
        hash.update(b"Seed-");
        hash.update(CONTEXT);
        let seed: [u8; 64] = hash.finalize().into();
        let pairs = self.blinded.0.iter().zip(self.evaluated).enumerate();
        pairs
            .map(|(at, (c, d))| {
                let at = (at as u16).to_be_bytes();
                let (c, d) = (c.as_bytes(), d.as_bytes());
                let parts: [&[u8]; 8] =
                    [&length(&seed), &seed, &at, &length(c), c, &length(d), d, b"Composite"];
                hash_to_scalar(&parts, b"HashToScalar-")
            })
            .collect()
    }

    /// Everything that is summed here went over the wire, so time may depend on it.
    fn sum(weights: &[Scalar], points: &[RistrettoPoint]) -> RistrettoPoint {
        RistrettoPoint::vartime_multiscalar_mul(weights, points)
    }

    fn challenge(&self, parts: [RistrettoPoint; 4]) -> Scalar {
        let [m, z, t2, t3] = parts.map(|point| point.compress());
        let (b, m, z) = (self.public.as_bytes(), m.as_bytes(), z.as_bytes());
        let (t2, t3) = (t2.as_bytes(), t3.as_bytes());
        let all: [&[u8]; 11] = [
            &length(b),
            b,
            &length(m),
            m,
            &length(z),
            z,
            &length(t2),
            t2,
            &length(t3),
            t3,
            b"Challenge",
        ];
        hash_to_scalar(&all, b"HashToScalar-")
    }

    pub(crate) fn prove(&self, secret: &Scalar, random: &Scalar) -> [u8; PROOF] {
        let m = Self::sum(&self.weights(), self.blinded.1);
        let (z, t2, t3) = (secret * m, random * RISTRETTO_BASEPOINT_TABLE, random * m);
        let challenge = self.challenge([m, z, t2, t3]);
        let mut proof = [0; PROOF];
        let (first, second) = proof.split_at_mut(32);
        first.copy_from_slice(challenge.as_bytes());
        second.copy_from_slice((random - challenge * secret).as_bytes());
        proof
    }

    pub(crate) fn verify(
        &self,
        key: &RistrettoPoint,
        evaluated: &[RistrettoPoint],
        proof: &[u8; PROOF],
    ) -> Result<(), Error> {
        let (c, s) = proof.split_at(32);
        let read = |bytes: &[u8]| -> Result<Scalar, Error> {
            let bytes = bytes.try_into().map_err(|_| Error::NotAScalar)?;
            Option::from(Scalar::from_canonical_bytes(bytes)).ok_or(Error::NotAScalar)
        };
        let (c, s) = (read(c)?, read(s)?);
        let weights = self.weights();
        let m = Self::sum(&weights, self.blinded.1);
        let z = Self::sum(&weights, evaluated);
        let t2 = Self::sum(&[s, c], &[RISTRETTO_BASEPOINT_POINT, *key]);
        let t3 = Self::sum(&[s, c], &[m, z]);
        if self.challenge([m, z, t2, t3]) == c { Ok(()) } else { Err(Error::OtherKey) }
    }
}
