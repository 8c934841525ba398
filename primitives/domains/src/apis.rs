//! What clients ask the runtimes: of the consensus chain about its domains, and of a domain.

use alloc::vec::Vec;
use autonomys_core_primitives::Fraction;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, Encode};
use core::num::NonZeroU32;
use scale_info::TypeInfo;
use sp_runtime::{ApplyExtrinsicResult, OpaqueExtrinsic};

use crate::limits::MAX_DOMAIN_NAME_LENGTH;
use crate::operators::{DomainSummary, ElectionParams, NominatorPosition, OperatorInfo};
use crate::receipts::{BlockFees, Transfers};
use crate::validity::{ExtrinsicInfo, IllegalExtrinsic};
use crate::{
    AccountId, Balance, BlockNumber, Bundle, BundleLimits, DomainId, DomainInherentData,
    ExecutionReceipt, Hash, OperatorId, RawGenesis, RuntimeId, SingletonReceipt,
};

/// A domain as the consensus chain knows it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
    feature = "std",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "camelCase")
)]
pub struct DomainInfo {
    /// Its number.
    pub domain_id: DomainId,
    /// Its name in UTF-8.
    #[cfg_attr(feature = "std", serde(with = "crate::json::name"))]
    pub name: BoundedVec<u8, ConstU32<MAX_DOMAIN_NAME_LENGTH>>,
    /// The account that instantiated it.
    pub owner: AccountId,
    /// Its runtime.
    pub runtime_id: RuntimeId,
    /// BLAKE2b-256 of the code that the registry holds for it after this block.
    pub code_hash: Hash,
    /// Height of the consensus block in which it was instantiated.
    pub created_at: BlockNumber,
    /// What its bundles may be at most.
    pub bundle_limits: BundleLimits,
    /// Bundles that all operators together are to make in a slot.
    pub bundles_per_slot: Fraction,
    /// Part of all signers whose transactions a bundle may hold: one of this many.
    pub transaction_range_divisor: NonZeroU32,
    /// Whether Root stopped it.
    pub is_frozen: bool,
}

/// What a node needs to start a domain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct DomainInstance {
    /// State of block 0, complete.
    pub raw_genesis: RawGenesis,
    /// The receipt of block 0.
    pub genesis_receipt: ExecutionReceipt,
}

