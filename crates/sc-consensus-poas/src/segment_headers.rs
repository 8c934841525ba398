//! All segment headers this node has archived, and in which blocks they are due.
//!
//! Headers lie in the auxiliary database in batches of [`BATCH_SIZE`], under `poas/segment-headers/` ‖ u32 LE number of the
//! batch, and all of them in memory (80 bytes each). They are only ever appended: everything archived is final.
//!
//! # When a header comes on chain
//!
//! | Segment | Block |
//! |---|---|
//! | 0, the genesis block | 1 |
//! | any other | its last archived block + confirmation depth + 1 |
//!
//! Block `n − depth` is archived when block `n` becomes the best one, so the headers due in `n + 1` are known in time, and
//! the size of history at a height is a function of the headers alone.

#[cfg(test)]
mod tests;

use autonomys_core_primitives::{
    BlockNumber, HistorySize, SegmentHeader, SegmentHeaderHash, SegmentIndex,
};
use codec::{DecodeAll, Encode};
use parking_lot::RwLock;
use sc_client_api::AuxStore;
use std::ops::Range;
use std::sync::Arc;

/// Prefix of keys in the auxiliary database.
const KEY_PREFIX: &[u8] = b"poas/segment-headers/";
/// Headers under one key: appending one rewrites at most 20 KiB.
const BATCH_SIZE: usize = 256;

