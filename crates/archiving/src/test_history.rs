//! Histories for tests, and archiving by definition: the oracle.

use crate::{Archiver, NewArchivedSegment};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    BlockNumber, ConsensusParams, LastArchivedBlock, Preset, SegmentHeader, SegmentHeaderHash,
    SegmentIndex, SegmentRoot,
};
use autonomys_merkle_tree::MerkleTree;
use codec::Encode;
use proptest::prelude::*;
use reed_solomon_simd::engine::Naive;
use reed_solomon_simd::rate::{HighRateEncoder, RateEncoder};
use std::collections::VecDeque;

/// The preset of unit tests: segments of 64 KiB.
pub(crate) fn unit() -> ConsensusParams {
    Preset::Unit.params(NetworkTag::default())
}

/// Segments of 2 KiB, four records of 16 chunks, so that many of them fit into a test.
pub(crate) fn tiny() -> ConsensusParams {
    ConsensusParams {
        chunks_per_record: 16,
        source_records_per_segment: 4,
        ..unit()
    }
}

/// A block of which every byte depends on its position and on the number of the block.
pub(crate) fn block(number: usize, length: usize) -> Vec<u8> {
    let mut state = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(0x5851_f42d_4c95_7f2d)
                .wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 56) as u8
        })
        .collect()
}

/// Blocks of these lengths.
pub(crate) fn blocks(lengths: &[usize]) -> Vec<Vec<u8>> {
    lengths
        .iter()
        .enumerate()
        .map(|(number, &length)| block(number, length))
        .collect()
}

/// Histories of blocks from one byte to several segments.
pub(crate) fn any_history(
    segment_size: usize,
    blocks: usize,
) -> impl Strategy<Value = Vec<Vec<u8>>> {
    let length = prop_oneof![
        4 => 1..segment_size / 8,
        2 => 1..20usize,
        1 => segment_size - 100..segment_size + 20,
        1 => 1..5 * segment_size + 1,
    ];
    prop::collection::vec(length, 1..blocks).prop_map(|lengths| self::blocks(&lengths))
}

/// Archives with the archiver.
pub(crate) fn archive(params: &ConsensusParams, blocks: &[Vec<u8>]) -> Vec<NewArchivedSegment> {
    let mut archiver = Archiver::new(params).unwrap();
    (0..)
        .zip(blocks)
        .flat_map(|(number, block)| archiver.add_block(number, block).unwrap())
        .collect()
}

/// An item of the definition: a variant with its content, and the block it is of.
struct Item {
    variant: u8,
    content: Vec<u8>,
    block: BlockNumber,
    /// Bytes of the block that come before.
    before: usize,
}

/// Archives by definition: all blocks become items at once, and segments are cut from the front.
pub(crate) fn archive_by_definition(
    params: &ConsensusParams,
    blocks: &[Vec<u8>],
) -> Vec<(SegmentHeader, Vec<Vec<u8>>)> {
    let size = params.segment_size();
    let mut items: VecDeque<Item> = (0..)
        .zip(blocks)
        .map(|(block, content)| Item {
            variant: 1,
            content: content.clone(),
            block,
            before: 0,
        })
        .collect();
    let mut segments: Vec<(SegmentHeader, Vec<Vec<u8>>)> = Vec::new();
    loop {
        let mut segment = Vec::new();
        if let Some((parent, _)) = segments.last() {
            segment.push(4);
            segment.extend_from_slice(&80u32.to_le_bytes());
            segment.extend_from_slice(&parent.encode());
        }
        let mut last_archived_block = None;
        while size - segment.len() >= 6 {
            let Some(mut item) = items.pop_front() else {
                return segments;
            };
            let mut partial_bytes = 0;
            let spill = (segment.len() + 5 + item.content.len()).saturating_sub(size);
            if spill > 0 {
                let rest = item.content.split_off(item.content.len() - spill);
                partial_bytes = item.before + item.content.len();
                items.push_front(Item {
                    variant: 3,
                    content: rest,
                    block: item.block,
                    before: partial_bytes,
                });
                if item.variant == 1 {
                    item.variant = 2;
                }
            }
            segment.push(item.variant);
            segment.extend_from_slice(&(item.content.len() as u32).to_le_bytes());
            segment.extend_from_slice(&item.content);
            last_archived_block = Some(LastArchivedBlock {
                number: item.block,
                partial_bytes: partial_bytes as u32,
            });
        }
        segment.resize(size, 0);
        let (pieces, segment_root) = pieces_by_definition(params, &segment);
        segments.push((
            SegmentHeader {
                segment_index: SegmentIndex(segments.len() as u64),
                segment_root,
                prev_segment_header_hash: segments
                    .last()
                    .map_or(SegmentHeaderHash::default(), |(header, _)| header.hash()),
                last_archived_block: last_archived_block.unwrap(),
            },
            pieces,
        ));
    }
}

/// Pieces by definition: naive erasure coding of whole records, and one tree over all chunks of an extended record.
fn pieces_by_definition(params: &ConsensusParams, segment: &[u8]) -> (Vec<Vec<u8>>, SegmentRoot) {
    let extend = |shards: Vec<Vec<u8>>| -> Vec<Vec<u8>> {
        let count = shards.len();
        let mut encoder =
            HighRateEncoder::new(count, count, shards[0].len(), Naive::new(), None).unwrap();
        for shard in &shards {
            encoder.add_original_shard(shard).unwrap();
        }
        let encoded = encoder.encode().unwrap();
        let parity: Vec<Vec<u8>> = encoded.recovery_iter().map(<[u8]>::to_vec).collect();
        [shards, parity].concat()
    };
    let cut = |bytes: &[u8], size| bytes.chunks_exact(size).map(<[u8]>::to_vec).collect();
    let tree = |leaves: &[Vec<u8>]| {
        let leaves: Vec<[u8; 32]> = leaves
            .iter()
            .map(|leaf| leaf.as_slice().try_into().unwrap())
            .collect();
        MerkleTree::new(&leaves).unwrap()
    };

    let records = extend(cut(segment, params.record_size()));
    let extended: Vec<Vec<Vec<u8>>> = records
        .iter()
        .map(|record| extend(cut(record, 32)))
        .collect();
    let segment_tree = tree(
        &extended
            .iter()
            .map(|chunks| tree(chunks).root().to_vec())
            .collect::<Vec<_>>(),
    );
    let pieces = records
        .into_iter()
        .zip(extended)
        .enumerate()
        .map(|(position, (mut piece, chunks))| {
            piece.extend_from_slice(&tree(&chunks[chunks.len() / 2..]).root());
            for sibling in segment_tree.proof(position).unwrap() {
                piece.extend_from_slice(&*sibling);
            }
            piece
        })
        .collect();
    (pieces, SegmentRoot(segment_tree.root()))
}