sp_api::decl_runtime_apis! {
    /// What the consensus chain says of domains.
    pub trait DomainsApi {
        /// The domains there are.
        fn domain_ids() -> Vec<DomainId>;

        /// A domain.
        fn domain(domain_id: DomainId) -> Option<DomainInfo>;

        /// A domain in figures.
        fn domain_summary(domain_id: DomainId) -> Option<DomainSummary>;

        /// What a node needs to start the domain.
        fn domain_instance(domain_id: DomainId) -> Option<DomainInstance>;

        /// Code of a domain runtime by its BLAKE2b-256, as long as a receipt may depend on it.
        fn runtime_code(code_hash: Hash) -> Option<Vec<u8>>;

        /// What the block hands the domain. `None` if the domain derives no block from this one.
        fn inherent_data(domain_id: DomainId) -> Option<DomainInherentData>;

        /// The bundles of the domain in the body of the block, in their order, without those whose dispatch failed.
        fn extract_bundles(
            domain_id: DomainId,
            extrinsics: Vec<Block::Extrinsic>,
        ) -> Vec<Bundle>;

        /// Hash of the receipt of a block of the domain.
        fn receipt_hash(domain_id: DomainId, number: BlockNumber) -> Option<Hash>;

        /// Receipt of a block of the domain, as long as it is kept.
        fn receipt(domain_id: DomainId, number: BlockNumber) -> Option<ExecutionReceipt>;

        /// Whether operators are to make bundles even without transactions: something waits for blocks of the domain, such
        /// as a receipt with transactions in it, a deposit, a withdrawal, a registration.
        fn has_pending_work(domain_id: DomainId) -> bool;

        /// An operator.
        fn operator(operator_id: OperatorId) -> Option<OperatorInfo>;

        /// What somebody has with an operator.
        fn nominator_position(
            operator_id: OperatorId,
            nominator: AccountId,
        ) -> Option<NominatorPosition>;

        /// What a byte on the consensus chain costs, in shannon.
        fn consensus_byte_fee() -> Balance;

        /// The extrinsic that brings a bundle on chain.
        fn bundle_extrinsic(bundle: Bundle) -> Block::Extrinsic;

        /// The extrinsic that brings a receipt on chain.
        fn receipt_extrinsic(receipt: SingletonReceipt) -> Block::Extrinsic;
    }

    /// What operators ask before each slot.
    pub trait BundleProducerElectionApi {
        /// What an operator needs to find out whether it wins a slot. `None` if it takes no part in the elections of the
        /// domain.
        fn election_params(domain_id: DomainId, operator_id: OperatorId) -> Option<ElectionParams>;
    }

    /// What every domain runtime answers.
    ///
    /// The first two methods are called without any state, by those who derive a block and by those who judge a dispute, and
    /// read none.
    pub trait DomainCoreApi {
        /// What the runtime sees in extrinsics, without state; `None` for one that it cannot decode, with at most
        /// [`MAX_EXTRINSIC_DEPTH`](crate::limits::MAX_EXTRINSIC_DEPTH) levels of nesting.
        fn inspect_extrinsics(extrinsics: Vec<OpaqueExtrinsic>) -> Vec<Option<ExtrinsicInfo>>;

        /// The inherents of a block, in their order, without state. `new_code` is the code of
        /// [`DomainInherentData::new_code`].
        fn construct_inherents(
            data: DomainInherentData,
            new_code: Option<Vec<u8>>,
        ) -> Vec<OpaqueExtrinsic>;

        /// Whether the extrinsics may all be included, in their order, in block `number` on top of this one, which is
        /// `parent_hash`: each is validated and prepared, with its effects on those after it; none is dispatched.
        fn check_extrinsics_and_do_pre_dispatch(
            extrinsics: Vec<OpaqueExtrinsic>,
            number: BlockNumber,
            parent_hash: Hash,
        ) -> Result<(), IllegalExtrinsic>;

        /// Initialises a block, and gives the state root after it.
        fn initialize_block_with_post_state_root(header: &Block::Header) -> Hash;

        /// Applies an extrinsic, and gives the state root after it.
        fn apply_extrinsic_with_post_state_root(
            extrinsic: Block::Extrinsic,
        ) -> (ApplyExtrinsicResult, Hash);

        /// What the users paid in the block.
        fn block_fees() -> BlockFees;

        /// What moved between chains in the block.
        fn transfers() -> Transfers;
    }
}

#[cfg(test)]
mod tests {
    use sp_runtime::Weight;

    use super::*;

    #[test]
    fn json_of_a_domain_shows_its_name_as_text() {
        let domain = DomainInfo {
            domain_id: DomainId::AUTO_ID,
            name: b"auto-id".to_vec().try_into().unwrap(),
            owner: [1; 32].into(),
            runtime_id: 0,
            code_hash: Hash::zero(),
            created_at: 0,
            bundle_limits: BundleLimits {
                max_size: 1,
                max_weight: Weight::from_parts(2, 3),
            },
            bundles_per_slot: Fraction::new(1, 1),
            transaction_range_divisor: NonZeroU32::MIN,
            is_frozen: false,
        };
        let mut json = serde_json::to_value(&domain).unwrap();
        assert_eq!(json["name"], "auto-id");
        assert_eq!(json["bundleLimits"]["maxSize"], 1);
        assert_eq!(
            serde_json::from_value::<DomainInfo>(json.clone()).unwrap(),
            domain
        );
        json["name"] = "a name of more than thirty-two bytes".into();
        assert!(serde_json::from_value::<DomainInfo>(json).is_err());
    }
}
