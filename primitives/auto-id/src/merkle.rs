//! Merkle trees over any number of leaves, split as in RFC 9162: batches of statements, sets in caveats.

use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::Hash;
use crate::hashes::blake2b_256;

/// Leaves of a tree, at most.
pub const MAX_LEAVES: u32 = 1 << MAX_PROOF;
/// Hashes of a proof, at most.
pub const MAX_PROOF: u32 = 20;

/// Shows that a leaf is in a tree.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Proof {
    /// Position of the leaf.
    pub index: u32,
    /// Leaves of the tree.
    pub count: u32,
    /// Siblings from the leaf to the root.
    pub siblings: BoundedVec<Hash, ConstU32<MAX_PROOF>>,
}

/// Hash of a leaf: `autoid-merkle-leaf/v1` ‖ its value.
pub fn leaf_hash(value: &Hash) -> Hash {
    blake2b_256("autoid-merkle-leaf/v1", &[value])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    blake2b_256("autoid-merkle-node/v1", &[left, right])
}

/// Root over these values: `None` for none or more than [`MAX_LEAVES`].
///
/// Levels are hashed pairwise and an odd last node goes up as it is, which gives the same tree as RFC 9162's recursion.
pub fn root(values: &[Hash]) -> Option<Hash> {
    if values.len() > MAX_LEAVES as usize {
        return None;
    }
    let mut level: Vec<Hash> = values.iter().map(leaf_hash).collect();
    while level.len() > 1 {
        level = parents(&level);
    }
    level.first().copied()
}

/// Shows that the value at `index` is in the tree over `values`.
pub fn prove(values: &[Hash], index: u32) -> Option<Proof> {
    let count = u32::try_from(values.len()).ok()?;
    if index >= count || count > MAX_LEAVES {
        return None;
    }
    let mut siblings = BoundedVec::new();
    let mut level: Vec<Hash> = values.iter().map(leaf_hash).collect();
    let mut position = index as usize;
    while level.len() > 1 {
        if let Some(sibling) = level.get(position ^ 1) {
            siblings.try_push(*sibling).ok()?;
        }
        level = parents(&level);
        position >>= 1;
    }
    Some(Proof {
        index,
        count,
        siblings,
    })
}

fn parents(level: &[Hash]) -> Vec<Hash> {
    level
        .chunks(2)
        .filter_map(|pair| match pair {
            [left, right] => Some(node_hash(left, right)),
            [alone] => Some(*alone),
            _ => None,
        })
        .collect()
}

impl Proof {
    /// Whether `value` is in the tree with this root. Says nothing of the tree's count, which is the prover's word.
    pub fn verify(&self, root: &Hash, value: &Hash) -> bool {
        let Some(last) = self.count.checked_sub(1) else {
            return false;
        };
        if self.index > last || self.count > MAX_LEAVES {
            return false;
        }
        let mut siblings = self.siblings.iter();
        let mut hash = leaf_hash(value);
        let mut index = self.index;
        let mut last = last;
        while last > 0 {
            // The odd last node of a level has no sibling
            if index & 1 == 1 || index < last {
                let Some(sibling) = siblings.next() else {
                    return false;
                };
                hash = if index & 1 == 1 {
                    node_hash(sibling, &hash)
                } else {
                    node_hash(&hash, sibling)
                };
            }
            index >>= 1;
            last >>= 1;
        }
        siblings.next().is_none() && hash == *root
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(count: u32) -> Vec<Hash> {
        (0..count)
            .map(|n| blake2b_256("value", &[&n.to_le_bytes()]))
            .collect()
    }

    /// RFC 9162 2.1.1, as written there.
    fn recursive_root(values: &[Hash]) -> Hash {
        match values {
            [value] => leaf_hash(value),
            _ => {
                let split = values.len().next_power_of_two() / 2;
                node_hash(
                    &recursive_root(&values[..split]),
                    &recursive_root(&values[split..]),
                )
            }
        }
    }

    #[test]
    fn the_tree_is_that_of_rfc_9162() {
        for count in 1..=130 {
            let values = values(count);
            assert_eq!(root(&values), Some(recursive_root(&values)), "{count}");
        }
        assert_eq!(root(&[]), None);
        assert_eq!(prove(&[], 0), None);
    }

    #[test]
    fn every_leaf_of_every_small_tree_has_one_proof() {
        for count in 1..=33 {
            let values = values(count);
            let root = root(&values).unwrap();
            for index in 0..count {
                let proof = prove(&values, index).unwrap();
                for (other, value) in values.iter().enumerate() {
                    assert_eq!(proof.verify(&root, value), other == index as usize);
                }
            }
            assert_eq!(prove(&values, count), None);
        }
    }

    #[test]
    fn an_inner_node_is_no_leaf() {
        let values = values(4);
        let tree = root(&values).unwrap();
        let left = node_hash(&leaf_hash(&values[0]), &leaf_hash(&values[1]));
        let right = node_hash(&leaf_hash(&values[2]), &leaf_hash(&values[3]));
        let forged = Proof {
            index: 0,
            count: 2,
            siblings: BoundedVec::truncate_from(vec![right]),
        };
        assert_eq!(node_hash(&left, &right), tree);
        assert!(!forged.verify(&tree, &left));
    }

    proptest! {
        #[test]
        fn changed_proofs_fail(count in 1u32..200, seed: u32, change in 0usize..5, bit: u8) {
            let values = values(count);
            let root = root(&values).unwrap();
            let index = seed % count;
            let mut proof = prove(&values, index).unwrap();
            prop_assert!(proof.verify(&root, &values[index as usize]));
            let siblings = proof.siblings.len();
            match change {
                0 if siblings > 0 => proof.siblings[seed as usize % siblings][bit as usize % 32] ^= 1,
                1 => { proof.siblings.pop(); }
                2 => { let _ = proof.siblings.try_push([bit; 32]); }
                3 => proof.index = proof.index.wrapping_add(1 + u32::from(bit)),
                _ => proof.count = 0,
            }
            if change != 1 || siblings > 0 {
                prop_assert!(!proof.verify(&root, &values[index as usize]));
            }
        }

        #[test]
        fn verifying_is_total(index: u32, count: u32, siblings in prop::collection::vec(any::<[u8; 32]>(), 0..20)) {
            let proof = Proof { index, count, siblings: BoundedVec::truncate_from(siblings) };
            prop_assert!(!proof.verify(&[7; 32], &[8; 32]));
        }
    }
}
