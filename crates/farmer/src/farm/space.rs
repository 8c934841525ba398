//! How the size of a farm is divided between its files.

use autonomys_core_primitives::SectorIndex;
use autonomys_farmer_components::{CHECKSUM_SIZE, SectorLayout};

/// Everything on disk begins at a multiple of this, so that no write touches two things.
const ALIGNMENT: u64 = 4096;

/// For identity and description, generously.
const FIXED: u64 = 2 * ALIGNMENT;

/// Share of a farm that caches pieces: one hundredth.
const CACHE_DIVISOR: u64 = 100;

/// Division of the size of a farm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Number of sectors.
    pub sectors: u16,
    /// Bytes from one sector to the next in `plot.bin`.
    pub sector_slot: u64,
    /// Bytes from the metadata of one sector to that of the next in `metadata.bin`.
    pub metadata_slot: u64,
    /// Bytes from one piece to the next in `piece_cache.bin`.
    pub cache_slot: u64,
    /// Number of pieces in the cache.
    pub cached_pieces: u64,
}

impl Space {
    /// Divides `size` bytes: one hundredth caches pieces, the rest is sectors with their metadata.
    pub fn new(layout: &SectorLayout, size: u64) -> Self {
        let space = Self::of_layout(layout);
        let cache = size / CACHE_DIVISOR;
        let sectors = size
            .saturating_sub(FIXED)
            .saturating_sub(cache)
            .checked_div(space.sector_slot + space.metadata_slot)
            .unwrap_or(0);
        Self {
            // The last index is not used, so that the number of sectors fits as well
            sectors: u16::try_from(sectors).unwrap_or(SectorIndex::MAX),
            cached_pieces: cache.checked_div(space.cache_slot).unwrap_or(0),
            ..space
        }
    }

    /// The least size that has `sectors` sectors.
    pub(crate) fn size_of_sectors(layout: &SectorLayout, sectors: u16) -> u64 {
        let space = Self::of_layout(layout);
        let used = FIXED + u64::from(sectors) * (space.sector_slot + space.metadata_slot);
        // size − ⌊size/100⌋ ≥ used
        let size = used.saturating_mul(CACHE_DIVISOR) / (CACHE_DIVISOR - 1);
        (size..)
            .find(|size| size - size / CACHE_DIVISOR >= used)
            .unwrap_or(size)
    }

    /// Bytes of `plot.bin`.
    pub fn plot_size(&self) -> u64 {
        self.sector_offset(self.sectors)
    }

    /// Bytes of `metadata.bin`.
    pub fn metadata_size(&self) -> u64 {
        self.metadata_offset(self.sectors)
    }

    /// Bytes of `piece_cache.bin`.
    pub fn cache_size(&self) -> u64 {
        self.cached_pieces * self.cache_slot
    }

    /// Where a sector begins in `plot.bin`.
    pub fn sector_offset(&self, sector_index: SectorIndex) -> u64 {
        u64::from(sector_index) * self.sector_slot
    }

    /// Where the metadata of a sector begins in `metadata.bin`.
    pub fn metadata_offset(&self, sector_index: SectorIndex) -> u64 {
        u64::from(sector_index) * self.metadata_slot
    }

    fn of_layout(layout: &SectorLayout) -> Self {
        let align = |size: u64| size.next_multiple_of(ALIGNMENT);
        Self {
            sectors: 0,
            sector_slot: align(layout.sector_size()),
            metadata_slot: align(layout.sector_metadata_size() as u64),
            cache_slot: align((8 + layout.params().piece_size() + CHECKSUM_SIZE) as u64),
            cached_pieces: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autonomys_core_primitives::Preset;
    use autonomys_core_primitives::params::NetworkTag;

    fn layout(preset: Preset) -> SectorLayout {
        SectorLayout::new(preset.params(NetworkTag::default())).unwrap()
    }

    #[test]
    fn nothing_takes_more_than_the_size() {
        for preset in Preset::ALL {
            let layout = layout(preset);
            for size in [
                0,
                1,
                100_000,
                1 << 20,
                17 << 20,
                1 << 30,
                1 << 40,
                u64::MAX / 128,
            ] {
                let space = Space::new(&layout, size);
                let used = space.plot_size() + space.metadata_size() + space.cache_size();
                assert!(used <= size, "{preset:?} {size}");
            }
        }
    }

    #[test]
    fn the_size_of_a_number_of_sectors_has_that_number_and_one_byte_less_has_not() {
        for preset in Preset::ALL {
            let layout = layout(preset);
            for sectors in [1, 2, 16, 32, 1000, u16::MAX] {
                let size = Space::size_of_sectors(&layout, sectors);
                assert_eq!(Space::new(&layout, size).sectors, sectors);
                assert_eq!(Space::new(&layout, size - 1).sectors, sectors - 1);
            }
        }
    }

    #[test]
    fn the_embedded_farms_are_as_small_as_documented() {
        assert!(Space::size_of_sectors(&layout(Preset::Dev), 32) < 17 << 20);
        assert!(Space::size_of_sectors(&layout(Preset::Fast), 16) < 1_250_000);
    }
}
