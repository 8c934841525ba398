//! Genesis of a domain: what the consensus chain keeps of a runtime, and what it makes of it for a domain.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use autonomys_core_primitives::params::NetworkTag;
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_core::storage::well_known_keys;
use sp_runtime::StateVersion;
use sp_runtime::traits::{BlakeTwo256, Hash as _, Header as _};

use crate::storage_keys::{NETWORK_TAG, SELF_DOMAIN_ID, TOTAL_ISSUANCE, account_key};
use crate::{AccountId, Balance, DomainId, Hash, Header};

/// The state that a domain starts with.
///
/// A runtime is registered with such a state, from its genesis preset: without a domain id, without balances. Each domain
/// that is instantiated gets its own copy, completed with both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct RawGenesis {
    /// Storage keys and values. There are no child tries.
    pub top: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What makes a genesis unfit for a domain.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    thiserror::Error,
)]
pub enum GenesisError {
    /// It has no runtime.
    #[error("the genesis has no code; build it with `autonomys-node domain build-genesis`")]
    NoCode,
    /// It has child tries, which the protocol has no place for.
    #[error("the genesis has child tries; a domain cannot have any")]
    ChildTries,
    /// It has balances: coins of a domain come from the consensus chain.
    #[error("the genesis has balances of its own; coins of a domain come from the consensus chain")]
    Balances,
    /// Two initial balances are for one account.
    #[error("two initial balances are for one account")]
    DuplicateAccount,
    /// The initial balances add up to more than there can be.
    #[error("the initial balances overflow")]
    Overflow,
}

impl RawGenesis {
    /// The runtime's code.
    pub fn code(&self) -> Option<&[u8]> {
        self.top.get(well_known_keys::CODE).map(Vec::as_slice)
    }

    /// Takes the code out, which the registry keeps by its hash.
    pub fn take_code(&mut self) -> Result<Vec<u8>, GenesisError> {
        self.top
            .remove(well_known_keys::CODE)
            .filter(|code| !code.is_empty())
            .ok_or(GenesisError::NoCode)
    }

    /// Puts code in, in place of what is there.
    pub fn set_code(&mut self, code: Vec<u8>) {
        self.top.insert(well_known_keys::CODE.to_vec(), code);
    }

    /// Makes this the genesis of one domain of one network.
    pub fn set_domain(&mut self, network_tag: NetworkTag, domain_id: DomainId) {
        self.top
            .insert(SELF_DOMAIN_ID.key().to_vec(), domain_id.encode());
        self.top
            .insert(NETWORK_TAG.key().to_vec(), network_tag.encode());
    }

    /// Endows accounts, with what was taken from the consensus chain for it: exactly what the balances pallet would write. Nothing
    /// may be endowed before; an error changes nothing.
    pub fn set_balances(&mut self, balances: &[(AccountId, Balance)]) -> Result<(), GenesisError> {
        let issuance_key = TOTAL_ISSUANCE.key().to_vec();
        let issued = self.top.get(&issuance_key).is_some_and(|issuance| {
            Balance::decode_all(&mut issuance.as_slice()) != Ok(Balance::default())
        });
        if issued {
            return Err(GenesisError::Balances);
        }
        let mut accounts = BTreeMap::new();
        let mut issuance: Balance = 0;
        for (account, balance) in balances {
            let key = account_key(account);
            if self.top.contains_key(&key) {
                return Err(GenesisError::Balances);
            }
            if accounts.insert(key, endowed_account(*balance)).is_some() {
                return Err(GenesisError::DuplicateAccount);
            }
            issuance = issuance
                .checked_add(*balance)
                .ok_or(GenesisError::Overflow)?;
        }
        self.top.extend(accounts);
        self.top.insert(issuance_key, issuance.encode());
        Ok(())
    }

    /// The state root: what a client computes that starts from this state.
    pub fn state_root(&self) -> Hash {
        BlakeTwo256::trie_root(
            self.top
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            StateVersion::V1,
        )
    }
}

/// The header of a domain's genesis block.
pub fn genesis_header(state_root: Hash) -> Header {
    Header::new(
        0,
        BlakeTwo256::ordered_trie_root(Vec::new(), StateVersion::V1),
        state_root,
        Hash::zero(),
        Default::default(),
    )
}

/// `frame_system::AccountInfo` of an account that has coins and did nothing yet.
fn endowed_account(free: Balance) -> Vec<u8> {
    const NONCE: u32 = 0;
    const CONSUMERS: u32 = 0;
    const PROVIDERS: u32 = 1;
    const SUFFICIENTS: u32 = 0;
    const RESERVED: Balance = 0;
    const FROZEN: Balance = 0;
    const FLAGS: u128 = 1 << 127;
    (
        (NONCE, CONSUMERS, PROVIDERS, SUFFICIENTS),
        (free, RESERVED, FROZEN, FLAGS),
    )
        .encode()
}

#[cfg(feature = "std")]
impl TryFrom<sp_core::storage::Storage> for RawGenesis {
    type Error = GenesisError;

    fn try_from(storage: sp_core::storage::Storage) -> Result<Self, GenesisError> {
        if !storage.children_default.is_empty() {
            return Err(GenesisError::ChildTries);
        }
        Ok(Self { top: storage.top })
    }
}

#[cfg(feature = "std")]
impl From<RawGenesis> for sp_core::storage::Storage {
    fn from(genesis: RawGenesis) -> Self {
        Self {
            top: genesis.top,
            children_default: Default::default(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
