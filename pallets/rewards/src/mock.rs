//! A runtime of this pallet and balances.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a runtime is public, and so is all that it is made of"
)]

use crate as pallet_rewards;
use crate::{Balance, Config, GenesisConfig, Pallet, SubsidyPoint};
use core::cell::Cell;
use frame_support::derive_impl;
use frame_support::traits::{Get, Hooks};
use sp_runtime::BuildStorage;

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Rewards: pallet_rewards,
        Balances: pallet_balances,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountData = pallet_balances::AccountData<Balance>;
    type Block = Block;
}

pub(crate) const EXISTENTIAL_DEPOSIT: Balance = 10;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = Balance;
    type ExistentialDeposit = frame_support::traits::ConstU128<EXISTENTIAL_DEPOSIT>;
}

thread_local! {
    pub(crate) static FARMER: Cell<Option<u64>> = const { Cell::new(None) };
    pub(crate) static BYTE_FEE: Cell<Balance> = const { Cell::new(0) };
}

#[derive(Debug)]
pub struct Farmer;

impl Get<Option<u64>> for Farmer {
    fn get() -> Option<u64> {
        FARMER.get()
    }
}

#[derive(Debug)]
pub struct ByteFee;

impl Get<Balance> for ByteFee {
    fn get() -> Balance {
        BYTE_FEE.get()
    }
}

impl Config for Test {
    type ByteFee = ByteFee;
    type Currency = Balances;
    type RewardAccount = Farmer;
    type WeightInfo = ();
}

pub(crate) fn point(block: u32, subsidy: Balance) -> SubsidyPoint {
    SubsidyPoint { block, subsidy }
}

pub(crate) fn genesis_with(
    remaining_issuance: Balance,
    subsidy_points: Vec<SubsidyPoint>,
) -> sp_io::TestExternalities {
    RuntimeGenesisConfig {
        rewards: GenesisConfig {
            remaining_issuance,
            subsidy_points,
            ..Default::default()
        },
        balances: pallet_balances::GenesisConfig {
            balances: vec![(1, 1_000)],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

/// A million to be issued, 1,000 in block 1 down to 500 in block 101.
pub(crate) fn genesis() -> sp_io::TestExternalities {
    genesis_with(1_000_000, vec![point(1, 1_000), point(101, 500)])
}

/// Runs `test` and checks invariants after it, also that issuance is what accounts have.
pub(crate) fn run(mut state: sp_io::TestExternalities, test: impl FnOnce()) {
    FARMER.set(Some(7));
    BYTE_FEE.set(0);
    state.execute_with(|| {
        test();
        Pallet::<Test>::do_try_state().unwrap();
        let accounts: Balance = frame_system::Account::<Test>::iter_values()
            .map(|account| account.data.free + account.data.reserved)
            .sum();
        assert_eq!(accounts, Balances::total_issuance());
    });
}

/// Makes block `number` with `size` bytes in it.
pub(crate) fn block(number: u32, size: u32) {
    System::reset_events();
    System::initialize(&number, &Default::default(), &Default::default());
    Rewards::on_initialize(number);
    frame_system::BlockSize::<Test>::put(size);
    Rewards::on_finalize(number);
    System::finalize();
}
