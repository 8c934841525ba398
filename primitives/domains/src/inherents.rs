//! What the consensus chain hands a domain block besides transactions.

use bounded_collections::{BoundedBTreeSet, BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::limits::{MAX_CHAINS, MAX_SUDO_CALL_SIZE};
use crate::order::ShufflingSeed;
use crate::{Balance, ChainId, Hash};

/// All that a domain block takes from its consensus block besides transactions: one storage item for each domain and block
/// in which that domain derives a block, so that a dispute needs one storage proof.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct DomainInherentData {
    /// Seed of the order of transactions.
    pub shuffling_seed: ShufflingSeed,
    /// Time of the consensus block in milliseconds since 1970.
    pub timestamp: u64,
    /// What a byte on the consensus chain costs, in shannon.
    pub consensus_byte_fee: Balance,
    /// BLAKE2b-256 of the code that the domain runs from its next block on, if the registry changed.
    pub new_code: Option<Hash>,
    /// Changes to the chains that the domain talks to.
    pub allow_list_update: AllowListUpdate,
    /// A call that Root of the consensus chain has the domain execute, as opaque bytes.
    pub sudo_call: Option<BoundedVec<u8, ConstU32<MAX_SUDO_CALL_SIZE>>>,
}

/// Changes to the chains that a domain talks to. No chain is in both sets.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub struct AllowListUpdate {
    /// Chains to talk to from now on.
    pub allow: BoundedBTreeSet<ChainId, ConstU32<MAX_CHAINS>>,
    /// Chains to talk to no longer.
    pub remove: BoundedBTreeSet<ChainId, ConstU32<MAX_CHAINS>>,
}

impl AllowListUpdate {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.remove.is_empty()
    }
}
