//! ristretto255-SHA512 in VOPRF mode: RFC 9497 §4.1, with the hashing of RFC 9380 §5.3.1.

use std::sync::LazyLock;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};

use crate::Error;

/// `"OPRFV1-" || I2OSP(modeVOPRF, 1) || "-" || identifier`
pub(crate) const CONTEXT: &[u8] = b"OPRFV1-\x01-ristretto255-SHA512";
/// Bytes of an element.
pub(crate) const ELEMENT: usize = 32;

/// A hash that has read `Z_pad`, the block of zeros before every message.
static PADDED: LazyLock<Sha512> = LazyLock::new(|| Sha512::new_with_prefix([0; 128]));

/// `expand_message_xmd` for 64 bytes: with SHA-512 one block.
fn expand(parts: &[&[u8]], dst: &[&[u8]]) -> [u8; 64] {
    let dst_len = dst.iter().map(|part| part.len()).sum::<usize>() as u8;
    let close = |mut hash: Sha512| -> [u8; 64] {
        dst.iter().for_each(|part| hash.update(part));
        hash.update([dst_len]);
        hash.finalize().into()
    };
    let mut first = PADDED.clone();
    parts.iter().for_each(|part| first.update(part));
    first.update([0, 64, 0]);
    let first = close(first);
    let mut second = Sha512::new();
    second.update(first);
    second.update([1]);
    close(second)
}

/// A group element nobody knows the logarithm of.
pub(crate) fn hash_to_group(input: &[u8]) -> RistrettoPoint {
    RistrettoPoint::from_uniform_bytes(&expand(&[input], &[b"HashToGroup-", CONTEXT]))
}

pub(crate) fn hash_to_scalar(parts: &[&[u8]], dst: &[u8]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&expand(parts, &[dst, CONTEXT]))
}

/// `I2OSP(len, 2)`; everything bound here is of fixed length or was measured when it came in.
pub(crate) fn length(bytes: &[u8]) -> [u8; 2] {
    (bytes.len() as u16).to_be_bytes()
}

/// `Finalize` after unblinding: the output that both sides reach.
pub(crate) fn output(input: &[u8], element: &CompressedRistretto) -> [u8; 64] {
    let mut hash = Sha512::new();
    hash.update(length(input));
    hash.update(input);
    hash.update(length(element.as_bytes()));
    hash.update(element.as_bytes());
    hash.update(b"Finalize");
    hash.finalize().into()
}

/// Elements of a message, each in its one encoding and none the identity.
pub(crate) fn elements(
    bytes: &[u8],
) -> Result<(Vec<CompressedRistretto>, Vec<RistrettoPoint>), Error> {
    let (chunks, rest) = bytes.as_chunks::<ELEMENT>();
    if !rest.is_empty() {
        let expected = chunks.len() * ELEMENT;
        return Err(Error::Length { found: bytes.len(), expected });
    }
    let mut points = Vec::with_capacity(chunks.len());
    let mut encoded = Vec::with_capacity(chunks.len());
    for (at, chunk) in chunks.iter().enumerate() {
        let one = CompressedRistretto(*chunk);
        let point = one.decompress().ok_or(Error::NotAnElement(at))?;
        if point.is_identity() {
            return Err(Error::Identity(at));
        }
        encoded.push(one);
        points.push(point);
    }
    Ok((encoded, points))
}

/// A scalar from 64 uniform bytes, never zero.
pub(crate) fn scalar(random: &mut dyn FnMut() -> [u8; 64]) -> Result<Scalar, Error> {
    for _ in 0..16 {
        let scalar = Scalar::from_bytes_mod_order_wide(&random());
        if scalar != Scalar::ZERO {
            return Ok(scalar);
        }
    }
    Err(Error::Randomness)
}
