//! What authors and forums sign, and what proves a forum wrong.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use thiserror::Error;

use super::cid::Cid;
use super::log::{Hash, InclusionProof, ProofError, Range};
use crate::{DaoId, NetworkTag};

/// Longest time between a receipt and the head that has to hold the post, in milliseconds.
pub const MAX_INCLUSION_DELAY: u64 = 60_000;

/// Length of [`post_preimage`].
pub const POST_PREIMAGE_LEN: usize = 113;

fn concat(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().flat_map(|part| part.iter().copied()).collect()
}

/// What the author of a post signs: `"forum-post/v1"` ‖ network tag ‖ DAO ‖ whole content id.
pub fn post_preimage(network: &NetworkTag, dao: &DaoId, cid: &Cid) -> Vec<u8> {
    concat(&[b"forum-post/v1", network, dao, &cid.to_bytes()])
}

/// What a wallet signs when it is asked for raw bytes: `<Bytes>` ‖ preimage ‖ `</Bytes>`. Accepted in the place of the
/// preimage for account keys.
pub fn wrapped(preimage: &[u8]) -> Vec<u8> {
    concat(&[b"<Bytes>", preimage, b"</Bytes>"])
}

/// Why a statement is not valid, or proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StatementError {
    /// The receipt gives more time than [`MAX_INCLUSION_DELAY`], or less than none.
    #[error(
        "the receipt promises inclusion later than {MAX_INCLUSION_DELAY} ms or before it was given"
    )]
    Delay,
    /// The statements are about different DAOs.
    #[error("the statements are about different DAOs")]
    OtherDao,
    /// The heads do not contradict each other.
    #[error("the heads do not contradict each other")]
    NoConflict,
    /// A proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// A forum's promise to include a post.
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
pub struct Receipt {
    /// The post.
    pub cid: Cid,
    /// The DAO whose log it is to be in.
    pub dao: DaoId,
    /// When it was taken, in milliseconds since 1970.
    pub accepted_ms: u64,
    /// From when on every tree head includes it.
    pub include_by_ms: u64,
}

impl Receipt {
    /// Checks the promised time.
    pub fn validate(&self) -> Result<(), StatementError> {
        match self.include_by_ms.checked_sub(self.accepted_ms) {
            Some(delay) if delay <= MAX_INCLUSION_DELAY => Ok(()),
            _ => Err(StatementError::Delay),
        }
    }

    /// What the forum signs: `"forum-receipt/v1"` ‖ network tag ‖ DAO ‖ whole content id ‖ accepted ‖ include by, the times
    /// as little-endian `u64`.
    pub fn preimage(&self, network: &NetworkTag) -> Vec<u8> {
        concat(&[
            b"forum-receipt/v1",
            network,
            &self.dao,
            &self.cid.to_bytes(),
            &self.accepted_ms.to_le_bytes(),
            &self.include_by_ms.to_le_bytes(),
        ])
    }
}

/// What a forum says its log of a DAO is.
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
pub struct TreeHead {
    /// The DAO.
    pub dao: DaoId,
    /// Number of leaves.
    pub size: u64,
    /// Root of the range.
    pub root: Hash,
    /// When, in milliseconds since 1970.
    pub timestamp_ms: u64,
}

impl TreeHead {
    /// What the forum signs: `"forum-head/v1"` ‖ network tag ‖ DAO ‖ size ‖ root ‖ timestamp, the integers as little-endian
    /// `u64`.
    pub fn preimage(&self, network: &NetworkTag) -> Vec<u8> {
        concat(&[
            b"forum-head/v1",
            network,
            &self.dao,
            &self.size.to_le_bytes(),
            &self.root,
            &self.timestamp_ms.to_le_bytes(),
        ])
    }
}

/// A leaf that differs between two logs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct LeafConflict {
    /// The post in the first log.
    pub first: Cid,
    /// Proof under the first head.
    pub first_proof: InclusionProof,
    /// The post at the same index in the second log.
    pub second: Cid,
    /// Proof under the second head.
    pub second_proof: InclusionProof,
}

/// Two heads of one DAO that cannot be of one log. Their signatures are the caller's to check.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Equivocation {
    /// One head.
    pub first: TreeHead,
    /// Another.
    pub second: TreeHead,
    /// Needed where the sizes differ.
    pub leaf: Option<LeafConflict>,
}

impl Equivocation {
    /// Checks that the heads contradict each other: equal sizes with different roots, or different posts at one index.
    pub fn verify(&self) -> Result<(), StatementError> {
        if self.first.dao != self.second.dao {
            return Err(StatementError::OtherDao);
        }
        if self.first.size == self.second.size && self.first.root != self.second.root {
            return Ok(());
        }
        let leaf = self.leaf.as_ref().ok_or(StatementError::NoConflict)?;
        if leaf.first == leaf.second || leaf.first_proof.index != leaf.second_proof.index {
            return Err(StatementError::NoConflict);
        }
        leaf.first_proof
            .verify(&leaf.first, self.first.size, &self.first.root)?;
        leaf.second_proof
            .verify(&leaf.second, self.second.size, &self.second.root)?;
        Ok(())
    }
}

