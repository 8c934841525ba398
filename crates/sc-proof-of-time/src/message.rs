//! A slot with its proof of time, and its form on the wire.

use autonomys_core_primitives::pot::PotSlotInput;
use autonomys_core_primitives::{PotCheckpoints, PotOutput, PotSeed, SlotNumber};
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use std::num::NonZeroU32;

/// A slot with its proof of time: what the slot stream gives and what is gossiped. 156 bytes in SCALE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct PotSlotInfo {
    /// The slot.
    pub slot: SlotNumber,
    /// What its proof starts from.
    pub seed: PotSeed,
    /// Its iterations.
    pub iterations: NonZeroU32,
    /// Its proof.
    pub checkpoints: PotCheckpoints,
}

/// Why bytes of a peer are not a [`PotSlotInfo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Messages have a fixed size.
    #[error(
        "a proof-of-time message has {length} bytes instead of {expected}; it is dropped and its sender reported",
        expected = PotSlotInfo::ENCODED_SIZE
    )]
    Length {
        /// Length of the message.
        length: usize,
    },
    /// The only field that not all bytes are a value of.
    #[error("a proof-of-time message has zero iterations; it is dropped and its sender reported")]
    ZeroIterations,
}

impl PotSlotInfo {
    /// Length of the encoding.
    pub const ENCODED_SIZE: usize = 8 + PotSeed::SIZE + 4 + PotCheckpoints::COUNT * PotOutput::SIZE;

    /// The slot of `input` with `checkpoints` as its proof.
    pub const fn new(input: PotSlotInput, checkpoints: PotCheckpoints) -> Self {
        Self {
            slot: input.slot,
            seed: input.seed,
            iterations: input.iterations,
            checkpoints,
        }
    }

    /// What the proof is computed from.
    pub const fn input(&self) -> PotSlotInput {
        PotSlotInput {
            slot: self.slot,
            iterations: self.iterations,
            seed: self.seed,
        }
    }

    /// The output of the slot.
    pub const fn output(&self) -> PotOutput {
        self.checkpoints.output()
    }

    /// Reads a message of a peer. Total: any bytes give a message or an error, in constant time and memory.
    ///
    /// # Errors
    ///
    /// [`MessageError`] for anything but the encoding of a [`PotSlotInfo`].
    pub fn decode_message(bytes: &[u8]) -> Result<Self, MessageError> {
        if bytes.len() != Self::ENCODED_SIZE {
            return Err(MessageError::Length {
                length: bytes.len(),
            });
        }
        Self::decode_all(&mut &bytes[..]).map_err(|_| MessageError::ZeroIterations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Vector {
        slot: SlotNumber,
        seed: PotSeed,
        iterations: NonZeroU32,
        checkpoints: PotCheckpoints,
        message: String,
    }

    #[derive(Deserialize)]
    struct Vectors {
        messages: Vec<Vector>,
    }

    #[test]
    fn messages_are_those_of_the_golden_vectors() {
        let vectors: Vectors = serde_json::from_str(include_str!(
            "../../../test/vectors/proof-of-time-gossip.json"
        ))
        .unwrap();
        assert!(!vectors.messages.is_empty());
        for vector in vectors.messages {
            let info = PotSlotInfo {
                slot: vector.slot,
                seed: vector.seed,
                iterations: vector.iterations,
                checkpoints: vector.checkpoints,
            };
            let message = hex::decode(&vector.message[2..]).unwrap();
            assert_eq!(info.encode(), message);
            assert_eq!(PotSlotInfo::decode_message(&message), Ok(info));
            assert_eq!(message.len(), PotSlotInfo::ENCODED_SIZE);
            assert_eq!(PotSlotInfo::max_encoded_len(), PotSlotInfo::ENCODED_SIZE);
        }
    }

    #[test]
    fn zero_iterations_and_other_lengths_are_refused() {
        let zero = [0; PotSlotInfo::ENCODED_SIZE];
        assert_eq!(
            PotSlotInfo::decode_message(&zero),
            Err(MessageError::ZeroIterations)
        );
        for length in [
            0,
            PotSlotInfo::ENCODED_SIZE - 1,
            PotSlotInfo::ENCODED_SIZE + 1,
        ] {
            assert_eq!(
                PotSlotInfo::decode_message(&vec![1; length]),
                Err(MessageError::Length { length })
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_error_or_a_message_that_encodes_to_them(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..400),
                prop::collection::vec(any::<u8>(), PotSlotInfo::ENCODED_SIZE),
            ],
        ) {
            match PotSlotInfo::decode_message(&bytes) {
                Ok(info) => prop_assert_eq!(info.encode(), bytes),
                Err(MessageError::Length { length }) => {
                    prop_assert_eq!(length, bytes.len());
                    prop_assert_ne!(length, PotSlotInfo::ENCODED_SIZE);
                }
                Err(MessageError::ZeroIterations) => {
                    prop_assert_eq!(bytes.len(), PotSlotInfo::ENCODED_SIZE);
                    prop_assert_eq!(&bytes[24..28], &[0; 4]);
                }
            }
        }
    }
}
