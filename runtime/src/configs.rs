//! Configuration of the pallets.

use autonomys_core_primitives::params::StorageFee;
use autonomys_runtime_primitives::{
    AUTO_COIN, Balance, EXISTENTIAL_DEPOSIT, Hash, Hashing, SS58_PREFIX,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::dispatch::DispatchClass;
use frame_support::traits::{
    ConstU8, ConstU16, ConstU32, ConstU64, ConstU128, InstanceFilter, VariantCountOf,
};
use frame_support::weights::constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND};
use frame_support::weights::{ConstantMultiplier, Weight};
use frame_support::{derive_impl, parameter_types};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::{FungibleAdapter, Multiplier, TargetedFeeAdjustment};
use scale_info::TypeInfo;
use sp_runtime::traits::{AccountIdLookup, Bounded};
use sp_runtime::{FixedPointNumber, Perbill, Perquintill};
use sp_version::RuntimeVersion;

use crate::{
    AccountId, Balances, Block, Nonce, OriginCaller, PalletInfo, Poas, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, System,
    TransactionFees, VERSION,
};

/// Share of a block that normal transactions may fill; the rest is for consensus and operations.
const NORMAL_RATIO: Perbill = Perbill::from_percent(75);
/// Longest block, in bytes of extrinsics.
const MAX_BLOCK_LENGTH: u32 = 5 << 20;
/// Longest execution of a block. Proof size is not limited: every node has the state.
const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(2 * WEIGHT_REF_TIME_PER_SECOND, u64::MAX);
/// Fee of a picosecond of execution, in shannon, before it is adjusted to demand.
const FEE_PER_PICOSECOND: Balance = 100_000;

parameter_types! {
    /// Limits of weight.
    pub RuntimeBlockWeights: BlockWeights =
        BlockWeights::with_sensible_defaults(MAX_BLOCK_WEIGHT, NORMAL_RATIO);
    /// Limits of length.
    pub RuntimeBlockLength: BlockLength = BlockLength::builder()
        .max_length(MAX_BLOCK_LENGTH)
        .modify_max_length_for_class(DispatchClass::Normal, |length| *length = NORMAL_RATIO * *length)
        .build();
    /// Version of the runtime.
    pub const Version: RuntimeVersion = VERSION;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type AccountData = pallet_balances::AccountData<Balance>;
    type AccountId = AccountId;
    type Block = Block;
    type BlockHashCount = ConstU32<256>;
    type BlockLength = RuntimeBlockLength;
    type BlockWeights = RuntimeBlockWeights;
    type DbWeight = ParityDbWeight;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type Hash = Hash;
    type Hashing = Hashing;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type MaxConsumers = ConstU32<16>;
    type Nonce = Nonce;
    type SS58Prefix = ConstU16<SS58_PREFIX>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type Version = Version;
}

impl pallet_timestamp::Config for Runtime {
    // Order comes from slots; the clock of an author only has to go forward
    type MinimumPeriod = ConstU64<1>;
    type Moment = u64;
    type OnTimestampSet = ();
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_poas::Config for Runtime {
    type WeightInfo = pallet_poas::weights::SubstrateWeight<Runtime>;
}

impl pallet_rewards::Config for Runtime {
    type ByteFee = TransactionFees;
    type Currency = Balances;
    type RewardAccount = pallet_poas::RewardAccount<Runtime>;
    type WeightInfo = pallet_rewards::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type AccountStore = System;
    type Balance = Balance;
    type DoneSlashHandler = ();
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type ReserveIdentifier = [u8; 8];
    type RuntimeEvent = RuntimeEvent;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
}

impl pallet_transaction_fees::Config for Runtime {
    type ChainStorage = ChainStorage;
    type Currency = Balances;
    type RewardAccount = pallet_poas::RewardAccount<Runtime>;
    type WeightInfo = pallet_transaction_fees::weights::SubstrateWeight<Runtime>;
}

/// What the storage fee depends on, from the state of consensus.
#[derive(Debug)]
pub struct ChainStorage;

impl pallet_transaction_fees::ChainStorage for ChainStorage {
    fn storage_fee() -> StorageFee {
        Poas::params().storage_fee
    }

    fn space_pledged() -> u128 {
        Poas::space_pledged()
    }

    fn history_size() -> u128 {
        let params = Poas::params();
        u128::from(Poas::history_size().pieces(&params)).saturating_mul(params.piece_size() as u128)
    }
}

parameter_types! {
    /// Fullness of blocks at which the fee of execution stays as it is.
    pub const TargetBlockFullness: Perquintill = Perquintill::from_percent(50);
    /// How fast that fee follows demand.
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(75, 1_000_000);
    /// Least factor of that fee.
    pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
    /// Largest factor of that fee.
    pub MaximumMultiplier: Multiplier = Multiplier::max_value();
}

impl pallet_transaction_payment::Config for Runtime {
    type FeeMultiplierUpdate = TargetedFeeAdjustment<
        Self,
        TargetBlockFullness,
        AdjustmentVariable,
        MinimumMultiplier,
        MaximumMultiplier,
    >;
    type LengthToFee = pallet_transaction_fees::StorageFeeOf<Runtime>;
    type OnChargeTransaction = FungibleAdapter<Balances, TransactionFees>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
    type WeightToFee = ConstantMultiplier<Balance, ConstU128<FEE_PER_PICOSECOND>>;
}

impl pallet_utility::Config for Runtime {
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

/// Deposit for keeping `items` entries of `bytes` bytes in all in state: 0.02 coins an entry and 0.0001 a byte.
const fn deposit(items: u32, bytes: u32) -> Balance {
    items as Balance * (AUTO_COIN / 50) + bytes as Balance * (AUTO_COIN / 10_000)
}

impl pallet_multisig::Config for Runtime {
    type BlockNumberProvider = System;
    type Currency = Balances;
    type DepositBase = ConstU128<{ deposit(1, 88) }>;
    type DepositFactor = ConstU128<{ deposit(0, 32) }>;
    type MaxSignatories = ConstU32<100>;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
}

/// What a proxy may do for the account that it acts for.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    Any,
    /// Everything but moving coins.
    NonTransfer,
    /// Reject announced calls of other proxies.
    CancelProxy,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            Self::Any => true,
            // Calls that contain calls are filtered again when those are dispatched
            Self::NonTransfer => !matches!(call, RuntimeCall::Balances(_)),
            Self::CancelProxy => matches!(
                call,
                RuntimeCall::Proxy(pallet_proxy::Call::reject_announcement { .. })
            ),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        self == other || *self == Self::Any
    }
}

impl pallet_proxy::Config for Runtime {
    type AnnouncementDepositBase = ConstU128<{ deposit(1, 8) }>;
    type AnnouncementDepositFactor = ConstU128<{ deposit(0, 68) }>;
    type BlockNumberProvider = System;
    type CallHasher = Hashing;
    type Currency = Balances;
    type MaxPending = ConstU32<32>;
    type MaxProxies = ConstU32<32>;
    type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
    type ProxyDepositFactor = ConstU128<{ deposit(0, 37) }>;
    type ProxyType = ProxyType;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
}

impl pallet_sudo::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}
