//! A runtime of this pallet, balances and the stock payment of transactions.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a runtime is public, and so is all that it is made of"
)]

use crate as pallet_transaction_fees;
use crate::{Balance, ChainStorage, Config, Pallet, StorageFeeOf};
use autonomys_core_primitives::params::StorageFee;
use core::cell::Cell;
use frame_support::derive_impl;
use frame_support::traits::{ConstU128, Get, Hooks};
use frame_support::weights::ConstantMultiplier;
use pallet_transaction_payment::FungibleAdapter;
use sp_runtime::BuildStorage;

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        TransactionFees: pallet_transaction_fees,
        TransactionPayment: pallet_transaction_payment,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountData = pallet_balances::AccountData<Balance>;
    type Block = Block;
}

pub(crate) const EXISTENTIAL_DEPOSIT: Balance = 10;
/// Balance of accounts 1 and 2: enough for many transactions, each of which takes about 10⁸ picoseconds.
pub(crate) const ENDOWMENT: Balance = 1_000_000_000_000;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
}

#[derive_impl(pallet_transaction_payment::config_preludes::TestDefaultConfig)]
impl pallet_transaction_payment::Config for Test {
    type LengthToFee = StorageFeeOf<Test>;
    type OnChargeTransaction = FungibleAdapter<Balances, TransactionFees>;
    type OperationalFeeMultiplier = frame_support::traits::ConstU8<5>;
    type WeightToFee = ConstantMultiplier<Balance, ConstU128<1>>;
}

thread_local! {
    pub(crate) static FARMER: Cell<Option<u64>> = const { Cell::new(None) };
    pub(crate) static FEE: Cell<StorageFee> = const { Cell::new(StorageFee::Dynamic) };
    pub(crate) static PLEDGED: Cell<u128> = const { Cell::new(0) };
}

/// Bytes of history in the tests.
pub(crate) const HISTORY: u128 = 100;

#[derive(Debug)]
pub struct Farmer;

impl Get<Option<u64>> for Farmer {
    fn get() -> Option<u64> {
        FARMER.get()
    }
}

#[derive(Debug)]
pub struct Storage;

impl ChainStorage for Storage {
    fn storage_fee() -> StorageFee {
        FEE.get()
    }

    fn space_pledged() -> u128 {
        PLEDGED.get()
    }

    fn history_size() -> u128 {
        HISTORY
    }
}

impl Config for Test {
    type ChainStorage = Storage;
    type Currency = Balances;
    type RewardAccount = Farmer;
    type WeightInfo = ();
}

pub(crate) fn genesis() -> sp_io::TestExternalities {
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(1, ENDOWMENT), (2, ENDOWMENT)],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

/// Runs `test` on a genesis with `fee` and checks invariants after it, also that issuance is what accounts have.
pub(crate) fn run(fee: StorageFee, test: impl FnOnce()) {
    FARMER.set(Some(7));
    FEE.set(fee);
    PLEDGED.set((HISTORY + 10) * 25);
    genesis().execute_with(|| {
        test();
        Pallet::<Test>::do_try_state().unwrap();
        let accounts: Balance = frame_system::Account::<Test>::iter_values()
            .map(|account| account.data.free + account.data.reserved)
            .sum();
        assert_eq!(accounts, Balances::total_issuance());
    });
}

/// Makes block `number` with what `body` does in it.
pub(crate) fn block(number: u32, body: impl FnOnce()) {
    System::reset_events();
    System::initialize(&number, &Default::default(), &Default::default());
    TransactionFees::on_initialize(number);
    body();
    TransactionFees::on_finalize(number);
    System::finalize();
    Pallet::<Test>::do_try_state().unwrap();
}
