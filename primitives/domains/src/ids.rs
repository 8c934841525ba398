//! Names of domains, operators, runtimes and chains.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// A domain: a number that the consensus chain gives out in order, from 0.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
    serde(transparent)
)]
pub struct DomainId(pub u32);

impl DomainId {
    /// Identities of humans and AI.
    pub const AUTO_ID: Self = Self(0);
    /// Finance.
    pub const AUTO_FI: Self = Self(1);
    /// DAOs.
    pub const AUTO_CO: Self = Self(2);

    /// The id as 4 bytes, as it stands in hashed and signed messages.
    pub const fn to_le_bytes(self) -> [u8; 4] {
        self.0.to_le_bytes()
    }
}

impl fmt::Debug for DomainId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for DomainId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

/// An operator: a number that the consensus chain gives out in order, from 0, over all domains.
pub type OperatorId = u64;

/// A domain runtime in the registry of the consensus chain: a number given out in order, from 0.
pub type RuntimeId = u32;

/// A stake epoch of a domain, from 0.
pub type EpochIndex = u32;

/// A chain that money and messages move between.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
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
    serde(rename_all = "camelCase")
)]
pub enum ChainId {
    /// The consensus chain.
    #[codec(index = 0)]
    Consensus,
    /// A domain.
    #[codec(index = 1)]
    Domain(DomainId),
}

impl From<DomainId> for ChainId {
    fn from(domain_id: DomainId) -> Self {
        Self::Domain(domain_id)
    }
}
