//! Hashes of sealed votes, and ids.
//!
//! Where votes are sealed, a commitment is cast as an abstention ([`VoteSplit::ABSTAIN`]), which overrides delegates and
//! counts for the quorum, and opening it changes that vote to what it says. So an unopened one abstains, and until
//! voting ends nobody's choice shows.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::ranked::Ranking;
use crate::tally::VoteSplit;
use crate::{DaoId, NetworkTag, ProposalIndex, VoterId};

/// BLAKE2b-256 of a concatenation.
fn blake2b_256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake2b_simd::Params::new().hash_length(32).to_state();
    for part in parts {
        hasher.update(part);
    }
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(hasher.finalize().as_bytes())
        .for_each(|(to, from)| *to = *from);
    hash
}

/// Id of a DAO: BLAKE2b-256 of `"autoco/dao/v1"` ‖ network tag ‖ founder's id ‖ salt.
pub fn dao_id(network: &NetworkTag, founder: &[u8; 32], salt: &[u8; 32]) -> DaoId {
    blake2b_256(&[b"autoco/dao/v1", network, founder, salt])
}

/// What a sealed vote says.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum SealedChoice {
    /// For, against, abstain, veto.
    Split(VoteSplit),
    /// Options in order.
    Ranked(Ranking),
}

impl SealedChoice {
    /// Kind of choice (0 for a split, else the number of ranked options), then 8 bytes: four little-endian `u16` of
    /// basis points, or the packed ranking as a little-endian `u64`.
    fn to_bytes(self) -> (u8, [u8; 8]) {
        match self {
            Self::Split(split) => {
                let [[a, b], [c, d], [e, f], [g, h]] = split.shares().map(u16::to_le_bytes);
                (0, [a, b, c, d, e, f, g, h])
            }
            Self::Ranked(ranking) => {
                let (packed, len) = ranking.packed();
                (len, packed.to_le_bytes())
            }
        }
    }
}

/// Commitment to a vote, to be opened when voting ends: BLAKE2b-256 of `"vote/v1"` ‖ DAO ‖ proposal (`u32`, little-endian) ‖
/// voter ‖ choice (1 byte) ‖ weight split (8 bytes) ‖ salt. It says nothing about the vote as long as the salt is random.
pub fn commitment(
    dao: &DaoId,
    proposal: ProposalIndex,
    voter: &VoterId,
    choice: SealedChoice,
    salt: &[u8; 32],
) -> [u8; 32] {
    let (kind, split) = choice.to_bytes();
    blake2b_256(&[
        b"vote/v1",
        dao,
        &proposal.to_le_bytes(),
        voter,
        &[kind],
        &split,
        salt,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_field_is_committed_to() {
        let split = SealedChoice::Split(VoteSplit::AYE);
        let (kind, bytes) = split.to_bytes();
        // The same eight bytes as a ranking
        let ranked = SealedChoice::Ranked(Ranking::new(&[0, 1], 2).unwrap());
        assert_eq!((kind, bytes), (0, [0x10, 0x27, 0, 0, 0, 0, 0, 0]));
        let hashes = [
            commitment(&[1; 32], 1, &[2; 32], split, &[3; 32]),
            commitment(&[2; 32], 1, &[2; 32], split, &[3; 32]),
            commitment(&[1; 32], 2, &[2; 32], split, &[3; 32]),
            commitment(&[1; 32], 1, &[3; 32], split, &[3; 32]),
            commitment(
                &[1; 32],
                1,
                &[2; 32],
                SealedChoice::Split(VoteSplit::NAY),
                &[3; 32],
            ),
            commitment(&[1; 32], 1, &[2; 32], ranked, &[3; 32]),
            commitment(&[1; 32], 1, &[2; 32], split, &[4; 32]),
        ];
        assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), hashes.len());
    }
}