/// Why segment headers cannot be read or stored.
#[derive(Debug, thiserror::Error)]
pub enum SegmentHeadersError {
    /// The database failed.
    #[error(
        "segment headers cannot be read or stored: {0}; check the disk, and if the database is damaged, delete the chain with `purge-chain` and sync again"
    )]
    Database(#[from] sp_blockchain::Error),
    /// What is in the database is not a chain of headers.
    #[error(
        "segment header {segment_index} in the database is damaged ({reason}); delete the chain with `purge-chain` and sync again"
    )]
    Damaged {
        /// The header.
        segment_index: SegmentIndex,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header does not follow the last one.
    #[error(
        "segment header {segment_index} cannot be stored after {stored} headers ({reason}); the blocks in the database are not those that were archived before, so delete the chain with `purge-chain` and sync again"
    )]
    NotNext {
        /// The header.
        segment_index: SegmentIndex,
        /// Number of headers in the store.
        stored: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Store of all segment headers. Clones are the same store.
#[derive(Clone, Debug)]
pub struct SegmentHeaderStore {
    headers: Arc<RwLock<Vec<SegmentHeader>>>,
    confirmation_depth: BlockNumber,
}

impl SegmentHeaderStore {
    /// Reads the store from the database of a chain whose blocks are archived when they are `confirmation_depth` deep.
    pub fn open<Aux: AuxStore>(
        aux: &Aux,
        confirmation_depth: BlockNumber,
    ) -> Result<Self, SegmentHeadersError> {
        let mut headers = Vec::new();
        while let Some(bytes) = aux.get_aux(&key(headers.len()))? {
            let segment_index = index(headers.len());
            let damaged = |reason| SegmentHeadersError::Damaged {
                segment_index,
                reason,
            };
            let batch = Vec::<SegmentHeader>::decode_all(&mut &bytes[..])
                .map_err(|_| damaged("it cannot be decoded"))?;
            if batch.is_empty() || batch.len() > BATCH_SIZE {
                return Err(damaged("its batch has a wrong length"));
            }
            let is_last = batch.len() < BATCH_SIZE;
            for header in batch {
                check_next(headers.last(), &header).map_err(|reason| {
                    SegmentHeadersError::Damaged {
                        segment_index: header.segment_index,
                        reason,
                    }
                })?;
                headers.push(header);
            }
            if is_last {
                break;
            }
        }
        Ok(Self {
            headers: Arc::new(RwLock::new(headers)),
            confirmation_depth,
        })
    }

    /// Appends headers. Those that are stored already are left as they are, but must be the same.
    pub fn append<Aux: AuxStore>(
        &self,
        aux: &Aux,
        new: &[SegmentHeader],
    ) -> Result<(), SegmentHeadersError> {
        let mut headers = self.headers.write();
        let stored = headers.len();
        let not_next = |header: &SegmentHeader, reason| SegmentHeadersError::NotNext {
            segment_index: header.segment_index,
            stored,
            reason,
        };
        let mut next = headers.clone();
        for header in new {
            match position(header.segment_index).and_then(|position| next.get(position)) {
                Some(known) if known == header => {}
                Some(_) => return Err(not_next(header, "another one is stored")),
                None => {
                    check_next(next.last(), header).map_err(|reason| not_next(header, reason))?;
                    next.push(*header);
                }
            }
        }
        if next.len() == stored {
            return Ok(());
        }
        let first_batch = stored / BATCH_SIZE * BATCH_SIZE;
        let batches: Vec<(Vec<u8>, Vec<u8>)> = next
            .chunks(BATCH_SIZE)
            .enumerate()
            .map(|(batch, headers)| (batch.saturating_mul(BATCH_SIZE), headers))
            .filter(|(start, _)| *start >= first_batch)
            .map(|(start, headers)| (key(start), headers.encode()))
            .collect();
        let insert: Vec<(&[u8], &[u8])> = batches
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
            .collect();
        aux.insert_aux(&insert, &[])?;
        *headers = next;
        Ok(())
    }

    /// The store as it would be with these headers, which follow those in it. In memory only, and apart from this store.
    pub fn with_headers(&self, ahead: &[SegmentHeader]) -> Self {
        let headers = self.headers.read();
        Self {
            headers: Arc::new(RwLock::new([headers.as_slice(), ahead].concat())),
            confirmation_depth: self.confirmation_depth,
        }
    }

    /// Number of headers.
    pub fn len(&self) -> usize {
        self.headers.read().len()
    }

    /// Whether nothing is archived yet, not even genesis.
    pub fn is_empty(&self) -> bool {
        self.headers.read().is_empty()
    }

    /// The newest header.
    pub fn last(&self) -> Option<SegmentHeader> {
        self.headers.read().last().copied()
    }

    /// Up to `limit` newest headers, oldest first.
    pub fn last_headers(&self, limit: usize) -> Vec<SegmentHeader> {
        let headers = self.headers.read();
        headers
            .get(headers.len().saturating_sub(limit)..)
            .unwrap_or_default()
            .to_vec()
    }

    /// The header of a segment.
    pub fn get(&self, segment_index: SegmentIndex) -> Option<SegmentHeader> {
        self.headers.read().get(position(segment_index)?).copied()
    }

    /// The newest header that `accept` accepts.
    pub fn rfind(&self, mut accept: impl FnMut(&SegmentHeader) -> bool) -> Option<SegmentHeader> {
        self.headers
            .read()
            .iter()
            .rev()
            .find(|header| accept(header))
            .copied()
    }

    /// The headers that block `number` brings on chain, oldest first.
    ///
    /// Complete once block `number` − confirmation depth − 1 is archived.
    pub fn segment_headers_for_block(&self, number: BlockNumber) -> Vec<SegmentHeader> {
        let headers = self.headers.read();
        headers
            .get(self.due_range(&headers, number))
            .unwrap_or_default()
            .to_vec()
    }

    /// Size of history in the state of block `number`: the segments that it or a block before it brings on chain, and at
    /// least the genesis segment.
    ///
    /// Complete once block `number` − confirmation depth − 1 is archived.
    pub fn history_size(&self, number: BlockNumber) -> HistorySize {
        let headers = self.headers.read();
        let Range { end, .. } = self.due_range(&headers, number);
        u64::try_from(end)
            .ok()
            .and_then(HistorySize::new)
            .unwrap_or(HistorySize::ONE)
    }

    /// Positions of the headers that are due in block `number`. Due blocks never decrease, so they are found by bisection.
    fn due_range(&self, headers: &[SegmentHeader], number: BlockNumber) -> Range<usize> {
        let start = headers.partition_point(|header| self.due_block(header) < number);
        let end = headers.partition_point(|header| self.due_block(header) <= number);
        start..end
    }

    /// The block that brings the header on chain.
    fn due_block(&self, header: &SegmentHeader) -> BlockNumber {
        match header.segment_index {
            SegmentIndex(0) => 1,
            _ => header
                .last_archived_block
                .number
                .saturating_add(self.confirmation_depth)
                .saturating_add(1),
        }
    }
}

/// Checks that `header` follows `last`.
fn check_next(last: Option<&SegmentHeader>, header: &SegmentHeader) -> Result<(), &'static str> {
    let (expected_index, expected_hash) = match last {
        None => (Some(SegmentIndex(0)), SegmentHeaderHash::default()),
        Some(last) => (last.segment_index.next(), last.hash()),
    };
    if expected_index != Some(header.segment_index) {
        return Err("its index does not follow");
    }
    if header.prev_segment_header_hash != expected_hash {
        return Err("it does not name the header before it");
    }
    if last.is_some_and(|last| header.last_archived_block.number < last.last_archived_block.number)
    {
        return Err("its last block is older than that of the header before it");
    }
    Ok(())
}

fn key(first_position: usize) -> Vec<u8> {
    // 2^32 batches of headers do not fit into memory.
    let batch = u32::try_from(first_position / BATCH_SIZE).unwrap_or(u32::MAX);
    [KEY_PREFIX, &batch.to_le_bytes()].concat()
}

fn index(position: usize) -> SegmentIndex {
    SegmentIndex(u64::try_from(position).unwrap_or(u64::MAX))
}

fn position(segment_index: SegmentIndex) -> Option<usize> {
    usize::try_from(segment_index.0).ok()
}
