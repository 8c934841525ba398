//! A runtime of this pallet alone, and blocks whose slots a test chooses.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a runtime is public, and so is all that it is made of"
)]

use crate as pallet_poas;
use crate::{Config, Event, Pallet};
use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{
    Chunk, ConsensusParams, LastArchivedBlock, PotOutput, Preset, RewardAddress, SegmentHeader,
    SegmentIndex, SegmentRoot, Solution,
};
use frame_support::derive_impl;
use frame_support::traits::Hooks;
use sp_consensus_poas::{HeaderDigests, PreDigest};
use sp_runtime::traits::{Dispatchable, IdentityLookup};
use sp_runtime::{AccountId32, BuildStorage, Digest, DispatchError};

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Poas: pallet_poas,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId32;
    type Block = Block;
    type Lookup = IdentityLookup<AccountId32>;
}

#[derive_impl(pallet_poas::config_preludes::TestDefaultConfig)]
impl Config for Test {}

pub(crate) fn params() -> ConsensusParams {
    Preset::Unit.params(NetworkTag::default())
}

pub(crate) fn genesis_with(params: ConsensusParams) -> sp_io::TestExternalities {
    RuntimeGenesisConfig {
        poas: pallet_poas::GenesisConfig {
            params,
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

#[cfg(feature = "runtime-benchmarks")]
pub(crate) fn genesis() -> sp_io::TestExternalities {
    genesis_with(params())
}

/// Runs `test` on genesis with `params` and checks the invariants after it.
pub(crate) fn run_with<T>(params: ConsensusParams, test: impl FnOnce() -> T) -> T {
    genesis_with(params).execute_with(|| {
        Pallet::<Test>::do_try_state().unwrap();
        let result = test();
        Pallet::<Test>::do_try_state().unwrap();
        result
    })
}

pub(crate) fn run<T>(test: impl FnOnce() -> T) -> T {
    run_with(params(), test)
}

/// A claim of `slot` whose every part depends on the slot.
pub(crate) fn pre_digest(slot: u64) -> PreDigest {
    let mut chunk = [1; 32];
    chunk[..8].copy_from_slice(&slot.to_le_bytes());
    let mut output = [2; 16];
    output[..8].copy_from_slice(&slot.to_le_bytes());
    PreDigest {
        slot,
        solution: Solution {
            chunk: Chunk(chunk),
            reward_address: RewardAddress(chunk),
            ..Solution::genesis()
        },
        proof_of_time: PotOutput(output),
        future_proof_of_time: PotOutput::default(),
    }
}

pub(crate) fn start_block(number: u32, digest: Digest) {
    System::reset_events();
    System::initialize(&number, &Default::default(), &digest);
    Poas::on_initialize(number);
}

/// Makes block `number` of `slot`, with what `body` does in it, and returns what its header says.
pub(crate) fn block_with(number: u32, slot: u64, body: impl FnOnce()) -> HeaderDigests {
    start_block(
        number,
        Digest {
            logs: vec![pre_digest(slot).digest_item()],
        },
    );
    body();
    Poas::on_finalize(number);
    let header = System::finalize();
    Pallet::<Test>::do_try_state().unwrap();
    HeaderDigests::read(&header.digest).unwrap()
}

pub(crate) fn block(number: u32, slot: u64) -> HeaderDigests {
    block_with(number, slot, || {})
}

/// Dispatches the inherent as a block does.
pub(crate) fn store(headers: &[SegmentHeader]) -> Result<(), DispatchError> {
    let call = RuntimeCall::from(pallet_poas::Call::store_segment_headers {
        segment_headers: headers.to_vec().try_into().unwrap(),
    });
    call.dispatch(RuntimeOrigin::none())
        .map(|_| ())
        .map_err(|error| error.error)
}

/// The header after `previous`, with history up to block `number`.
pub(crate) fn segment_header(previous: Option<&SegmentHeader>, number: u32) -> SegmentHeader {
    let segment_index = previous.map_or(0, |previous| previous.segment_index.0 + 1);
    SegmentHeader {
        segment_index: SegmentIndex(segment_index),
        segment_root: SegmentRoot([u8::try_from(segment_index).unwrap(); 32]),
        prev_segment_header_hash: previous.map(SegmentHeader::hash).unwrap_or_default(),
        last_archived_block: LastArchivedBlock {
            number,
            partial_bytes: 0,
        },
    }
}

pub(crate) fn events() -> Vec<Event<Test>> {
    System::read_events_for_pallet()
}
