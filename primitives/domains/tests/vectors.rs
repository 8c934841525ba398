//! Golden vectors of all encodings, hashes and algorithms of this crate: `test/vectors/domains.json`, made by
//! `make_domains.py` beside it without this code.

use autonomys_core_primitives::params::NetworkTag;
use autonomys_core_primitives::{Fraction, PotOutput, SlotNumber};
use codec::{DecodeAll, Encode};
use serde::{Deserialize, Deserializer};
use sp_core::sr25519;
use sp_domains::bundles::{BundleV0, Sealable, SubmittedReceipt};
use sp_domains::election::{ElectionError, threshold, ticket, vrf_sign_data};
use sp_domains::inherents::AllowListUpdate;
use sp_domains::limits::BundleLimits;
use sp_domains::operators::signing_key_message;
use sp_domains::order::{
    ExtrinsicDigest, TransactionDigest, block_order, bundle_digest, extrinsics_root,
    extrinsics_root_of_digests, shuffling_seed,
};
use sp_domains::{
    AccountId, Balance, Bundle, BundleHeader, BundleInvalidity, ChainId, DomainId,
    DomainInherentData, ExecutionReceipt, Hash, OperatorId, OperatorPublic, OperatorSignature,
    ProofOfElection, RawGenesis, Receipt, Sealed, SingletonReceipt, consensus_block_digest,
    consensus_block_of, storage_keys,
};
use sp_runtime::{OpaqueExtrinsic, Weight};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::num::NonZeroU32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    receipts: Vec<ReceiptVector>,
    genesis_receipts: Vec<GenesisReceiptVector>,
    invalidities: Vec<InvalidityVector>,
    bundles: Vec<BundleVector>,
    singleton_receipts: Vec<SingletonVector>,
    vrf: Vec<VrfVector>,
    thresholds: Vec<ThresholdVector>,
    transaction_ranges: Vec<TransactionRangeVector>,
    signing_key: SigningKeyVector,
    shuffling_seeds: Vec<ShufflingSeedVector>,
    orders: Vec<OrderVector>,
    inherent_data: Vec<InherentDataVector>,
    digest: DigestVector,
    genesis: GenesisVector,
    storage_keys: Vec<StorageKeyVector>,
    limits: Vec<LimitsVector>,
}

