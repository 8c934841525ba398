//! Balanced Merkle trees over 32-byte leaves.
//!
//! History is committed to with two such trees: a record root stands for the 2n chunks of a record, a segment root for
//! the 2s record roots of a segment. Both have 2^d leaves, known from the parameters of the chain, so a proof is exactly
//! d siblings and says nothing about its own shape.
//!
//! ```text
//! level d    root = node(a, b)
//!            ╱                 ╲
//! level 1   a = node(l0, l1)    b = node(l2, l3)
//!            ╱     ╲              ╱     ╲
//! level 0   l0      l1           l2      l3          the leaves, 32 bytes each
//!
//! node(left, right) = BLAKE3 keyed with MERKLE_NODE_KEY (left ‖ right)
//! proof(i)          = sibling at level 0 ‖ sibling at level 1 ‖ … ‖ sibling at level d − 1
//! ```
//!
//! A leaf is a node of the tree as it is: it is not hashed. That an inner node cannot be passed off as a leaf follows
//! from the fixed depth (a proof of any other length is rejected); that a hash made elsewhere in the protocol cannot be
//! passed off as an inner node follows from the key.
//!
//! Golden vectors: `test/vectors/merkle-tree.json`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(test)]
mod tests;

use alloc::vec;
use alloc::vec::Vec;
use autonomys_core_primitives::MerkleNode;
use autonomys_core_primitives::hashes::MERKLE_NODE_KEY;
use autonomys_single_block_blake3::keyed_hash_pairs;

/// A node of a tree: a leaf or the hash of two nodes.
type Node = [u8; 32];

/// Leaves that [`root`] reduces at a time, in buffers on the stack that fit the first-level cache.
const SUBTREE_LEAVES: usize = 1024;

/// A number of leaves that no balanced tree has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a balanced Merkle tree cannot have {leaf_count} leaves, so nothing was hashed; pass a power of two"
)]
pub struct LeafCountError {
    /// The number of leaves asked for.
    pub leaf_count: usize,
}

/// Why a proof leads to no root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No tree has this number of leaves.
    #[error(transparent)]
    LeafCount(#[from] LeafCountError),
    /// The tree has fewer leaves.
    #[error(
        "leaf {index} does not exist in a tree of {leaf_count} leaves, so its proof is invalid"
    )]
    IndexOutOfRange {
        /// Index of the leaf that was to be proven.
        index: usize,
        /// Number of leaves of the tree.
        leaf_count: usize,
    },
    /// A proof has one sibling per level below the root, no more and no fewer.
    #[error("the proof has {actual} siblings where the tree needs {expected}, so it is invalid")]
    Length {
        /// Depth of the tree.
        expected: usize,
        /// Siblings in the proof.
        actual: usize,
    },
}

/// The inner node above two nodes.
pub fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(left);
    block[32..].copy_from_slice(right);
    *blake3::keyed_hash(&MERKLE_NODE_KEY, &block).as_bytes()
}

/// Number of levels above the leaves, which is the number of siblings in a proof.
///
/// # Errors
///
/// [`LeafCountError`] unless `leaf_count` is a power of two.
pub fn depth(leaf_count: usize) -> Result<usize, LeafCountError> {
    if leaf_count.is_power_of_two() {
        Ok(leaf_count.trailing_zeros() as usize)
    } else {
        Err(LeafCountError { leaf_count })
    }
}

/// The root over `leaves`, without keeping the tree. The root of a single leaf is the leaf.
///
/// # Errors
///
/// [`LeafCountError`] unless the number of leaves is a power of two.
pub fn root(leaves: &[[u8; 32]]) -> Result<[u8; 32], LeafCountError> {
    depth(leaves.len())?;
    if leaves.len() <= SUBTREE_LEAVES {
        return Ok(subtree_root(leaves));
    }
    let mut level: Vec<Node> = leaves
        .chunks_exact(SUBTREE_LEAVES)
        .map(subtree_root)
        .collect();
    while level.len() > SUBTREE_LEAVES {
        level = level
            .chunks_exact(SUBTREE_LEAVES)
            .map(subtree_root)
            .collect();
    }
    Ok(subtree_root(&level))
}

