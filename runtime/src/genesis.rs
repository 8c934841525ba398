//! Genesis of the chains whose parameters are known to the program.
//!
//! A preset is named like the chain that starts from it. All of them have Alice as sudo.

use alloc::vec::Vec;
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{ConsensusParams, Preset};
use autonomys_runtime_primitives::{AUTO_COIN, AccountId, Balance, Hashing};
use frame_support::build_struct_json_patch;
use pallet_rewards::SubsidyPoint;
use sp_keyring::Sr25519Keyring;
use sp_runtime::traits::Hash;

use crate::{BalancesConfig, PoasConfig, RewardsConfig, RuntimeGenesisConfig, SudoConfig};

/// Network on one machine, one node.
pub const DEV: &str = "dev";
/// The parameters of [`DEV`] for several nodes.
pub const LOCAL: &str = "local";
/// Small sizes and short slots, for end-to-end tests and demonstrations.
pub const FAST: &str = "fast";
/// Production parameters, for benchmarks and plots. Nobody but sudo is endowed.
pub const MAIN_PRESET: &str = "main-preset";
/// Smallest sizes, for tests that make slots themselves.
pub const UNIT: &str = "unit";

/// All presets.
pub const PRESETS: [&str; 5] = [DEV, LOCAL, FAST, MAIN_PRESET, UNIT];

/// Endowment of each development account.
const ENDOWMENT: Balance = 1_000_000 * AUTO_COIN;

/// What may be issued as rewards in all.
const REMAINING_ISSUANCE: Balance = 350_000_000 * AUTO_COIN;

/// Blocks in four years, at six seconds each.
const HALVING: u32 = 4 * 365 * 24 * 600;

/// The tag of the network with this chain-spec id: BLAKE2b-256 of `"autonomys/network/v1"` ‖ id.
pub fn network_tag(chain_id: &str) -> NetworkTag {
    let mut preimage = b"autonomys/network/v1".to_vec();
    preimage.extend_from_slice(chain_id.as_bytes());
    NetworkTag(Hashing::hash(&preimage).0)
}

/// The parameters of a preset; `None` if there is no such preset.
pub fn params(preset: &str) -> Option<ConsensusParams> {
    let sizes = match preset {
        DEV | LOCAL => Preset::Dev,
        FAST => Preset::Fast,
        MAIN_PRESET => Preset::Main,
        UNIT => Preset::Unit,
        _ => return None,
    };
    Some(sizes.params(network_tag(preset)))
}

/// Genesis of a preset as JSON; `None` if there is no such preset.
pub(crate) fn preset(name: &str) -> Option<Vec<u8>> {
    // What SDK tools ask for when nothing is said
    let name = match name {
        sp_genesis_builder::DEV_RUNTIME_PRESET => DEV,
        sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET => LOCAL,
        name => name,
    };
    let params = params(name)?;
    let alice = Sr25519Keyring::Alice.to_account_id();
    let endowed: Vec<AccountId> = match name {
        MAIN_PRESET => [alice.clone()].into(),
        _ => Sr25519Keyring::iter()
            .take(6)
            .map(Sr25519Keyring::to_account_id)
            .collect(),
    };
    let patch = build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: endowed
                .into_iter()
                .map(|account| (account, ENDOWMENT))
                .collect::<Vec<_>>(),
        },
        poas: PoasConfig { params },
        rewards: RewardsConfig {
            remaining_issuance: REMAINING_ISSUANCE,
            subsidy_points: subsidy_points(),
        },
        sudo: SudoConfig { key: Some(alice) },
    });
    Some(serde_json::to_vec(&patch).expect("a JSON value can be written to memory; qed"))
}

/// Ten coins a block, half of it every four years, eight times; then what is left at the last rate.
fn subsidy_points() -> Vec<SubsidyPoint> {
    (0..8)
        .map(|halvings| SubsidyPoint {
            block: halvings * HALVING,
            subsidy: (10 * AUTO_COIN) >> halvings,
        })
        .collect()
}
