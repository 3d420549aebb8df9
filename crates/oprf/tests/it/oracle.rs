//! The other implementation as oracle: the `voprf` crate reads our queries and takes our proofs.

use enlace_oprf::{Class, PublicKey, Query};
use voprf::{BlindedElement, EvaluationElement, Proof, Ristretto255, VoprfClient, VoprfServer};

use crate::{chance, key, serial};

struct Bytes(Box<dyn FnMut() -> [u8; 64]>);

impl rand_core::CryptoRng for Bytes {}
impl rand_core::RngCore for Bytes {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes((self.0)()[..4].try_into().unwrap())
    }
    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes((self.0)()[..8].try_into().unwrap())
    }
    fn fill_bytes(&mut self, to: &mut [u8]) {
        to.chunks_mut(64).for_each(|part| part.copy_from_slice(&(self.0)()[..part.len()]));
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(to);
        Ok(())
    }
}

fn bytes(seed: u64) -> Bytes {
    Bytes(Box::new(chance(seed)))
}

#[test]
fn another_implementation_takes_our_answers_and_their_proof() {
    let key = key(1);
    let inputs: Vec<Vec<u8>> = (0_u8..8).map(|n| vec![n; 5]).collect();
    let mut clients = Vec::new();
    let mut query = Vec::new();
    for input in &inputs {
        let blinded =
            VoprfClient::<Ristretto255>::blind(input, &mut bytes(input[0].into())).unwrap();
        query.extend_from_slice(&blinded.message.serialize());
        clients.push(blinded.state);
    }
    let answer = key.answer(Class::One, &query, &mut chance(1)).unwrap();
    let (body, proof) = answer.split_at(256);
    let messages: Vec<EvaluationElement<Ristretto255>> =
        body.chunks(32).map(|one| EvaluationElement::deserialize(one).unwrap()).collect();
    let proof = Proof::deserialize(proof).unwrap();
    let public = curve25519_dalek::ristretto::CompressedRistretto(key.public().to_bytes());
    let public = public.decompress().unwrap();
    let outputs: Vec<_> = VoprfClient::batch_finalize(&inputs, &clients, &messages, &proof, public)
        .unwrap()
        .collect();
    assert!(outputs.len() == 8 && outputs.iter().all(Result::is_ok));
}

#[test]
fn we_take_the_answers_of_another_implementation_and_its_proof() {
    let server = VoprfServer::<Ristretto255>::new(&mut bytes(1)).unwrap();
    let public = PublicKey::parse(server.get_public_key().compress().as_bytes()).unwrap();
    let query = Query::new(Class::One, (0..3).map(serial).collect(), &mut chance(2)).unwrap();
    let blinded: Vec<BlindedElement<Ristretto255>> =
        query.bytes().chunks(32).map(|one| BlindedElement::deserialize(one).unwrap()).collect();
    let result = server.batch_blind_evaluate(&mut bytes(3), &blinded).unwrap();
    let mut answer: Vec<u8> = result.messages.iter().flat_map(|one| one.serialize()).collect();
    answer.extend_from_slice(&result.proof.serialize());
    assert_eq!(query.finish(&public, &answer).unwrap().len(), 3);
}
