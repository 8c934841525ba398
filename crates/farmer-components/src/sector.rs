//! A plotted sector, as it is read.

use crate::checksum::{checked, hasher};
use crate::contents::ContentsMap;
use crate::error::{SectorError, SectorPart};
use crate::layout::{CHECKSUM_SIZE, SectorLayout};
use crate::metadata::{RecordMetadata, SectorMetadata};
use crate::read_at::ReadAt;
use autonomys_core_primitives::{PieceOffset, PublicKey, SBucket, SectorId};

/// Bytes that scrubbing reads at a time.
const SCRUB_BLOCK: usize = 1024 * 1024;

/// A plotted sector.
///
/// `R` reads it, from offset 0 to [`SectorLayout::sector_size`]. Nothing that comes from there is trusted before it is
/// checked.
#[derive(Clone, Copy, Debug)]
pub struct Sector<'a, R> {
    pub(crate) layout: &'a SectorLayout,
    pub(crate) public_key: PublicKey,
    pub(crate) id: SectorId,
    pub(crate) metadata: &'a SectorMetadata,
    plot: R,
}

impl<'a, R: ReadAt> Sector<'a, R> {
    /// The sector with this metadata, in a farm of `public_key`.
    pub fn new(
        layout: &'a SectorLayout,
        public_key: &PublicKey,
        metadata: &'a SectorMetadata,
        plot: R,
    ) -> Self {
        Self {
            layout,
            public_key: *public_key,
            id: SectorId::new(public_key, metadata.sector_index(), metadata.history_size()),
            metadata,
            plot,
        }
    }

    /// Id of the sector.
    pub fn id(&self) -> &SectorId {
        &self.id
    }

    /// Metadata of the sector.
    pub fn metadata(&self) -> &'a SectorMetadata {
        self.metadata
    }

    pub(crate) fn read(&self, buffer: &mut [u8], offset: u64) -> Result<(), SectorError> {
        self.plot
            .read_at(buffer, offset)
            .map_err(|source| SectorError::Read {
                sector_index: self.metadata.sector_index(),
                offset,
                source,
            })
    }

    fn corrupt(&self, part: SectorPart, offset: u64) -> SectorError {
        SectorError::Checksum {
            sector_index: self.metadata.sector_index(),
            part,
            offset,
        }
    }

    /// Reads the contents map.
    pub(crate) fn read_contents(&self) -> Result<ContentsMap, SectorError> {
        let mut bytes = vec![0; self.layout.contents_map_size()];
        self.read(&mut bytes, 0)?;
        let length = checked(&bytes)
            .ok_or_else(|| self.corrupt(SectorPart::ContentsMap, 0))?
            .len();
        bytes.truncate(length);
        Ok(ContentsMap::new(self.layout, bytes))
    }

    /// Reads what is kept beside the chunks of a record of this sector.
    pub(crate) fn read_record_metadata(
        &self,
        piece_offset: PieceOffset,
    ) -> Result<RecordMetadata, SectorError> {
        let offset = self.layout.record_metadata_offset(piece_offset);
        let mut bytes = vec![0; self.layout.record_metadata_size()];
        self.read(&mut bytes, offset)?;
        RecordMetadata::from_bytes(&bytes)
            .ok_or_else(|| self.corrupt(SectorPart::RecordMetadata(piece_offset), offset))
    }

    /// Checks with one short read that the sector is the one its metadata was written for. Not that it is intact.
    ///
    /// # Errors
    ///
    /// [`SectorError::OtherContents`] if it is not; [`SectorError::Read`] if it cannot be read.
    pub fn check_written(&self) -> Result<(), SectorError> {
        let mut sector_checksum = [0; CHECKSUM_SIZE];
        self.read(&mut sector_checksum, self.layout.checksum_offset())?;
        if sector_checksum != *self.metadata.sector_checksum() {
            return Err(SectorError::OtherContents {
                sector_index: self.metadata.sector_index(),
            });
        }
        Ok(())
    }

    /// Reads the whole sector and checks that it is intact.
    ///
    /// # Errors
    ///
    /// The first part that is not, or that cannot be read.
    pub fn scrub(&self) -> Result<(), SectorError> {
        let sector_index = self.metadata.sector_index();
        self.check_written()?;

        let contents = self.read_contents()?;
        for piece_offset in self.layout.piece_offsets() {
            let chunks = contents.chunk_count(piece_offset);
            if chunks != 0 && chunks != self.layout.params().chunks_per_record {
                return Err(SectorError::RecordChunks {
                    sector_index,
                    piece_offset,
                    chunks,
                });
            }
            self.read_record_metadata(piece_offset)?;
        }
        let occupancy = contents.occupancy(self.layout.params().pieces_in_sector);
        for ((&size, &expected), s_bucket) in occupancy
            .iter()
            .zip(self.metadata.s_bucket_sizes())
            .zip(0..=SBucket::MAX)
        {
            if size != expected {
                return Err(SectorError::SBucketSize {
                    sector_index,
                    s_bucket,
                });
            }
        }

        let mut hasher = hasher();
        let mut block = vec![0; SCRUB_BLOCK];
        let mut offset = 0;
        while offset < self.layout.checksum_offset() {
            let rest = self.layout.checksum_offset() - offset;
            let length = usize::try_from(rest).map_or(SCRUB_BLOCK, |rest| rest.min(SCRUB_BLOCK));
            let block = &mut block[..length];
            self.read(block, offset)?;
            hasher.update(block);
            offset += length as u64;
        }
        if hasher.finalize().as_bytes() != self.metadata.sector_checksum() {
            return Err(self.corrupt(SectorPart::Sector, 0));
        }
        Ok(())
    }
}
