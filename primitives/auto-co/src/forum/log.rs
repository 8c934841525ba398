//! The log of a DAO's posts: a Merkle mountain range whose leaves are content ids in the order in which the server took
//! the posts.
//!
//! A range of n leaves has a peak for every bit of n that is set: perfect trees, the highest first. Hashes are BLAKE3 in
//! keyed mode; the key of a use is BLAKE3 of its name:
//!
//! | Hash | Name of the use | Input |
//! |---|---|---|
//! | leaf | `autonomys/forum-leaf/v1` | whole content id, 36 bytes |
//! | node | `autonomys/forum-node/v1` | left ‖ right |
//! | root | `autonomys/forum-root/v1` | number of leaves, `u64` little-endian ‖ all peaks |
//!
//! A leaf's index is its position, so a leaf never moves; [`Range`] needs the peaks alone to grow.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use thiserror::Error;

use super::cid::Cid;

/// A hash of the range.
pub type Hash = [u8; 32];

/// Peaks and siblings that any range can have.
const MAX_HEIGHT: usize = 64;

fn keyed(name: &str, parts: &[&[u8]]) -> Hash {
    let key = blake3::hash(name.as_bytes());
    let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// Hash of a leaf.
pub fn leaf_hash(cid: &Cid) -> Hash {
    keyed("autonomys/forum-leaf/v1", &[&cid.to_bytes()])
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    keyed("autonomys/forum-node/v1", &[left, right])
}

fn root_hash<'a>(size: u64, peaks: impl IntoIterator<Item = &'a Hash>) -> Hash {
    let size = size.to_le_bytes();
    let mut parts: Vec<&[u8]> = Vec::with_capacity(MAX_HEIGHT);
    parts.push(&size);
    parts.extend(peaks.into_iter().map(|peak| peak.as_slice()));
    keyed("autonomys/forum-root/v1", &parts)
}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// It has another shape than a proof for these sizes.
    #[error("the proof is not one for these sizes")]
    Shape,
    /// It leads to another root.
    #[error("the proof leads to another root")]
    Root,
    /// A node of the range is not there.
    #[error("a node of the range is missing")]
    MissingNode,
}

/// The peaks of a range: all that is needed to append to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Range {
    size: u64,
    peaks: Vec<Hash>,
}

impl Range {
    /// A range of `size` leaves with these peaks, the highest first.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Result<Self, ProofError> {
        if usize::try_from(size.count_ones()) == Ok(peaks.len()) {
            Ok(Self { size, peaks })
        } else {
            Err(ProofError::Shape)
        }
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Peaks, the highest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root that tree heads show.
    pub fn root(&self) -> Hash {
        root_hash(self.size, &self.peaks)
    }

    /// Appends a leaf. `store` gets every node that is now complete, the leaf too, by height and index at that height.
    pub fn append(
        &mut self,
        cid: &Cid,
        store: impl FnMut(u8, u64, Hash),
    ) -> Result<(), ProofError> {
        self.append_tree(0, leaf_hash(cid), store)
    }

    /// Appends a perfect tree of 2^height leaves; the size is a multiple of that.
    fn append_tree(
        &mut self,
        height: u8,
        hash: Hash,
        mut store: impl FnMut(u8, u64, Hash),
    ) -> Result<(), ProofError> {
        let leaves = 1u64.checked_shl(height.into()).ok_or(ProofError::Shape)?;
        if self.size.checked_rem(leaves) != Some(0) {
            return Err(ProofError::Shape);
        }
        let size = self.size.checked_add(leaves).ok_or(ProofError::Shape)?;
        let (mut height, mut index, mut hash) = (height, self.size >> height, hash);
        store(height, index, hash);
        while index & 1 == 1 {
            let left = self.peaks.pop().ok_or(ProofError::Shape)?;
            hash = node_hash(&left, &hash);
            height = height.saturating_add(1);
            index >>= 1;
            store(height, index, hash);
        }
        self.peaks.push(hash);
        self.size = size;
        Ok(())
    }
}

