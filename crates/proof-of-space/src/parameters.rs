//! The parameter K and what follows from it.

use crate::X_VALUES;

/// Bits of y beyond K.
pub(crate) const EXTRA_BITS: u32 = 6;

/// Number of tables.
pub(crate) const TABLES: usize = 7;

/// Metadata of an entry of tables 1 to 7, in units of K bits.
pub(crate) const METADATA_UNITS: [u32; TABLES] = [1, 2, 4, 4, 3, 2, 0];

/// The space parameter: a table has about 2^K entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct K(u8);

/// A value of K for which there are no tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "proof of space is not defined for K = {k}, so there are no tables; take K from {min} to {max}",
    min = K::MIN.get(),
    max = K::MAX.get()
)]
pub struct KError {
    /// The value asked for.
    pub k: u8,
}

impl K {
    /// The smallest value, 15.
    pub const MIN: Self = Self(15);
    /// The greatest value, 25.
    pub const MAX: Self = Self(25);

    /// Checks that there are tables for `k`.
    ///
    /// # Errors
    ///
    /// [`KError`] unless `k` is from 15 to 25.
    pub const fn new(k: u8) -> Result<Self, KError> {
        if k < Self::MIN.0 || k > Self::MAX.0 {
            return Err(KError { k });
        }
        Ok(Self(k))
    }

    /// The value.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Length of a proof in bytes: 64 values of K bits.
    #[must_use]
    pub const fn proof_size(self) -> usize {
        X_VALUES * self.0 as usize / 8
    }

    /// Number of challenges, and of entries of table 1: 2^K.
    #[must_use]
    pub const fn challenges(self) -> u32 {
        1 << self.0
    }

    pub(crate) const fn bits(self) -> u32 {
        self.0 as u32
    }

    /// Bits of a y.
    pub(crate) const fn y_bits(self) -> u32 {
        self.bits() + EXTRA_BITS
    }
}
