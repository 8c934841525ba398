//! What is kept of a sector apart from it, and what a sector keeps of each record.

#[cfg(test)]
mod tests;

use crate::checksum::{checked, checksum};
use crate::layout::{CHECKSUM_SIZE, SectorLayout};
use autonomys_core_primitives::{HistorySize, MerkleNode, RecordRoot, SBucket, SectorIndex};

/// S-buckets between two offsets that [`SectorMetadata`] keeps, so that the offset of any is a short sum.
const OFFSET_INTERVAL: usize = 64;

/// Why bytes are not the metadata of a sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SectorMetadataError {
    /// The length is not that of the parameters.
    #[error("metadata of a sector has {expected} bytes, not {actual}")]
    Size {
        /// By the parameters.
        expected: usize,
        /// What was given.
        actual: usize,
    },
    /// The bytes are not those that were written.
    #[error("metadata of the sector does not have its checksum")]
    Checksum,
    /// The values cannot be those of a sector of this network.
    #[error("metadata of the sector contradicts the parameters of the network: {0}")]
    Content(&'static str),
}

/// Metadata of a sector, without which it cannot be audited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorMetadata {
    sector_index: SectorIndex,
    history_size: HistorySize,
    sector_checksum: [u8; CHECKSUM_SIZE],
    /// Chunks in each s-bucket.
    s_bucket_sizes: Box<[u16]>,
    /// Chunks before every [`OFFSET_INTERVAL`]th s-bucket.
    chunks_before: Box<[u32]>,
}

impl SectorMetadata {
    /// Metadata of a sector that has just been plotted. `s_bucket_sizes` are consistent.
    pub(crate) fn new(
        sector_index: SectorIndex,
        history_size: HistorySize,
        sector_checksum: [u8; CHECKSUM_SIZE],
        s_bucket_sizes: Vec<u16>,
    ) -> Self {
        let mut sum = 0u32;
        let chunks_before = s_bucket_sizes
            .chunks(OFFSET_INTERVAL)
            .map(|sizes| {
                let before = sum;
                // A sector has fewer than 2^32 chunks
                sum = sizes
                    .iter()
                    .fold(sum, |sum, &size| sum.saturating_add(u32::from(size)));
                before
            })
            .collect();
        Self {
            sector_index,
            history_size,
            sector_checksum,
            s_bucket_sizes: s_bucket_sizes.into(),
            chunks_before,
        }
    }

    /// Number of the sector in its farm.
    pub fn sector_index(&self) -> SectorIndex {
        self.sector_index
    }

    /// Size of history when the sector was plotted.
    pub fn history_size(&self) -> HistorySize {
        self.history_size
    }

    /// Checksum at the end of the sector.
    pub fn sector_checksum(&self) -> &[u8; CHECKSUM_SIZE] {
        &self.sector_checksum
    }

    /// Chunks in the sector.
    pub fn chunk_count(&self) -> u64 {
        self.s_bucket_sizes
            .iter()
            .map(|&size| u64::from(size))
            .sum()
    }

    /// Chunks in each s-bucket.
    pub(crate) fn s_bucket_sizes(&self) -> &[u16] {
        &self.s_bucket_sizes
    }

    /// The chunks before those of `s_bucket`, and how many it has; nothing beyond the last s-bucket.
    pub(crate) fn s_bucket(&self, s_bucket: SBucket) -> (u64, usize) {
        let s_bucket = usize::from(s_bucket);
        let start = s_bucket - s_bucket % OFFSET_INTERVAL;
        let before = self
            .chunks_before
            .get(s_bucket / OFFSET_INTERVAL)
            .copied()
            .unwrap_or(0);
        let offset = self
            .s_bucket_sizes
            .get(start..s_bucket)
            .unwrap_or(&[])
            .iter()
            .fold(u64::from(before), |sum, &size| sum + u64::from(size));
        let size = self.s_bucket_sizes.get(s_bucket).copied().unwrap_or(0);
        (offset, usize::from(size))
    }

