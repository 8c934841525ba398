//! What a user says of farms and rewards, on the command line of the farmer or of the node.

#[cfg(test)]
mod tests;

use crate::farm::Space;
use autonomys_core_primitives::RewardAddress;
use autonomys_farmer_components::SectorLayout;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

/// A wrong option. Its text says what is right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// `path=DIR,size=SIZE`.
    #[error(
        "farm '{0}' is not of the form path=DIR,size=SIZE, for example path=/mnt/farm,size=100GiB"
    )]
    Farm(String),
    /// A size.
    #[error(
        "size '{0}' is not a whole number of bytes, KB, MB, GB, TB, KiB, MiB, GiB or TiB, for example 512MiB or 2TB"
    )]
    Size(String),
    /// An address.
    #[error(
        "reward address '{0}' is neither an SS58 address of an account nor 0x and 64 hex digits; copy it from your wallet"
    )]
    RewardAddress(String),
}

/// A farm: a directory, and how much of the disk it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarmOptions {
    /// The directory; made if it does not exist.
    pub path: PathBuf,
    /// Bytes that the farm may take on disk.
    pub size: u64,
}

impl FarmOptions {
    /// The size of a farm with exactly this many sectors.
    pub fn size_of_sectors(layout: &SectorLayout, sectors: u16) -> u64 {
        Space::size_of_sectors(layout, sectors)
    }
}

impl FromStr for FarmOptions {
    type Err = OptionError;

    /// Reads `path=DIR,size=SIZE`, in either order. `DIR` may contain commas if `size` comes first.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || OptionError::Farm(text.to_owned());
        let (path, size) = if let Some(rest) = text.strip_prefix("path=") {
            rest.rsplit_once(",size=").ok_or_else(wrong)?
        } else if let Some(rest) = text.strip_prefix("size=") {
            let (size, path) = rest.split_once(",path=").ok_or_else(wrong)?;
            (path, size)
        } else {
            return Err(wrong());
        };
        if path.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            path: PathBuf::from(path),
            size: parse_size(size)?,
        })
    }
}

impl fmt::Display for FarmOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "path={},size={}", self.path.display(), self.size)
    }
}

/// What a farmer runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FarmerOptions {
    /// Where rewards go.
    pub reward_address: RewardAddress,
    /// The farms.
    pub farms: Vec<FarmOptions>,
    /// Threads that plot; all cores if not given.
    pub plotting_threads: Option<NonZeroUsize>,
    /// Threads that audit and prove; all cores if not given.
    pub farming_threads: Option<NonZeroUsize>,
}

impl FarmerOptions {
    /// A farmer with these farms that uses all cores.
    pub fn new(reward_address: RewardAddress, farms: Vec<FarmOptions>) -> Self {
        Self {
            reward_address,
            farms,
            plotting_threads: None,
            farming_threads: None,
        }
    }
}

/// Reads a size such as `512MiB`, `2 GiB`, `1TB` or `1000000`.
///
/// # Errors
///
/// [`OptionError::Size`] for anything else, and for sizes above 2^64 − 1 bytes.
pub fn parse_size(text: &str) -> Result<u64, OptionError> {
    let digits = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "kb" => Some(1_000),
        "mb" => Some(1_000_000),
        "gb" => Some(1_000_000_000),
        "tb" => Some(1_000_000_000_000),
        "kib" => Some(1u64 << 10),
        "mib" => Some(1 << 20),
        "gib" => Some(1 << 30),
        "tib" => Some(1 << 40),
        _ => None,
    };
    number
        .parse::<u64>()
        .ok()
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .ok_or_else(|| OptionError::Size(text.to_owned()))
}

/// Reads the address that rewards go to: SS58 with the prefix of any network, or `0x` and the 32 bytes of the account in
/// hex.
///
/// # Errors
///
/// [`OptionError::RewardAddress`] unless it is the address of an account with a correct checksum.
pub fn parse_reward_address(text: &str) -> Result<RewardAddress, OptionError> {
    let account = match text.strip_prefix("0x") {
        Some(digits) => hex::decode(digits).ok(),
        None => decode_ss58(text),
    };
    account
        .and_then(|account| account.try_into().ok())
        .map(RewardAddress)
        .ok_or_else(|| OptionError::RewardAddress(text.to_owned()))
}

/// The account in an SS58 address: base58 of prefix (one or two bytes) ‖ account ‖ first two bytes of
/// BLAKE2b-512(`SS58PRE` ‖ prefix ‖ account).
fn decode_ss58(text: &str) -> Option<Vec<u8>> {
    /// Longer than any address of 32 bytes.
    const MAX_LENGTH: usize = 64;
    if text.len() > MAX_LENGTH {
        return None;
    }
    let bytes = bs58::decode(text).into_vec().ok()?;
    let (content, checksum) = bytes.split_last_chunk::<2>()?;
    let hash = blake2b_simd::Params::new()
        .to_state()
        .update(b"SS58PRE")
        .update(content)
        .finalize();
    if !hash.as_bytes().starts_with(checksum) {
        return None;
    }
    let prefix_length = match content.first()? {
        0..=63 => 1,
        64..=127 => 2,
        _ => return None,
    };
    content.get(prefix_length..).map(<[u8]>::to_vec)
}
