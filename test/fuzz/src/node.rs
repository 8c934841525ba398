//! What a node reads from its peers' gossip and from its own database.

use crate::input::Input;
use autonomys_core_primitives::{BlockNumber, SegmentHeader, SegmentHeaderHash, SegmentIndex};
use autonomys_runtime_primitives::Hash;
use autonomys_runtime_primitives::opaque::Block;
use codec::{DecodeAll, Encode};
use sc_client_api::AuxStore;
use sc_client_api::in_mem::Blockchain;
use sc_consensus_poas::SegmentHeaderStore;
use sc_consensus_poas::aux_schema::{store_weight, total_weight};
use sc_proof_of_time::PotSlotInfo;

/// The auxiliary database of a node.
type Database = Blockchain<Block>;

fn write(database: &Database, key: &[u8], record: &[u8]) {
    database
        .insert_aux(&[(key, record)], &[])
        .expect("memory can be written");
}

fn read(database: &Database, key: &[u8]) -> Option<Vec<u8>> {
    database.get_aux(key).expect("memory can be read")
}

/// The message of a peer with a slot and its proof of time. All bytes of the right length are one, unless they say zero
/// iterations.
pub fn proof_of_time_message(data: &[u8]) -> bool {
    match PotSlotInfo::decode_message(data) {
        Ok(info) => {
            assert_eq!(info.encode(), data);
            assert_eq!(PotSlotInfo::new(info.input(), info.checkpoints), info);
            true
        }
        Err(error) => {
            assert!(data.len() != PotSlotInfo::ENCODED_SIZE || data[24..28] == [0; 4]);
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// The height whose record [`chain_weights`] reads.
const HEIGHT: BlockNumber = 7;

fn weights_key() -> Vec<u8> {
    [&b"poas/weights/"[..], &HEIGHT.to_le_bytes()].concat()
}

/// A hash, a weight, and the record with the weights of all chains of a height. When they are added to it, nothing else
/// in it changes.
pub fn chain_weights(data: &[u8]) -> bool {
    let mut input = Input(data);
    let hash = Hash::from(input.array::<32>());
    let weight = u128::from_le_bytes(input.array());
    let database = Database::new();
    write(&database, &weights_key(), input.0);

    let known = Vec::<(Hash, u128)>::decode_all(&mut &*input.0);
    let found = total_weight(&database, HEIGHT, hash);
    if let Err(error) = &found {
        assert!(!error.to_string().is_empty());
    }
    let Ok(mut weights) = known else {
        assert!(found.is_err());
        assert!(store_weight(&database, HEIGHT, hash, weight, 0).is_err());
        return false;
    };
    let entry = weights.iter().find(|(known, _)| *known == hash);
    assert_eq!(found.ok(), entry.map(|(_, weight)| *weight));

    weights.retain(|(known, _)| *known != hash);
    weights.push((hash, weight));
    let stored = store_weight(&database, HEIGHT, hash, weight, 0).expect("the record can be read");
    assert_eq!(stored, [(weights_key(), Some(weights.encode()))]);
    true
}

/// Blocks after which a block is archived.
const CONFIRMATION_DEPTH: BlockNumber = 5;

/// Headers in a record.
const HEADERS_PER_RECORD: usize = 256;

/// Bytes of a record that is full: a compact length of two bytes and the headers.
const FULL_RECORD: usize = 2 + HEADERS_PER_RECORD * SegmentHeader::ENCODED_SIZE;

fn headers_key(number: u32) -> Vec<u8> {
    [&b"poas/segment-headers/"[..], &number.to_le_bytes()].concat()
}

/// Flags, then the records of a store of segment headers, all but the last as long as a full one. Indices and hashes are
/// made those of a chain if the first byte is odd.
///
/// What can be read is a chain of headers, which is written the same, and the last of them comes on chain when it is due.
pub fn segment_header_store(data: &[u8]) -> bool {
    let mut input = Input(data);
    let flags = input.u8();
    let mut records: Vec<Vec<u8>> = input.0.chunks(FULL_RECORD).map(<[u8]>::to_vec).collect();
    if flags % 2 == 1 {
        chain(&mut records);
    }
    let database = Database::new();
    for (number, record) in (0..).zip(&records) {
        write(&database, &headers_key(number), record);
    }
    let store = match SegmentHeaderStore::open(&database, CONFIRMATION_DEPTH) {
        Ok(store) => store,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };

    let headers = store.last_headers(usize::MAX);
    let copy = Database::new();
    SegmentHeaderStore::open(&copy, CONFIRMATION_DEPTH)
        .and_then(|store| store.append(&copy, &headers))
        .expect("the headers are a chain");
    for (number, record) in (0..).zip(&records) {
        assert_eq!(read(&copy, &headers_key(number)).as_ref(), Some(record));
    }
    if let Some(last) = headers.last() {
        let due = match last.segment_index {
            SegmentIndex(0) => 1,
            _ => last
                .last_archived_block
                .number
                .saturating_add(CONFIRMATION_DEPTH + 1),
        };
        assert_eq!(store.segment_headers_for_block(due).last(), Some(last));
        assert_eq!(store.history_size(due).get(), headers.len() as u64);
    }
    true
}

/// Makes indices and hashes of the headers in all records that can be read those of a chain.
fn chain(records: &mut [Vec<u8>]) {
    let mut indices = (0..).map(SegmentIndex);
    let mut last_hash = SegmentHeaderHash::default();
    for record in records {
        let Ok(mut headers) = Vec::<SegmentHeader>::decode_all(&mut &record[..]) else {
            continue;
        };
        for (header, index) in headers.iter_mut().zip(&mut indices) {
            header.segment_index = index;
            header.prev_segment_header_hash = last_hash;
            last_hash = header.hash();
        }
        *record = headers.encode();
    }
}

pub(crate) mod seeds {
    use super::*;
    use autonomys_core_primitives::pot::PotSlotInput;
    use autonomys_core_primitives::{
        LastArchivedBlock, PotCheckpoints, PotOutput, PotSeed, SegmentRoot, SlotNumber,
    };
    use std::num::NonZeroU32;

    pub(crate) fn proof_of_time_message() -> Vec<Vec<u8>> {
        [(1, 16), (SlotNumber::MAX, u32::MAX)]
            .into_iter()
            .filter_map(|(slot, iterations)| {
                let input = PotSlotInput {
                    slot,
                    iterations: NonZeroU32::new(iterations)?,
                    seed: PotSeed([2; 16]),
                };
                let checkpoints = PotCheckpoints([PotOutput([3; 16]); PotCheckpoints::COUNT]);
                Some(PotSlotInfo::new(input, checkpoints).encode())
            })
            .collect()
    }

    pub(crate) fn chain_weights() -> Vec<Vec<u8>> {
        let database = Database::new();
        let mut seeds = Vec::new();
        for fork in 1..=3 {
            let hash = Hash::repeat_byte(fork);
            let stored = store_weight(&database, HEIGHT, hash, u128::from(fork) << 64, 0)
                .expect("the record can be read");
            for (key, record) in stored {
                let record = record.expect("nothing is below genesis");
                write(&database, &key, &record);
                seeds.push([&hash.0[..], &[0; 16], &record].concat());
            }
        }
        seeds
    }

    pub(crate) fn segment_header_store() -> Vec<Vec<u8>> {
        let mut headers: Vec<SegmentHeader> = Vec::new();
        for index in 0..HEADERS_PER_RECORD as u64 + 4 {
            headers.push(SegmentHeader {
                segment_index: SegmentIndex(index),
                segment_root: SegmentRoot([4; 32]),
                prev_segment_header_hash: headers
                    .last()
                    .map_or(SegmentHeaderHash::default(), SegmentHeader::hash),
                last_archived_block: LastArchivedBlock {
                    number: 9,
                    partial_bytes: 10,
                },
            });
        }
        [1, 3, headers.len()]
            .into_iter()
            .flat_map(|length| {
                let database = Database::new();
                SegmentHeaderStore::open(&database, CONFIRMATION_DEPTH)
                    .and_then(|store| store.append(&database, &headers[..length]))
                    .expect("the headers are a chain");
                let records: Vec<_> = (0..)
                    .map_while(|number| read(&database, &headers_key(number)))
                    .flatten()
                    .collect();
                [0, 1].map(|flags| [&[flags], &records[..]].concat())
            })
            .collect()
    }
}
