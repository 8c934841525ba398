use super::*;
use crate::test_history::{archive, blocks, tiny, unit};

#[test]
fn a_piece_has_its_documented_parts() {
    let params = unit();
    let segment = archive(&params, &blocks(&[65_536])).remove(0);
    for piece in &segment.pieces {
        let parts = Piece::new(&params, piece).unwrap();
        assert_eq!(parts.record().as_flattened(), &piece[..8192]);
        assert_eq!(parts.parity_chunks_root().0, piece[8192..8224]);
        let proof: Vec<u8> = parts
            .record_proof()
            .iter()
            .flat_map(|node| node.0)
            .collect();
        assert_eq!(proof, piece[8224..]);

        // The record root is that over all chunks, source and parity.
        let mut extended = parts.record().to_vec();
        extended.resize(512, [0; 32]);
        let (source, parity) = extended.split_at_mut(256);
        autonomys_erasure_coding::RecordCoder::new(256)
            .unwrap()
            .extend(source, parity)
            .unwrap();
        assert_eq!(
            merkle_tree::root(&extended),
            Ok(parts.record_root().unwrap().0)
        );
    }
}

#[test]
fn a_piece_is_valid_at_its_position_of_its_segment_only() {
    let params = unit();
    let segments = archive(&params, &blocks(&[65_536, 65_536]));
    for (index, segment) in segments.iter().enumerate() {
        for (position, piece) in (0..).zip(&segment.pieces) {
            for (root_index, other) in segments.iter().enumerate() {
                for claimed in (0..40).chain([1 << 16, 1 << 31, u32::MAX]) {
                    assert_eq!(
                        is_piece_valid(&params, piece, &other.header.segment_root, claimed),
                        index == root_index && position == claimed
                    );
                }
            }
        }
    }
}

#[test]
fn any_changed_bit_makes_a_piece_invalid() {
    let params = unit();
    let segment = archive(&params, &blocks(&[65_536])).remove(0);
    let segment_root = segment.header.segment_root;
    for position in [2, 13] {
        let mut piece = segment.pieces.piece(position).unwrap().to_vec();
        for bit in 0..piece.len() * 8 {
            piece[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !is_piece_valid(&params, &piece, &segment_root, position),
                "bit {bit}"
            );
            piece[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(is_piece_valid(&params, &piece, &segment_root, position));
        for bit in 0..32 {
            assert!(!is_piece_valid(
                &params,
                &piece,
                &segment_root,
                position ^ (1 << bit)
            ));
        }
        for bit in 0..256 {
            let mut root = segment_root;
            root.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_piece_valid(&params, &piece, &root, position));
        }
    }
}

#[test]
fn a_piece_of_another_length_is_rejected() {
    let params = tiny();
    let segment = archive(&params, &blocks(&[5000])).remove(0);
    let piece = segment.pieces.piece(0).unwrap();
    let root = &segment.header.segment_root;
    for length in 0..piece.len() {
        assert_eq!(
            verify_piece(&params, &piece[..length], root, 0),
            Err(PieceError::Size {
                expected: piece.len(),
                actual: length
            })
        );
    }
    let longer = [piece, &[0; 32]].concat();
    assert!(!is_piece_valid(&params, &longer, root, 0));
}

#[test]
fn the_reason_for_a_rejection_is_told() {
    let params = tiny();
    let segment = archive(&params, &blocks(&[5000])).remove(0);
    let piece = segment.pieces.piece(0).unwrap();
    let root = segment.header.segment_root;
    assert_eq!(verify_piece(&params, piece, &root, 0), Ok(()));
    assert!(matches!(
        verify_piece(&params, piece, &root, 1),
        Err(PieceError::SegmentRoot { expected, actual }) if expected == root && actual != root
    ));
    assert_eq!(
        verify_piece(&params, piece, &root, 8),
        Err(PieceError::Proof(ProofError::IndexOutOfRange {
            index: 8,
            leaf_count: 8
        }))
    );
}

#[test]
fn parameters_without_a_tree_give_an_error() {
    let params = ConsensusParams {
        chunks_per_record: 3,
        source_records_per_segment: 5,
        ..unit()
    };
    let piece = vec![0; params.piece_size()];
    assert_eq!(
        verify_piece(&params, &piece, &SegmentRoot::default(), 0),
        Err(PieceError::Params(LeafCountError { leaf_count: 3 }))
    );
}