#[derive(Deserialize)]
struct ReceiptVector {
    receipt: ExecutionReceipt,
    encoded: Bytes,
    hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenesisReceiptVector {
    domain_id: DomainId,
    state_root: Hash,
    consensus_block_number: u32,
    block_hash: Hash,
    encoded: Bytes,
    hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InvalidityVector {
    reason: BundleInvalidity,
    encoded: Bytes,
    order_key: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ElectionVector {
    domain_id: DomainId,
    operator_id: OperatorId,
    slot: SlotNumber,
    proof_of_time: PotOutput,
    vrf_pre_output: Bytes,
    vrf_proof: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ReceiptOrHash {
    Full(Box<ExecutionReceipt>),
    Ref(Hash),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WeightVector {
    ref_time: u64,
    proof_size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BundleVector {
    election: ElectionVector,
    receipt: ReceiptOrHash,
    weight: WeightVector,
    extrinsics_root: Hash,
    signature: Bytes,
    extrinsics: Vec<Bytes>,
    encoded: Bytes,
    header_hash: Hash,
    signing_message: Bytes,
    hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SingletonVector {
    election: ElectionVector,
    receipt: ExecutionReceipt,
    signature: Bytes,
    encoded: Bytes,
    signing_message: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VrfVector {
    public_key: Bytes,
    domain_id: DomainId,
    slot: SlotNumber,
    proof_of_time: PotOutput,
    vrf_pre_output: Bytes,
    vrf_proof: Bytes,
    ticket: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThresholdVector {
    bundles_per_slot: Fraction,
    total_stake: Number,
    operator_stake: Number,
    threshold: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransactionRangeVector {
    vrf_pre_output: Bytes,
    divisor: NonZeroU32,
    signer: Hash,
    contains: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SigningKeyVector {
    network_tag: NetworkTag,
    domain_id: DomainId,
    owner: Hash,
    message: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShufflingSeedVector {
    block_randomness: Hash,
    domain_id: DomainId,
    seed: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderVector {
    seed: Hash,
    transactions: Vec<TransactionVector>,
    bundle_digest: Hash,
    extrinsics_root: Hash,
    order: Vec<usize>,
    ordered_root: Hash,
}

#[derive(Deserialize)]
struct TransactionVector {
    signer: Option<Hash>,
    extrinsic: Bytes,
    digest: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InherentDataVector {
    shuffling_seed: Hash,
    timestamp: u64,
    consensus_byte_fee: Number,
    new_code: Option<Hash>,
    allow: BTreeSet<ChainId>,
    remove: BTreeSet<ChainId>,
    sudo_call: Option<Bytes>,
    encoded: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DigestVector {
    consensus_block_hash: Hash,
    item: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenesisVector {
    registered: Vec<(Bytes, Bytes)>,
    network_tag: NetworkTag,
    domain_id: DomainId,
    balances: Vec<BalanceVector>,
    complete: Vec<(Bytes, Bytes)>,
    state_root: Hash,
}

#[derive(Deserialize)]
struct BalanceVector {
    account: Hash,
    amount: Number,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StorageKeyVector {
    pallet: String,
    item: String,
    map_key: Option<Bytes>,
    key: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LimitsVector {
    block_size: u32,
    block_weight: WeightVector,
    bundles_per_slot: Fraction,
    blocks_per_slot: Fraction,
    max_size: u32,
    max_weight: WeightVector,
}

/// Bytes as hex with `0x`.
#[derive(Debug, PartialEq, Eq, Clone)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text.trim_start_matches("0x"))
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl Bytes {
    fn array<const N: usize>(&self) -> [u8; N] {
        self.0.as_slice().try_into().unwrap()
    }
}

/// A number as a decimal string.
struct Number(Balance);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl ElectionVector {
    fn election(&self) -> ProofOfElection {
        ProofOfElection {
            domain_id: self.domain_id,
            operator_id: self.operator_id,
            slot: self.slot,
            proof_of_time: self.proof_of_time,
            vrf_pre_output: self.vrf_pre_output.array(),
            vrf_proof: self.vrf_proof.array(),
        }
    }
}

impl WeightVector {
    fn weight(&self) -> Weight {
        Weight::from_parts(self.ref_time, self.proof_size)
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../test/vectors/domains.json")).unwrap()
}

fn assert_encoding<T: Encode + DecodeAll + PartialEq + Debug>(value: &T, encoded: &Bytes) {
    assert_eq!(value.encode(), encoded.0);
    assert_eq!(T::decode_all(&mut &encoded.0[..]).as_ref(), Ok(value));
}

fn account(hash: Hash) -> AccountId {
    hash.0.into()
}

fn signature(bytes: &Bytes) -> OperatorSignature {
    sr25519::Signature::from_raw(bytes.array()).into()
}

fn opaque(bytes: &Bytes) -> OpaqueExtrinsic {
    OpaqueExtrinsic::from_blob(bytes.0.clone())
}

#[test]
fn receipts() {
    let vectors = vectors().receipts;
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        assert_encoding(&vector.receipt, &vector.encoded);
        assert_eq!(vector.receipt.hash(), vector.hash);
    }
}

#[test]
fn genesis_receipts() {
    let vectors = vectors().genesis_receipts;
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let receipt = ExecutionReceipt::genesis(
            vector.domain_id,
            vector.state_root,
            vector.consensus_block_number,
        );
        assert_encoding(&receipt, &vector.encoded);
        assert_eq!(receipt.domain_block_hash, vector.block_hash);
        assert_eq!(receipt.hash(), vector.hash);
    }
}

#[test]
fn invalidities() {
    let vectors = vectors().invalidities;
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        assert_encoding(&vector.reason, &vector.encoded);
        assert_eq!(u128::from(vector.reason.order_key()), vector.order_key.0);
    }
}

#[test]
fn bundles() {
    let vectors = vectors().bundles;
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let extrinsics: Vec<_> = vector.extrinsics.iter().map(opaque).collect();
        assert_eq!(extrinsics_root(&extrinsics), vector.extrinsics_root);
        let header = BundleHeader {
            election: vector.election.election(),
            receipt: match vector.receipt {
                ReceiptOrHash::Full(receipt) => Receipt::Full(receipt),
                ReceiptOrHash::Ref(hash) => Receipt::Ref(hash),
            },
            weight: vector.weight.weight(),
            extrinsics_root: vector.extrinsics_root,
        };
        assert_eq!(Sealable::hash(&header), vector.header_hash);
        assert_eq!(header.signing_message(), vector.signing_message.0);
        let bundle = Bundle::V0(BundleV0 {
            header: Sealed {
                content: header,
                signature: signature(&vector.signature),
            },
            extrinsics: extrinsics.try_into().unwrap(),
        });
        assert_encoding(&bundle, &vector.encoded);
        assert_eq!(bundle.hash(), vector.hash);
        assert_eq!(bundle.size() as usize, vector.encoded.0.len());
    }
}

#[test]
fn singleton_receipts() {
    let vectors = vectors().singleton_receipts;
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let content = SubmittedReceipt {
            election: vector.election.election(),
            receipt: vector.receipt,
        };
        assert_eq!(content.signing_message(), vector.signing_message.0);
        let singleton = SingletonReceipt::V0(Sealed {
            content,
            signature: signature(&vector.signature),
        });
        assert_encoding(&singleton, &vector.encoded);
    }
}

#[test]
fn elections() {
    let vectors = vectors().vrf;
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let election = ProofOfElection {
            domain_id: vector.domain_id,
            operator_id: 0,
            slot: vector.slot,
            proof_of_time: vector.proof_of_time,
            vrf_pre_output: vector.vrf_pre_output.array(),
            vrf_proof: vector.vrf_proof.array(),
        };
        let key: OperatorPublic = sr25519::Public::from_raw(vector.public_key.array()).into();
        let sign_data = vrf_sign_data(
            vector.domain_id,
            &vector.proof_of_time.global_challenge(vector.slot),
        );
        let pre_output = DecodeAll::decode_all(&mut &vector.vrf_pre_output.0[..]).unwrap();
        assert_eq!(ticket(&key, &sign_data, &pre_output), Some(vector.ticket.0));
        assert_eq!(election.verify(&key, vector.ticket.0 + 1), Ok(()));
        assert_eq!(
            election.verify(&key, vector.ticket.0),
            Err(ElectionError::NotElected)
        );
    }
}

#[test]
fn thresholds() {
    let vectors = vectors().thresholds;
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        assert_eq!(
            threshold(
                vector.bundles_per_slot,
                vector.total_stake.0,
                vector.operator_stake.0
            ),
            Some(vector.threshold.0)
        );
    }
}

#[test]
fn transaction_ranges() {
    let vectors = vectors().transaction_ranges;
    assert_eq!(vectors.len(), 32);
    let inside = vectors.iter().filter(|vector| vector.contains).count();
    assert!((8..32).contains(&inside), "both answers occur: {inside}");
    for vector in vectors {
        let election = ProofOfElection {
            domain_id: DomainId::AUTO_ID,
            operator_id: 0,
            slot: 0,
            proof_of_time: PotOutput::default(),
            vrf_pre_output: vector.vrf_pre_output.array(),
            vrf_proof: [0; 64],
        };
        assert_eq!(
            election
                .transaction_range(vector.divisor)
                .contains(Some(&account(vector.signer))),
            vector.contains
        );
    }
}

#[test]
fn proof_of_possession_of_a_signing_key() {
    let vector = vectors().signing_key;
    assert_eq!(
        signing_key_message(
            &vector.network_tag,
            vector.domain_id,
            &account(vector.owner)
        ),
        vector.message.0
    );
}

#[test]
fn shuffling_seeds() {
    let vectors = vectors().shuffling_seeds;
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        assert_eq!(
            shuffling_seed(&vector.block_randomness.0, vector.domain_id),
            vector.seed.0
        );
    }
}

#[test]
fn orders_digests_and_roots() {
    let vectors = vectors().orders;
    assert_eq!(vectors.len(), 6);
    for vector in vectors {
        let extrinsics: Vec<_> = vector
            .transactions
            .iter()
            .map(|transaction| opaque(&transaction.extrinsic))
            .collect();
        let digests: Vec<_> = vector
            .transactions
            .iter()
            .zip(&extrinsics)
            .map(|(transaction, extrinsic)| {
                let digest = ExtrinsicDigest::new(extrinsic);
                assert_encoding(&digest, &transaction.digest);
                TransactionDigest {
                    signer: transaction.signer.map(account),
                    extrinsic: digest,
                }
            })
            .collect();
        assert_eq!(bundle_digest(&digests), vector.bundle_digest);
        assert_eq!(extrinsics_root(&extrinsics), vector.extrinsics_root);
        let order = block_order(&digests, &vector.seed.0);
        assert_eq!(order, vector.order);
        assert_eq!(
            extrinsics_root_of_digests(order.iter().map(|position| &digests[*position].extrinsic)),
            vector.ordered_root
        );
    }
}

#[test]
fn inherent_data() {
    let vectors = vectors().inherent_data;
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let data = DomainInherentData {
            shuffling_seed: vector.shuffling_seed.0,
            timestamp: vector.timestamp,
            consensus_byte_fee: vector.consensus_byte_fee.0,
            new_code: vector.new_code,
            allow_list_update: AllowListUpdate {
                allow: vector.allow.try_into().unwrap(),
                remove: vector.remove.try_into().unwrap(),
            },
            sudo_call: vector.sudo_call.map(|call| call.0.try_into().unwrap()),
        };
        assert_encoding(&data, &vector.encoded);
    }
}

#[test]
fn digest_of_a_domain_block() {
    let vector = vectors().digest;
    let item = consensus_block_digest(vector.consensus_block_hash);
    assert_encoding(&item, &vector.item);
    assert_eq!(
        consensus_block_of(&sp_runtime::Digest { logs: vec![item] }),
        Some(vector.consensus_block_hash)
    );
}

#[test]
fn genesis() {
    let vector = vectors().genesis;
    let raw = |pairs: &[(Bytes, Bytes)]| RawGenesis {
        top: pairs
            .iter()
            .map(|(key, value)| (key.0.clone(), value.0.clone()))
            .collect::<BTreeMap<_, _>>(),
    };
    let mut genesis = raw(&vector.registered);
    genesis.set_domain(vector.network_tag, vector.domain_id);
    let balances: Vec<_> = vector
        .balances
        .iter()
        .map(|balance| (account(balance.account), balance.amount.0))
        .collect();
    genesis.set_balances(&balances).unwrap();
    assert_eq!(genesis, raw(&vector.complete));
    assert_eq!(genesis.state_root(), vector.state_root);
}

#[test]
fn storage_keys() {
    let values = [
        storage_keys::SYSTEM_DIGEST,
        storage_keys::TOTAL_ISSUANCE,
        storage_keys::SELF_DOMAIN_ID,
        storage_keys::NETWORK_TAG,
        storage_keys::COLLECTED_BLOCK_FEES,
        storage_keys::CHAIN_TRANSFERS,
    ];
    let maps = [
        storage_keys::SYSTEM_ACCOUNT,
        storage_keys::DOMAIN_INHERENT_DATA,
        storage_keys::SUCCESSFUL_BUNDLES,
        storage_keys::LATEST_CONFIRMED_RECEIPT,
        storage_keys::MMR_ROOT_HASHES,
    ];
    let vectors = vectors().storage_keys;
    assert_eq!(vectors.len(), values.len() + maps.len());
    for vector in vectors {
        let key = match &vector.map_key {
            None => values
                .iter()
                .find(|value| value.pallet == vector.pallet && value.item == vector.item)
                .unwrap()
                .key()
                .to_vec(),
            Some(key) => {
                let map = maps
                    .iter()
                    .find(|map| {
                        map.prefix.pallet == vector.pallet && map.prefix.item == vector.item
                    })
                    .unwrap();
                match key.0.len() {
                    4 => map.key(&key.array::<4>()),
                    _ => map.key(&key.array::<32>()),
                }
            }
        };
        assert_eq!(key, vector.key.0, "{} {}", vector.pallet, vector.item);
    }
}

#[test]
fn limits_of_bundles() {
    let vectors = vectors().limits;
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        assert_eq!(
            BundleLimits::for_block(
                vector.block_size,
                vector.block_weight.weight(),
                vector.bundles_per_slot,
                vector.blocks_per_slot,
            ),
            Some(BundleLimits {
                max_size: vector.max_size,
                max_weight: vector.max_weight.weight(),
            })
        );
    }
}
