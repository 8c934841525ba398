//! The oracle is the definition of the tree, by recursion; everything else is compared with it.

use super::*;
use autonomys_core_primitives::hashes::keyed_hash;
use proptest::prelude::*;

/// The definition: one hash at a time, no levels, no buffers.
fn naive_root(leaves: &[Node]) -> Node {
    if let [leaf] = leaves {
        return *leaf;
    }
    let (left, right) = leaves.split_at(leaves.len() / 2);
    keyed_hash(&MERKLE_NODE_KEY, &[&naive_root(left), &naive_root(right)])
}

/// The definition: the other half at every split, lowest first.
fn naive_proof(leaves: &[Node], index: usize) -> Vec<MerkleNode> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(leaves.len() / 2);
    let (mut proof, sibling) = if index < left.len() {
        (naive_proof(left, index), naive_root(right))
    } else {
        (naive_proof(right, index - left.len()), naive_root(left))
    };
    proof.push(MerkleNode(sibling));
    proof
}

/// `count` leaves that no other seed gives.
fn leaves(count: usize, seed: u64) -> Vec<Node> {
    (0..count as u64)
        .map(|index| keyed_hash(&[7; 32], &[&seed.to_le_bytes(), &index.to_le_bytes()]))
        .collect()
}

#[test]
fn root_and_tree_are_the_definition_at_every_depth() {
    for depth in 0..=16 {
        let leaves = leaves(1 << depth, depth);
        let expected = naive_root(&leaves);
        assert_eq!(root(&leaves), Ok(expected), "depth {depth}");
        let tree = MerkleTree::new(&leaves).unwrap();
        assert_eq!(tree.root(), expected, "depth {depth}");
        assert_eq!(tree.leaves(), leaves);
    }
}

#[test]
fn a_root_over_more_than_two_rounds_of_subtrees_is_the_definition() {
    let leaves = leaves(1 << 21, 0);
    assert_eq!(root(&leaves), Ok(naive_root(&leaves)));
}

#[test]
fn the_proof_of_every_leaf_is_the_definition_and_verifies() {
    for depth in 0..=9 {
        let count = 1 << depth;
        let leaves = leaves(count, 1);
        let tree = MerkleTree::new(&leaves).unwrap();
        for (index, leaf) in leaves.iter().enumerate() {
            let proof = tree.proof(index).unwrap();
            assert_eq!(proof, naive_proof(&leaves, index));
            assert!(verify(&tree.root(), count, index, leaf, &proof));
        }
        assert_eq!(tree.proof(count), None);
        assert_eq!(tree.proof(usize::MAX), None);
    }
}

#[test]
fn only_a_power_of_two_of_leaves_is_a_tree() {
    for leaf_count in [0, 3, 5, 6, 7, 1000, 65_535, 65_537] {
        let error = LeafCountError { leaf_count };
        let leaves = vec![[0; 32]; leaf_count];
        assert_eq!(root(&leaves), Err(error));
        assert_eq!(MerkleTree::new(&leaves), Err(error));
        assert_eq!(depth(leaf_count), Err(error));
        assert_eq!(
            root_from_proof(leaf_count, 0, &[0; 32], &[]),
            Err(ProofError::LeafCount(error))
        );
    }
    assert!(depth(usize::MAX).is_err());
}

#[test]
fn a_proof_holds_for_its_own_index_only() {
    let leaves = leaves(64, 2);
    let tree = MerkleTree::new(&leaves).unwrap();
    for (index, leaf) in leaves.iter().enumerate() {
        let proof = tree.proof(index).unwrap();
        for other in 0..128 {
            assert_eq!(
                verify(&tree.root(), 64, other, leaf, &proof),
                other == index,
                "proof of {index} at {other}"
            );
        }
    }
}

