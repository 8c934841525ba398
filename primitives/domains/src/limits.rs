//! How much fits: limits of the protocol, and those of a domain's bundles.
//!
//! A receipt of the fullest block fits a bundle, and six such bundles fit a consensus block, because a receipt that
//! cannot be included would halt its domain for ever.

use autonomys_core_primitives::Fraction;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::Weight;

/// Most transactions in a bundle.
pub const MAX_BUNDLE_EXTRINSICS: u32 = 2_048;

/// Most bundles of a domain in a consensus block.
pub const MAX_BUNDLES_PER_BLOCK: u32 = 100;

/// Most transactions in all bundles of a domain in a consensus block: six full bundles.
pub const MAX_BLOCK_EXTRINSICS: u32 = 6 * MAX_BUNDLE_EXTRINSICS;

/// Most inherents in a domain block.
pub const MAX_INHERENTS: u32 = 16;

/// State roots in the shortest trace: after initialisation, one inherent, finalisation.
pub const MIN_TRACE_LENGTH: u32 = 3;

/// State roots in the longest trace: after initialisation, each extrinsic, finalisation.
pub const MAX_TRACE_LENGTH: u32 = MAX_INHERENTS + MAX_BLOCK_EXTRINSICS + 2;

/// Most chains that money moves to, or from, in one domain block.
pub const MAX_CHAINS: u32 = 128;

/// Longest encoded receipt in bytes.
pub const MAX_RECEIPT_SIZE: u32 = {
    let fixed = 1 + 4 * 3 + 32 * 5;
    let bundles = 2 + MAX_BUNDLES_PER_BLOCK * (1 + 32 + 32);
    let trace = 2 + 32 * MAX_TRACE_LENGTH;
    let amounts = 2 + MAX_CHAINS * (1 + 4 + 16);
    fixed + bundles + trace + 3 * 16 + 5 * amounts
};

/// Most levels of nesting in an extrinsic that a domain's runtime decodes.
pub const MAX_EXTRINSIC_DEPTH: u32 = 10;

/// Longest call, in bytes, that the consensus chain's Root has a domain execute.
pub const MAX_SUDO_CALL_SIZE: u32 = 64 * 1024;

/// Longest name of a domain in bytes.
pub const MAX_DOMAIN_NAME_LENGTH: u32 = 32;

/// Most accounts that a domain starts with.
pub const MAX_INITIAL_ACCOUNTS: u32 = 10;

/// Largest bundle that a domain may be given, in bytes: the receipts of full blocks must not crowd each other out.
const LARGEST_SIXTH_OF_A_BLOCK: u32 = 3_932_160 / 6;
const _: () = assert!(
    MAX_RECEIPT_SIZE + 1024 < LARGEST_SIXTH_OF_A_BLOCK,
    "the receipt of a full block must fit a bundle, six of which fit 75 % of a consensus block of 5 MiB"
);

/// What a bundle of a domain may be at most.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct BundleLimits {
    /// Bytes of the encoded bundle, receipt included.
    pub max_size: u32,
    /// Declared weight.
    pub max_weight: Weight,
}

impl BundleLimits {
    /// The limits that fill a domain block of at most `block_size` bytes and `block_weight` with as many bundles as are
    /// expected in a consensus block: ⌊bundles per slot ⁄ blocks per slot⌋, at least one. They divide size and reference time;
    /// the proof size of a bundle is that of a block. `None` if a probability is not above zero.
    pub fn for_block(
        block_size: u32,
        block_weight: Weight,
        bundles_per_slot: Fraction,
        blocks_per_slot: Fraction,
    ) -> Option<Self> {
        if bundles_per_slot.numerator == 0 {
            return None;
        }
        let expected_bundles = product(bundles_per_slot.numerator, blocks_per_slot.denominator)
            .checked_div(product(
                bundles_per_slot.denominator,
                blocks_per_slot.numerator,
            ))?
            .max(1);
        Some(Self {
            max_size: u64::from(block_size)
                .checked_div(u64::try_from(expected_bundles).unwrap_or(u64::MAX))?
                .try_into()
                .ok()?,
            max_weight: Weight::from_parts(
                block_weight
                    .ref_time()
                    .checked_div(u64::try_from(expected_bundles).unwrap_or(u64::MAX))?,
                block_weight.proof_size(),
            ),
        })
    }
}

/// The product of two 64-bit integers always fits 128 bits.
fn product(a: u64, b: u64) -> u128 {
    u128::from(a).saturating_mul(u128::from(b))
}

#[cfg(test)]
mod tests;