    /// The bytes that the crate documentation describes.
    pub fn to_bytes(&self, layout: &SectorLayout) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(layout.sector_metadata_size());
        bytes.extend_from_slice(&self.sector_index.to_le_bytes());
        bytes.extend_from_slice(&layout.params().pieces_in_sector.to_le_bytes());
        bytes.extend_from_slice(&self.history_size.get().to_le_bytes());
        bytes.extend_from_slice(&self.sector_checksum);
        for size in &self.s_bucket_sizes {
            bytes.extend_from_slice(&size.to_le_bytes());
        }
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// Reads the metadata of sector `sector_index` from bytes of a disk.
    ///
    /// # Errors
    ///
    /// [`SectorMetadataError`] unless they are what [`Self::to_bytes`] gave for that sector under these parameters.
    pub fn from_bytes(
        layout: &SectorLayout,
        sector_index: SectorIndex,
        bytes: &[u8],
    ) -> Result<Self, SectorMetadataError> {
        let expected = layout.sector_metadata_size();
        if bytes.len() != expected {
            return Err(SectorMetadataError::Size {
                expected,
                actual: bytes.len(),
            });
        }
        let mut rest = checked(bytes).ok_or(SectorMetadataError::Checksum)?;
        if u16::from_le_bytes(take(&mut rest)?) != sector_index {
            return Err(SectorMetadataError::Content("it is of another sector"));
        }
        let pieces_in_sector = u16::from_le_bytes(take(&mut rest)?);
        if pieces_in_sector != layout.params().pieces_in_sector {
            return Err(SectorMetadataError::Content(
                "the sector has another number of pieces",
            ));
        }
        let history_size = HistorySize::new(u64::from_le_bytes(take(&mut rest)?))
            .ok_or(SectorMetadataError::Content("history is empty"))?;
        let sector_checksum = take(&mut rest)?;
        let s_bucket_sizes: Vec<u16> = rest
            .as_chunks()
            .0
            .iter()
            .copied()
            .map(u16::from_le_bytes)
            .collect();
        if s_bucket_sizes.iter().any(|&size| size > pieces_in_sector) {
            return Err(SectorMetadataError::Content(
                "an s-bucket has more chunks than the sector has records",
            ));
        }
        let metadata = Self::new(sector_index, history_size, sector_checksum, s_bucket_sizes);
        let chunk_count = metadata.chunk_count();
        if chunk_count > layout.chunk_slots()
            || !chunk_count.is_multiple_of(layout.chunks_per_record() as u64)
        {
            return Err(SectorMetadataError::Content(
                "the s-buckets together do not hold whole records",
            ));
        }
        Ok(metadata)
    }
}

/// What a sector keeps of a record beside its chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordMetadata {
    pub(crate) record_root: RecordRoot,
    pub(crate) parity_chunks_root: MerkleNode,
    pub(crate) record_proof: Vec<MerkleNode>,
}

impl RecordMetadata {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.record_root.0, self.parity_chunks_root.0].concat();
        bytes.extend(self.record_proof.iter().flat_map(|node| node.0));
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// `None` unless the checksum is right.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (nodes, []) = checked(bytes)?.as_chunks::<{ MerkleNode::SIZE }>() else {
            return None;
        };
        let [record_root, parity_chunks_root, record_proof @ ..] = nodes else {
            return None;
        };
        Some(Self {
            record_root: RecordRoot(*record_root),
            parity_chunks_root: MerkleNode(*parity_chunks_root),
            record_proof: record_proof.iter().copied().map(MerkleNode).collect(),
        })
    }
}

/// Takes the next `N` bytes.
fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SectorMetadataError> {
    let (bytes, after) = rest
        .split_first_chunk()
        .ok_or(SectorMetadataError::Content("it is too short"))?;
    *rest = after;
    Ok(*bytes)
}
