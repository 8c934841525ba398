//! Where everything is in a sector and in its metadata. The crate documentation has the tables.

use autonomys_core_primitives::params::ParamsError;
use autonomys_core_primitives::{Chunk, ConsensusParams, MerkleNode, PieceOffset};
use std::ops::Range;

/// Bytes of a checksum.
pub const CHECKSUM_SIZE: usize = 32;

/// Offsets and lengths of all parts of a sector, computed once from parameters that have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectorLayout {
    params: ConsensusParams,
}

impl SectorLayout {
    /// Checks `params`.
    ///
    /// # Errors
    ///
    /// [`ParamsError`] if they cannot be those of a chain.
    pub fn new(params: ConsensusParams) -> Result<Self, ParamsError> {
        params.validate()?;
        Ok(Self { params })
    }

    /// The parameters.
    pub fn params(&self) -> &ConsensusParams {
        &self.params
    }

    /// Pieces in a sector.
    pub fn pieces(&self) -> usize {
        usize::from(self.params.pieces_in_sector)
    }

    /// The offsets of all pieces of a sector.
    pub fn piece_offsets(&self) -> Range<PieceOffset> {
        0..self.params.pieces_in_sector
    }

    /// Chunks of a record that is not erasure coded, which is what a sector stores of each.
    pub fn chunks_per_record(&self) -> usize {
        self.params.chunks_per_record as usize
    }

    /// Chunks of an erasure-coded record.
    pub fn s_buckets(&self) -> usize {
        self.params.s_buckets() as usize
    }

    /// Bytes of the bitmap of one record: one bit for each s-bucket, lowest bit of the first byte first.
    pub fn bitmap_size(&self) -> usize {
        self.s_buckets().div_ceil(8)
    }

    /// Bytes of the contents map: the bitmaps of all records and their checksum.
    pub fn contents_map_size(&self) -> usize {
        self.pieces() * self.bitmap_size() + CHECKSUM_SIZE
    }

    /// Where the chunks begin.
    pub fn chunks_offset(&self) -> u64 {
        self.contents_map_size() as u64
    }

    /// Chunks that a sector has room for.
    pub fn chunk_slots(&self) -> u64 {
        self.pieces() as u64 * self.chunks_per_record() as u64
    }

    /// Bytes of the metadata of one record, with its checksum.
    pub fn record_metadata_size(&self) -> usize {
        MerkleNode::SIZE * (2 + self.params.record_proof_depth() as usize) + CHECKSUM_SIZE
    }

    /// Where the metadata of the record at `piece_offset` begins.
    pub fn record_metadata_offset(&self, piece_offset: PieceOffset) -> u64 {
        self.chunks_offset()
            + self.chunk_slots() * Chunk::SIZE as u64
            + u64::from(piece_offset) * self.record_metadata_size() as u64
    }

    /// Where the checksum of the sector is, which covers everything before it.
    pub fn checksum_offset(&self) -> u64 {
        self.record_metadata_offset(self.params.pieces_in_sector)
    }

    /// Bytes of a sector.
    pub fn sector_size(&self) -> u64 {
        self.checksum_offset() + CHECKSUM_SIZE as u64
    }

    /// Bytes of the metadata of a sector.
    pub fn sector_metadata_size(&self) -> usize {
        2 + 2 + 8 + CHECKSUM_SIZE + 2 * self.s_buckets() + CHECKSUM_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autonomys_core_primitives::params::NetworkTag;
    use autonomys_core_primitives::{Preset, params};

    fn layout(preset: Preset) -> SectorLayout {
        SectorLayout::new(preset.params(NetworkTag::default())).unwrap()
    }

    #[test]
    fn sizes_are_those_of_the_specification() {
        let main = layout(Preset::Main);
        assert_eq!(main.bitmap_size(), 8_192);
        assert_eq!(main.record_metadata_size(), 352);
        assert_eq!(main.sector_size(), 1_057_120_064);
        assert_eq!(main.sector_metadata_size(), 131_148);
        assert_eq!(layout(Preset::Dev).sector_size(), 532_544);
        assert_eq!(layout(Preset::Unit).sector_size(), 67_904);
    }

    #[test]
    fn the_largest_sector_that_parameters_allow_has_a_layout() {
        let layout = SectorLayout::new(params::ConsensusParams {
            pieces_in_sector: u16::MAX,
            ..Preset::Main.params(NetworkTag::default())
        })
        .unwrap();
        assert!(layout.sector_size() > 1 << 36);
    }

    #[test]
    fn broken_parameters_have_no_layout() {
        let mut params = Preset::Unit.params(NetworkTag::default());
        params.chunks_per_record = 3;
        assert_eq!(
            SectorLayout::new(params),
            Err(ParamsError::ChunksPerRecord(3))
        );
    }
}
