//! Whether a bundle is valid, and if not, for which one reason.
//!
//! A bundle that is on chain can still hold what must not be executed. Whoever derives the domain block leaves such a
//! bundle out, and its receipt says why. A bundle can be bad in many ways at once, so the reasons have a total order
//! and the receipt names the first: then there is one true receipt.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::cmp::Ordering;
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use sp_core::U256;
use sp_runtime::Weight;
use sp_runtime::traits::{BlakeTwo256, Hash as _};

use crate::AccountId;

/// Why a bundle is invalid. The number is the position of the extrinsic in the bundle, from 0.
///
/// In SCALE the rank of the reason, then the position.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase", tag = "reason", content = "extrinsic")
)]
pub enum BundleInvalidity {
    /// The runtime of the domain cannot decode the extrinsic.
    #[codec(index = 1)]
    UndecodableTx(u32),
    /// The signer of the extrinsic is not in the transaction range of the bundle.
    #[codec(index = 2)]
    OutOfRangeTx(u32),
    /// The extrinsic is an inherent.
    #[codec(index = 3)]
    InherentExtrinsic(u32),
    /// The extrinsic brings a message whose proof fails. Reserved: no runtime has such extrinsics yet.
    #[codec(index = 4)]
    InvalidXdm(u32),
    /// The extrinsic may not be included after those before it, in the state of the parent block.
    #[codec(index = 5)]
    IllegalTx(u32),
    /// The declared weight is not the sum of the weights of the extrinsics.
    #[codec(index = 6)]
    InvalidBundleWeight,
}

impl BundleInvalidity {
    /// Place in the order of reasons: position × 2³² + rank. What concerns the whole bundle has position 2³² − 1.
    pub const fn order_key(&self) -> u64 {
        let (position, rank) = match *self {
            Self::UndecodableTx(position) => (position, 1),
            Self::OutOfRangeTx(position) => (position, 2),
            Self::InherentExtrinsic(position) => (position, 3),
            Self::InvalidXdm(position) => (position, 4),
            Self::IllegalTx(position) => (position, 5),
            Self::InvalidBundleWeight => (u32::MAX, 6),
        };
        (position as u64) << 32 | rank
    }

    /// The extrinsic that the reason names; `None` for the whole bundle.
    pub const fn extrinsic(&self) -> Option<u32> {
        match *self {
            Self::UndecodableTx(position)
            | Self::OutOfRangeTx(position)
            | Self::InherentExtrinsic(position)
            | Self::InvalidXdm(position)
            | Self::IllegalTx(position) => Some(position),
            Self::InvalidBundleWeight => None,
        }
    }
}

/// By [`BundleInvalidity::order_key`]: the least reason that applies is the one that a receipt names.
impl Ord for BundleInvalidity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order_key().cmp(&other.order_key())
    }
}

impl PartialOrd for BundleInvalidity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The signers whose transactions a bundle may hold, so that operators that win at the same time do not all pay for the
/// same transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionRange {
    centre: U256,
    half_width: U256,
}

impl TransactionRange {
    /// The range around `centre`, a 256-bit integer, that holds one of `divisor` signers: those whose hash is at most
    /// ⌊2²⁵⁵ ⁄ divisor⌋ away, in either direction around the circle. A divisor of 1 admits everyone.
    pub fn new(centre: [u8; 32], divisor: NonZeroU32) -> Self {
        const HALF_CIRCLE: U256 = U256([0, 0, 0, 1 << 63]);
        Self {
            centre: U256::from_little_endian(&centre),
            half_width: HALF_CIRCLE
                .checked_div(divisor.get().into())
                .unwrap_or_default(),
        }
    }

    /// Whether a transaction of `signer` may be in the bundle. One without a signer always may.
    pub fn contains(&self, signer: Option<&AccountId>) -> bool {
        signer.is_none_or(|signer| {
            let place = U256::from_little_endian(BlakeTwo256::hash(signer.as_ref()).as_ref());
            let (up, _) = place.overflowing_sub(self.centre);
            let (down, _) = self.centre.overflowing_sub(place);
            up.min(down) <= self.half_width
        })
    }
}

/// What the runtime of a domain says of an extrinsic without looking at state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ExtrinsicInfo {
    /// The account that it claims to be signed by; the signature is not checked. `None` if it is not signed.
    pub signer: Option<AccountId>,
    /// Whether it is an inherent.
    pub is_inherent: bool,
    /// Weight of its call and of its extensions.
    pub weight: Weight,
}

/// The first reason why a bundle is invalid among those that need no state: undecodable, out of range, inherent, weight.
///
/// `extrinsics` are those of the bundle as the runtime of the domain sees them, `None` for one that it cannot decode.
/// Whether transactions are legal depends on state: where that finds a reason too, the lesser of both counts.
pub fn stateless_invalidity(
    extrinsics: &[Option<ExtrinsicInfo>],
    range: &TransactionRange,
    declared_weight: Weight,
) -> Option<BundleInvalidity> {
    let mut weight = Weight::zero();
    for (position, extrinsic) in (0..).zip(extrinsics) {
        let Some(info) = extrinsic else {
            return Some(BundleInvalidity::UndecodableTx(position));
        };
        if !range.contains(info.signer.as_ref()) {
            return Some(BundleInvalidity::OutOfRangeTx(position));
        }
        if info.is_inherent {
            return Some(BundleInvalidity::InherentExtrinsic(position));
        }
        weight = weight.saturating_add(info.weight);
    }
    (weight != declared_weight).then_some(BundleInvalidity::InvalidBundleWeight)
}

/// What the author of a bundle with these extrinsics declares as its weight.
pub fn bundle_weight(extrinsics: &[ExtrinsicInfo]) -> Weight {
    extrinsics.iter().fold(Weight::zero(), |weight, info| {
        weight.saturating_add(info.weight)
    })
}

/// Why a list of extrinsics may not be included in a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct IllegalExtrinsic {
    /// Position of the first that may not.
    pub position: u32,
    /// Why.
    pub error: sp_runtime::transaction_validity::TransactionValidityError,
}

impl From<IllegalExtrinsic> for BundleInvalidity {
    fn from(illegal: IllegalExtrinsic) -> Self {
        Self::IllegalTx(illegal.position)
    }
}

#[cfg(test)]
mod tests;