/// The root over at most [`SUBTREE_LEAVES`] leaves, a power of two of them.
fn subtree_root(leaves: &[Node]) -> Node {
    let mut even_levels = [[0; 32]; SUBTREE_LEAVES / 2];
    let mut odd_levels = [[0; 32]; SUBTREE_LEAVES / 4];
    let mut width = leaves.len() / 2;
    if width == 0 {
        return leaves[0];
    }
    hash_level(leaves, &mut even_levels[..width]);
    loop {
        if width == 1 {
            return even_levels[0];
        }
        hash_level(&even_levels[..width], &mut odd_levels[..width / 2]);
        width /= 2;
        if width == 1 {
            return odd_levels[0];
        }
        hash_level(&odd_levels[..width], &mut even_levels[..width / 2]);
        width /= 2;
    }
}

/// Writes to `above` the level above `below`, which is twice as wide.
fn hash_level(below: &[Node], above: &mut [Node]) {
    keyed_hash_pairs(&MERKLE_NODE_KEY, below, above)
        .expect("every caller halves the width of a level, and that of a tree is even; qed");
}

/// A tree with all its levels, from which a proof of any leaf can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerkleTree {
    /// The levels one after the other, leaves first, root last.
    nodes: Vec<Node>,
    leaf_count: usize,
}

impl MerkleTree {
    /// Builds the tree over `leaves`; it takes 64 bytes per leaf.
    ///
    /// # Errors
    ///
    /// [`LeafCountError`] unless the number of leaves is a power of two.
    pub fn new(leaves: &[[u8; 32]]) -> Result<Self, LeafCountError> {
        let leaf_count = leaves.len();
        depth(leaf_count)?;
        let mut nodes = vec![[0; 32]; 2 * leaf_count - 1];
        nodes[..leaf_count].copy_from_slice(leaves);
        let mut rest = nodes.as_mut_slice();
        let mut width = leaf_count;
        while width > 1 {
            let (below, above) = rest.split_at_mut(width);
            width /= 2;
            hash_level(below, &mut above[..width]);
            rest = above;
        }
        Ok(Self { nodes, leaf_count })
    }

    /// The root.
    pub fn root(&self) -> [u8; 32] {
        self.nodes[self.nodes.len() - 1]
    }

    /// The leaves, in order.
    pub fn leaves(&self) -> &[[u8; 32]] {
        &self.nodes[..self.leaf_count]
    }

    /// The siblings on the way from leaf `index` to the root, lowest first; nothing if there is no such leaf.
    pub fn proof(&self, index: usize) -> Option<Vec<MerkleNode>> {
        if index >= self.leaf_count {
            return None;
        }
        let mut proof = Vec::with_capacity(self.leaf_count.trailing_zeros() as usize);
        let mut level = self.nodes.as_slice();
        let mut width = self.leaf_count;
        let mut position = index;
        while width > 1 {
            proof.push(MerkleNode(level[position ^ 1]));
            level = &level[width..];
            width /= 2;
            position /= 2;
        }
        Some(proof)
    }
}

/// The root that `proof` gives to `leaf` as leaf `index` of a tree of `leaf_count` leaves.
///
/// # Errors
///
/// [`ProofError`] if there is no such leaf in such a tree or the number of siblings is not the depth of the tree.
pub fn root_from_proof(
    leaf_count: usize,
    index: usize,
    leaf: &[u8; 32],
    proof: &[MerkleNode],
) -> Result<[u8; 32], ProofError> {
    let expected = depth(leaf_count)?;
    if index >= leaf_count {
        return Err(ProofError::IndexOutOfRange { index, leaf_count });
    }
    if proof.len() != expected {
        return Err(ProofError::Length {
            expected,
            actual: proof.len(),
        });
    }
    let (root, _) = proof
        .iter()
        .fold((*leaf, index), |(current, position), sibling| {
            let parent = if position % 2 == 0 {
                node(&current, sibling)
            } else {
                node(sibling, &current)
            };
            (parent, position / 2)
        });
    Ok(root)
}

/// Whether `proof` shows that `leaf` is leaf `index` of the tree of `leaf_count` leaves with this `root`.
///
/// An index that the tree does not have, a proof whose length is not the depth and a number of leaves that is not a
/// power of two all give `false`; [`root_from_proof`] tells them apart.
pub fn verify(
    root: &[u8; 32],
    leaf_count: usize,
    index: usize,
    leaf: &[u8; 32],
    proof: &[MerkleNode],
) -> bool {
    root_from_proof(leaf_count, index, leaf, proof).is_ok_and(|computed| computed == *root)
}
