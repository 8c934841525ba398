//! Tests of the runtime as a whole, native: genesis, metadata, and blocks as a node makes and executes them.

mod blocks;
mod genesis;
mod interface;

use crate::genesis::{PRESETS, UNIT};
use crate::*;
use autonomys_core_primitives::{
    Chunk, LastArchivedBlock, PotOutput, RewardAddress, SegmentHeader, SegmentHeaderHash,
    SegmentIndex, SegmentRoot, Solution,
};
use autonomys_runtime_primitives::Balance;
use codec::Encode;
use serde_json::Value;
use sp_consensus_poas::{INHERENT_IDENTIFIER, PreDigest, SegmentHeadersInherentData};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_inherents::InherentData;
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::Era;
use sp_runtime::traits::Header as _;
use sp_runtime::{Digest, MultiAddress};

/// Where the rewards of the blocks made here go.
pub(super) const FARMER: [u8; 32] = [77; 32];

/// Merges `patch` into `target` (RFC 7386).
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}

/// Genesis of a preset, built as a client does.
pub(super) fn genesis(preset: &str) -> TestExternalities {
    let json = |id: Option<&str>| {
        let bytes = Runtime::get_preset(&id.map(Into::into)).expect("the preset exists");
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let mut config = json(None);
    merge(&mut config, json(Some(preset)));
    let mut state = TestExternalities::new_empty();
    state.execute_with(|| {
        Runtime::build_state(serde_json::to_vec(&config).unwrap()).unwrap();
        // Wallets know it before block 1 writes it
        frame_system::BlockHash::<Runtime>::insert(0, genesis_header().hash());
    });
    state
}

pub(super) fn run<T>(test: impl FnOnce() -> T) -> T {
    genesis(UNIT).execute_with(test)
}

pub(super) fn first_segment_header() -> SegmentHeader {
    SegmentHeader {
        segment_index: SegmentIndex(0),
        segment_root: SegmentRoot([5; 32]),
        prev_segment_header_hash: SegmentHeaderHash::default(),
        last_archived_block: LastArchivedBlock {
            number: 0,
            partial_bytes: 0,
        },
    }
}

/// What a node knows of block `number`.
pub(super) fn inherent_data(number: u32) -> InherentData {
    let mut data = InherentData::new();
    data.put_data(*b"timstap0", &(u64::from(number) * 1_000))
        .unwrap();
    let segment_headers = match number {
        1 => vec![first_segment_header()],
        _ => vec![],
    };
    data.put_data(
        INHERENT_IDENTIFIER,
        &SegmentHeadersInherentData { segment_headers },
    )
    .unwrap();
    data
}

/// The header that a farmer's claim of slot 2 × `number` starts.
pub(super) fn new_header(number: u32, parent: &Header) -> Header {
    let pre_digest = PreDigest {
        slot: u64::from(number) * 2,
        solution: Solution {
            reward_address: RewardAddress(FARMER),
            chunk: Chunk([3; 32]),
            ..Solution::genesis()
        },
        proof_of_time: PotOutput([4; 16]),
        future_proof_of_time: PotOutput::default(),
    };
    Header::new(
        number,
        Default::default(),
        Default::default(),
        parent.hash(),
        Digest {
            logs: vec![pre_digest.digest_item()],
        },
    )
}

/// Header of genesis, as good as the one a client makes for what is tested here.
pub(super) fn genesis_header() -> Header {
    Header::new(
        0,
        Default::default(),
        Default::default(),
        Default::default(),
        Digest::default(),
    )
}

/// Makes a block on `parent` with inherents and `transactions`.
pub(super) fn make_block(parent: &Header, transactions: Vec<UncheckedExtrinsic>) -> Block {
    let number = parent.number + 1;
    let header = new_header(number, parent);
    Executive::initialize_block(&header);
    let mut extrinsics = inherent_data(number).create_extrinsics();
    extrinsics.extend(transactions);
    for extrinsic in &extrinsics {
        Executive::apply_extrinsic(extrinsic.clone())
            .expect("the extrinsic is valid")
            .expect("the extrinsic succeeds");
    }
    Block {
        header: Executive::finalize_block(),
        extrinsics,
    }
}

pub(super) fn extensions(nonce: u32, tip: Balance) -> TransactionExtensions {
    (
        frame_system::AuthorizeCall::new(),
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckMortality::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce.into()),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(tip),
        frame_metadata_hash_extension::CheckMetadataHash::new(false),
        frame_system::WeightReclaim::new(),
    )
}

/// A transaction as a wallet signs it.
pub(super) fn sign(
    who: Sr25519Keyring,
    nonce: u32,
    tip: Balance,
    call: RuntimeCall,
) -> UncheckedExtrinsic {
    let extensions = extensions(nonce, tip);
    let payload = SignedPayload::new(call.clone(), extensions.clone()).unwrap();
    let signature = payload.using_encoded(|bytes| who.sign(bytes));
    UncheckedExtrinsic::new_signed(
        call,
        MultiAddress::Id(who.to_account_id()),
        Signature::Sr25519(signature),
        extensions,
    )
}