/// Height and index of the peaks of a range of `size` leaves, the highest first.
fn peak_positions(size: u64) -> impl Iterator<Item = (u8, u64)> {
    (0..64u8)
        .rev()
        .filter(move |height| size >> height & 1 == 1)
        .map(move |height| {
            // The bits above are the leaves before this peak.
            let index = (size >> height).saturating_sub(1);
            (height, index)
        })
}

/// Height and index of the perfect trees that lead from a range of `from` leaves to one of `to`.
fn extension(from: u64, to: u64) -> impl Iterator<Item = (u8, u64)> {
    let mut at = from;
    core::iter::from_fn(move || {
        let left = to.checked_sub(at).filter(|left| *left > 0)?;
        let aligned = if at == 0 { 63 } else { at.trailing_zeros() };
        let height = u8::try_from(aligned.min(left.ilog2())).ok()?;
        let tree = (height, at >> height);
        at = at.checked_add(1u64.checked_shl(height.into())?)?;
        Some(tree)
    })
}

/// Proof that a leaf is in a range.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct InclusionProof {
    /// Index of the leaf.
    pub index: u64,
    /// Siblings on the way from the leaf to its peak.
    pub siblings: Vec<Hash>,
    /// The other peaks, the highest first.
    pub peaks: Vec<Hash>,
}

impl InclusionProof {
    /// Makes the proof for a leaf of a range of `size` leaves from its nodes, which `node` gives by height and index.
    pub fn new(
        index: u64,
        size: u64,
        node: impl Fn(u8, u64) -> Option<Hash>,
    ) -> Result<Self, ProofError> {
        let (mut siblings, mut peaks) = (Vec::new(), Vec::new());
        if index >= size {
            return Err(ProofError::Shape);
        }
        for (height, peak) in peak_positions(size) {
            if index >> height == peak {
                for below in 0..height {
                    siblings
                        .push(node(below, (index >> below) ^ 1).ok_or(ProofError::MissingNode)?);
                }
            } else {
                peaks.push(node(height, peak).ok_or(ProofError::MissingNode)?);
            }
        }
        Ok(Self {
            index,
            siblings,
            peaks,
        })
    }

    /// Checks that the range of `size` leaves under `root` has `cid` at the index.
    pub fn verify(&self, cid: &Cid, size: u64, root: &Hash) -> Result<(), ProofError> {
        let (position, (height, _)) = peak_positions(size)
            .enumerate()
            .find(|(_, (height, peak))| self.index >> height == *peak)
            .filter(|_| self.index < size)
            .ok_or(ProofError::Shape)?;
        let others = usize::try_from(size.count_ones().saturating_sub(1));
        if self.siblings.len() != usize::from(height) || others != Ok(self.peaks.len()) {
            return Err(ProofError::Shape);
        }
        let (peak, _) =
            self.siblings
                .iter()
                .fold((leaf_hash(cid), self.index), |(hash, index), sibling| {
                    let parent = if index & 1 == 1 {
                        node_hash(sibling, &hash)
                    } else {
                        node_hash(&hash, sibling)
                    };
                    (parent, index >> 1)
                });
        let before = self.peaks.iter().take(position);
        let after = self.peaks.iter().skip(position);
        if root_hash(size, before.chain([&peak]).chain(after)) == *root {
            Ok(())
        } else {
            Err(ProofError::Root)
        }
    }
}

/// Proof that one range is the beginning of another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct ConsistencyProof {
    /// Peaks of the smaller range, the highest first.
    pub peaks: Vec<Hash>,
    /// Perfect trees that follow, each the largest that the size before it is a multiple of and that fits.
    pub trees: Vec<Hash>,
}