/// Whether a forum omitted a post for which it gave a receipt: `leaves` are all of the log under `head`, the post is not
/// among them, and the head is from a time when it had to be. Signatures are the caller's to check. An error means that
/// nothing is proven.
pub fn is_omitted<'a>(
    receipt: &Receipt,
    head: &TreeHead,
    leaves: impl IntoIterator<Item = &'a Cid>,
) -> Result<bool, StatementError> {
    receipt.validate()?;
    if receipt.dao != head.dao {
        return Err(StatementError::OtherDao);
    }
    let mut range = Range::default();
    let mut included = false;
    for leaf in leaves {
        range.append(leaf, |_, _, _| {})?;
        included |= *leaf == receipt.cid;
    }
    if range.size() != head.size || range.root() != head.root {
        return Err(ProofError::Root.into());
    }
    Ok(!included && head.timestamp_ms >= receipt.include_by_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn head(leaves: &[Cid], timestamp_ms: u64) -> (TreeHead, BTreeMap<(u8, u64), Hash>) {
        let (mut range, mut nodes) = (Range::default(), BTreeMap::new());
        for leaf in leaves {
            range
                .append(leaf, |height, index, hash| {
                    nodes.extend([((height, index), hash)])
                })
                .unwrap();
        }
        let head = TreeHead {
            dao: [1; 32],
            size: range.size(),
            root: range.root(),
            timestamp_ms,
        };
        (head, nodes)
    }

    fn cids(count: u8) -> Vec<Cid> {
        (0..count).map(|leaf| Cid([leaf; 32])).collect()
    }

    #[test]
    fn omission_is_proven_by_receipt_and_head_alone() {
        let receipt = Receipt {
            cid: Cid([9; 32]),
            dao: [1; 32],
            accepted_ms: 1_000,
            include_by_ms: 31_000,
        };
        let without = cids(9);
        let with = cids(10);
        assert_eq!(
            is_omitted(&receipt, &head(&without, 31_000).0, &without),
            Ok(true)
        );
        assert_eq!(
            is_omitted(&receipt, &head(&without, 30_999).0, &without),
            Ok(false)
        );
        assert_eq!(
            is_omitted(&receipt, &head(&with, 31_000).0, &with),
            Ok(false)
        );
        // Leaves withheld from the proof
        assert_eq!(
            is_omitted(&receipt, &head(&with, 31_000).0, &without),
            Err(ProofError::Root.into())
        );
        let other = TreeHead {
            dao: [2; 32],
            ..head(&without, 31_000).0
        };
        assert_eq!(
            is_omitted(&receipt, &other, &without),
            Err(StatementError::OtherDao)
        );
        let late = Receipt {
            include_by_ms: 61_001,
            ..receipt
        };
        assert_eq!(late.validate(), Err(StatementError::Delay));
        assert_eq!(
            Receipt {
                include_by_ms: 999,
                ..receipt
            }
            .validate(),
            Err(StatementError::Delay)
        );
        assert_eq!(
            Receipt {
                include_by_ms: 61_000,
                ..receipt
            }
            .validate(),
            Ok(())
        );
    }

    #[test]
    fn an_honest_forum_cannot_be_accused_and_a_forked_one_can() {
        let honest = cids(20);
        let mut forked = cids(30);
        forked[4] = Cid([0xee; 32]);
        let (old, old_nodes) = head(&honest[..13], 1);
        let (new, new_nodes) = head(&honest, 2);
        let (fork, fork_nodes) = head(&forked, 2);
        let proof = |nodes: &BTreeMap<(u8, u64), Hash>, index, size| {
            InclusionProof::new(index, size, |height, index| {
                nodes.get(&(height, index)).copied()
            })
            .unwrap()
        };

        let accuse = |first: TreeHead, second: TreeHead, leaf| {
            Equivocation {
                first,
                second,
                leaf,
            }
            .verify()
        };
        assert_eq!(accuse(old, new, None), Err(StatementError::NoConflict));
        assert_eq!(accuse(new, new, None), Err(StatementError::NoConflict));
        let same_size = head(&forked[..13], 1).0;
        assert_eq!(accuse(old, same_size, None), Ok(()));
        assert_eq!(
            accuse(
                old,
                TreeHead {
                    dao: [2; 32],
                    ..same_size
                },
                None
            ),
            Err(StatementError::OtherDao)
        );

        let conflict = |index: u64, nodes: &BTreeMap<(u8, u64), Hash>, size, second| LeafConflict {
            first: honest[index as usize],
            first_proof: proof(&old_nodes, index, 13),
            second,
            second_proof: proof(nodes, index, size),
        };
        assert_eq!(
            accuse(old, fork, Some(conflict(4, &fork_nodes, 30, forked[4]))),
            Ok(())
        );
        assert_eq!(
            accuse(old, fork, Some(conflict(5, &fork_nodes, 30, forked[5]))),
            Err(StatementError::NoConflict)
        );
        assert_eq!(
            accuse(old, new, Some(conflict(4, &new_nodes, 20, Cid([0xee; 32])))),
            Err(StatementError::Proof(ProofError::Root))
        );
        // Different posts at different indices are no conflict
        let mut mixed = conflict(4, &new_nodes, 20, honest[6]);
        mixed.second_proof = proof(&new_nodes, 6, 20);
        assert_eq!(
            accuse(old, new, Some(mixed)),
            Err(StatementError::NoConflict)
        );
    }

    #[test]
    fn preimages_of_different_statements_never_meet() {
        let network = [5; 32];
        let post = post_preimage(&network, &[1; 32], &Cid([2; 32]));
        assert_eq!(post.len(), POST_PREIMAGE_LEN);
        assert_eq!(wrapped(&post).len(), POST_PREIMAGE_LEN + 15);
        let receipt = Receipt {
            cid: Cid([2; 32]),
            dao: [1; 32],
            accepted_ms: 1,
            include_by_ms: 2,
        }
        .preimage(&network);
        let (head, _) = head(&[], 0);
        assert_ne!(post[..12], receipt[..12]);
        assert_ne!(post[..12], head.preimage(&network)[..12]);
        assert_ne!(receipt[..12], head.preimage(&network)[..12]);
    }
}
