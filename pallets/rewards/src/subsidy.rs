//! The arithmetic of rewards, free of storage.

use crate::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::BoundedVec;
use frame_support::traits::ConstU32;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most points of a curve.
pub const MAX_SUBSIDY_POINTS: u32 = 20;

/// Blocks over which the size of blocks is averaged; also the unit of the average, hundredths of a byte.
const AVERAGED_BLOCKS: u64 = 100;

/// A point of the curve of the subsidy.
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
    Serialize,
    Deserialize,
)]
pub struct SubsidyPoint {
    /// Number of the block.
    pub block: u32,
    /// Its subsidy in shannon.
    pub subsidy: Balance,
}

/// The curve of the subsidy.
pub type SubsidyPoints = BoundedVec<SubsidyPoint, ConstU32<MAX_SUBSIDY_POINTS>>;

/// Whether the blocks of the points strictly rise and their amounts never do.
pub(crate) fn is_curve(points: &[SubsidyPoint]) -> bool {
    points
        .iter()
        .zip(points.iter().skip(1))
        .all(|(from, to)| from.block < to.block && from.subsidy >= to.subsidy)
}

/// The subsidy of `block`: linear between two points, rounded down; flat after the last; zero before the first.
pub(crate) fn subsidy_at(points: &[SubsidyPoint], block: u32) -> Balance {
    let Some(from) = points.iter().rev().find(|point| point.block <= block) else {
        return 0;
    };
    let Some(to) = points.iter().find(|point| point.block > block) else {
        return from.subsidy;
    };
    let passed = Balance::from(block.saturating_sub(from.block));
    let length = Balance::from(to.block.saturating_sub(from.block));
    let drop = from.subsidy.saturating_sub(to.subsidy);
    // drop · passed / length rounded up, in parts so that it cannot overflow: passed < length < 2^32
    let whole = drop.checked_div(length).unwrap_or(0).saturating_mul(passed);
    let rest = drop
        .checked_rem(length)
        .unwrap_or(0)
        .saturating_mul(passed)
        .div_ceil(length.max(1));
    from.subsidy.saturating_sub(whole.saturating_add(rest))
}

/// The average after a block of `block_size` bytes, in hundredths of a byte.
pub(crate) fn moving_average(average: u64, block_size: u32) -> u64 {
    average
        .saturating_sub(average.checked_div(AVERAGED_BLOCKS).unwrap_or(0))
        .saturating_add(u64::from(block_size))
}

/// `subsidy` less what blocks of the average size earn in storage fees, but no more than a full block's worth of fees
/// and no more than all of it.
pub(crate) fn reward(
    subsidy: Balance,
    average_block_size: u64,
    max_normal_block_size: u32,
    byte_fee: Balance,
) -> Balance {
    let max = Balance::from(max_normal_block_size);
    let average = Balance::from(average_block_size.checked_div(AVERAGED_BLOCKS).unwrap_or(0));
    let full_block_fees = subsidy.min(max.saturating_mul(byte_fee));
    // In parts so that it cannot overflow: average ≤ max < 2^32
    let average = average.min(max);
    let whole = full_block_fees
        .checked_div(max)
        .unwrap_or(0)
        .saturating_mul(average);
    let rest = full_block_fees
        .checked_rem(max)
        .unwrap_or(0)
        .saturating_mul(average)
        .checked_div(max)
        .unwrap_or(0);
    subsidy.saturating_sub(whole.saturating_add(rest))
}