impl ConsistencyProof {
    /// Makes the proof that a range of `from` leaves is the beginning of one of `to`, from the nodes of the latter.
    pub fn new(
        from: u64,
        to: u64,
        node: impl Fn(u8, u64) -> Option<Hash>,
    ) -> Result<Self, ProofError> {
        if from > to {
            return Err(ProofError::Shape);
        }
        let collect = |(height, index)| node(height, index).ok_or(ProofError::MissingNode);
        Ok(Self {
            peaks: peak_positions(from)
                .map(collect)
                .collect::<Result<_, _>>()?,
            trees: extension(from, to).map(collect).collect::<Result<_, _>>()?,
        })
    }

    /// Checks that the range of `from` leaves under `old` is the beginning of that of `to` leaves under `new`.
    pub fn verify(&self, from: u64, old: &Hash, to: u64, new: &Hash) -> Result<(), ProofError> {
        if from > to {
            return Err(ProofError::Shape);
        }
        let mut range = Range::new(from, self.peaks.clone())?;
        if range.root() != *old {
            return Err(ProofError::Root);
        }
        let mut trees = self.trees.iter();
        for (height, _) in extension(from, to) {
            let tree = trees.next().ok_or(ProofError::Shape)?;
            range.append_tree(height, *tree, |_, _, _| {})?;
        }
        if trees.next().is_some() {
            return Err(ProofError::Shape);
        }
        if range.size() == to && range.root() == *new {
            Ok(())
        } else {
            Err(ProofError::Root)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Root by its definition, from all leaves.
    fn oracle(leaves: &[Cid]) -> Hash {
        fn tree(leaves: &[Cid]) -> Hash {
            match leaves {
                [leaf] => {
                    *blake3::Hasher::new_keyed(blake3::hash(b"autonomys/forum-leaf/v1").as_bytes())
                        .update(&leaf.to_bytes())
                        .finalize()
                        .as_bytes()
                }
                _ => {
                    let (left, right) = leaves.split_at(leaves.len() / 2);
                    *blake3::Hasher::new_keyed(blake3::hash(b"autonomys/forum-node/v1").as_bytes())
                        .update(&tree(left))
                        .update(&tree(right))
                        .finalize()
                        .as_bytes()
                }
            }
        }
        let mut hasher =
            blake3::Hasher::new_keyed(blake3::hash(b"autonomys/forum-root/v1").as_bytes());
        hasher.update(&(leaves.len() as u64).to_le_bytes());
        let mut rest = leaves;
        while !rest.is_empty() {
            let (peak, after) = rest.split_at(1 << rest.len().ilog2());
            hasher.update(&tree(peak));
            rest = after;
        }
        *hasher.finalize().as_bytes()
    }

    fn leaves(count: usize) -> Vec<Cid> {
        (0..count)
            .map(|leaf| Cid::of(&leaf.to_le_bytes()))
            .collect()
    }

    struct Log {
        ranges: Vec<Range>,
        nodes: BTreeMap<(u8, u64), Hash>,
    }

    fn log(leaves: &[Cid]) -> Log {
        let (mut range, mut nodes) = (Range::default(), BTreeMap::new());
        let mut ranges = vec![range.clone()];
        for leaf in leaves {
            range
                .append(leaf, |height, index, hash| {
                    assert!(nodes.insert((height, index), hash).is_none());
                })
                .unwrap();
            ranges.push(range.clone());
        }
        Log { ranges, nodes }
    }

    #[test]
    fn every_root_inclusion_and_consistency_up_to_forty_leaves() {
        let leaves = leaves(40);
        let log = log(&leaves);
        let node = |height, index| log.nodes.get(&(height, index)).copied();
        for size in 0..=40u64 {
            let range = &log.ranges[size as usize];
            assert_eq!(range.root(), oracle(&leaves[..size as usize]), "{size}");
            for index in 0..size {
                let proof = InclusionProof::new(index, size, node).unwrap();
                let leaf = &leaves[index as usize];
                proof.verify(leaf, size, &range.root()).unwrap();
                let mut longer = proof.clone();
                longer.siblings.push([0; 32]);
                assert_eq!(
                    longer.verify(leaf, size, &range.root()),
                    Err(ProofError::Shape)
                );
                let mut longer = proof.clone();
                longer.peaks.push([0; 32]);
                assert_eq!(
                    longer.verify(leaf, size, &range.root()),
                    Err(ProofError::Shape)
                );
                for other in 0..40 {
                    if other != index {
                        let leaf = &leaves[other as usize];
                        assert_eq!(
                            proof.verify(leaf, size, &range.root()),
                            Err(ProofError::Root)
                        );
                        let moved = InclusionProof {
                            index: other,
                            ..proof.clone()
                        };
                        assert!(
                            moved
                                .verify(&leaves[index as usize], size, &range.root())
                                .is_err()
                        );
                    }
                }
            }
            assert_eq!(
                InclusionProof::new(size, size, node),
                Err(ProofError::Shape)
            );
            for from in 0..=size {
                let old = log.ranges[from as usize].root();
                let proof = ConsistencyProof::new(from, size, node).unwrap();
                proof.verify(from, &old, size, &range.root()).unwrap();
                for other in 0..=40u64 {
                    if other != size {
                        let new = log.ranges[other as usize].root();
                        assert!(proof.verify(from, &old, other, &new).is_err());
                    }
                    if other != from {
                        let old = log.ranges[other as usize].root();
                        assert!(proof.verify(other, &old, size, &range.root()).is_err());
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_log_that_was_rewritten_is_consistent_with_no_proof(
            size in 1usize..200,
            more in 0usize..200,
            altered in any::<prop::sample::Index>(),
        ) {
            let honest = leaves(size + more);
            let mut other = honest.clone();
            other[altered.index(size)] = Cid([0xee; 32]);
            let (honest, other) = (log(&honest), log(&other));
            let node = |height, index| other.nodes.get(&(height, index)).copied();
            let mut proof = ConsistencyProof::new(size as u64, (size + more) as u64, node).unwrap();
            let (old, new) = (honest.ranges[size].root(), other.ranges[size + more].root());
            let verify = |proof: &ConsistencyProof| proof.verify(size as u64, &old, (size + more) as u64, &new);
            prop_assert_eq!(verify(&proof), Err(ProofError::Root));
            proof.peaks = honest.ranges[size].peaks().to_vec();
            prop_assert_eq!(verify(&proof), Err(ProofError::Root));
        }

        #[test]
        fn no_proof_panics_and_no_changed_one_holds(
            size in 1u64..300,
            index in any::<u64>(),
            flip in any::<prop::sample::Index>(),
            bit in 0u8..8,
            sizes in any::<(u64, u64)>(),
        ) {
            let leaves = leaves(size as usize);
            let log = log(&leaves);
            let root = log.ranges[size as usize].root();
            let index = index % size;
            let proof = InclusionProof::new(index, size, |height, index| log.nodes.get(&(height, index)).copied()).unwrap();
            let mut encoded = proof.encode();
            let at = flip.index(encoded.len());
            encoded[at] ^= 1 << bit;
            if let Ok(other) = InclusionProof::decode(&mut &encoded[..]) {
                prop_assert!(other.verify(&leaves[index as usize], size, &root).is_err());
                let _ = other.verify(&leaves[0], sizes.0, &root);
            }
            let consistency = ConsistencyProof { peaks: proof.peaks, trees: proof.siblings };
            let _ = consistency.verify(sizes.0, &root, sizes.1, &root);
        }
    }

    #[test]
    fn the_largest_sizes_are_handled() {
        assert!(extension(0, u64::MAX).count() <= 64);
        assert_eq!(peak_positions(u64::MAX).count(), 64);
        let mut full = Range::new(u64::MAX, vec![[0; 32]; 64]).unwrap();
        assert_eq!(
            full.append(&Cid([0; 32]), |_, _, _| {}),
            Err(ProofError::Shape)
        );
        assert_eq!(Range::new(3, vec![[0; 32]]), Err(ProofError::Shape));
    }
}