#[test]
fn a_proof_of_another_length_than_the_depth_is_rejected() {
    let leaves = leaves(16, 3);
    let tree = MerkleTree::new(&leaves).unwrap();
    let proof = tree.proof(5).unwrap();
    for length in 0..proof.len() {
        assert_eq!(
            root_from_proof(16, 5, &leaves[5], &proof[..length]),
            Err(ProofError::Length {
                expected: 4,
                actual: length
            })
        );
        assert_eq!(
            root_from_proof(16, 5, &leaves[5], &proof[length + 1..]),
            Err(ProofError::Length {
                expected: 4,
                actual: proof.len() - length - 1
            })
        );
    }
    let mut longer = proof.clone();
    longer.push(MerkleNode::default());
    assert!(!verify(&tree.root(), 16, 5, &leaves[5], &longer));
    assert!(!verify(&tree.root(), 32, 5, &leaves[5], &proof));
    assert!(!verify(&tree.root(), 8, 5, &leaves[5], &proof));
}

#[test]
fn an_index_out_of_range_is_rejected_even_where_its_low_bits_fit() {
    let leaves = leaves(8, 4);
    let tree = MerkleTree::new(&leaves).unwrap();
    let proof = tree.proof(3).unwrap();
    for index in [8, 3 + 8, 3 + 16, usize::MAX] {
        assert_eq!(
            root_from_proof(8, index, &leaves[3], &proof),
            Err(ProofError::IndexOutOfRange {
                index,
                leaf_count: 8
            })
        );
    }
}

#[test]
fn an_inner_node_is_not_a_leaf() {
    let leaves = leaves(8, 5);
    let tree = MerkleTree::new(&leaves).unwrap();
    // The parent of leaves 2 and 3 with the upper part of their proof leads to the root, but not at the depth of a leaf.
    let inner = node(&leaves[2], &leaves[3]);
    let upper = &tree.proof(2).unwrap()[1..];
    assert_eq!(root_from_proof(4, 1, &inner, upper), Ok(tree.root()));
    for index in 0..8 {
        assert!(!verify(&tree.root(), 8, index, &inner, upper));
    }
}

#[test]
fn an_inner_node_is_no_plain_hash_of_its_children() {
    let [left, right] = [[1; 32], [2; 32]];
    let plain = blake3::hash(&[left, right].concat());
    assert_ne!(node(&left, &right), *plain.as_bytes());
    assert_ne!(node(&left, &right), node(&right, &left));
}

proptest! {
    #[test]
    fn any_changed_bit_breaks_a_proof(
        depth in 0usize..8,
        seed in any::<u64>(),
        position in any::<prop::sample::Index>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let count = 1 << depth;
        let leaves = leaves(count, seed);
        let tree = MerkleTree::new(&leaves).unwrap();
        let index = position.index(count);
        let mut proof = tree.proof(index).unwrap();
        prop_assert!(verify(&tree.root(), count, index, &leaves[index], &proof));

        let mut root = tree.root();
        let mut leaf = leaves[index];
        let bit = bit.index((2 + depth) * 256);
        let flipped = 1 << (bit % 8);
        match bit / 256 {
            0 => root[bit % 256 / 8] ^= flipped,
            1 => leaf[bit % 256 / 8] ^= flipped,
            level => proof[level - 2].0[bit % 256 / 8] ^= flipped,
        }
        prop_assert!(!verify(&root, count, index, &leaf, &proof));
    }
}

#[derive(serde::Deserialize, serde::Serialize)]
struct Vector {
    /// Leaf i is i as a little-endian u64, four times.
    leaf_count: usize,
    root: String,
    proofs: Vec<ProofVector>,
}

#[derive(serde::Deserialize, serde::Serialize)]
struct ProofVector {
    index: usize,
    siblings: Vec<String>,
}

#[test]
fn golden_vectors() {
    let text = include_str!("../../../test/vectors/merkle-tree.json");
    let vectors: Vec<Vector> = serde_json::from_str(text).unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let leaves: Vec<Node> = (0..vector.leaf_count as u64)
            .map(|index| {
                let mut leaf = [0; 32];
                for part in leaf.chunks_exact_mut(8) {
                    part.copy_from_slice(&index.to_le_bytes());
                }
                leaf
            })
            .collect();
        let tree = MerkleTree::new(&leaves).unwrap();
        assert_eq!(hex::encode(tree.root()), vector.root);
        assert!(!vector.proofs.is_empty());
        for expected in vector.proofs {
            let proof = tree.proof(expected.index).unwrap();
            let siblings: Vec<String> = proof.iter().map(hex::encode).collect();
            assert_eq!(siblings, expected.siblings);
        }
    }
}
