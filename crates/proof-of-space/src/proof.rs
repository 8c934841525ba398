//! A proof as bytes.

use crate::X_VALUES;
use crate::bits;
use crate::parameters::K;
use core::fmt;
use core::ops::Deref;

/// A proof of space: 64 values of K bits, packed big-endian. Dereferences to its K × 8 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Proof {
    bytes: [u8; K::MAX.proof_size()],
    size: usize,
}

impl Proof {
    pub(crate) fn new(k: K, x_values: &[u32; X_VALUES]) -> Self {
        let mut bytes = [0; K::MAX.proof_size()];
        bits::pack(k, x_values, &mut bytes);
        Self {
            bytes,
            size: k.proof_size(),
        }
    }
}

impl Deref for Proof {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.size]
    }
}

impl AsRef<[u8]> for Proof {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Proof(")?;
        for byte in self.iter() {
            write!(formatter, "{byte:02x}")?;
        }
        formatter.write_str(")")
    }
}
