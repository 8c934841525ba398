use frame_support::derive_impl;
use frame_support::traits::ConstU128;
use sp_core::storage::Storage;
use sp_runtime::BuildStorage;
use sp_runtime::traits::IdentityLookup;
use sp_state_machine::InMemoryBackend;

use super::*;

type Block = frame_system::mocking::MockBlockU32<Runtime>;

frame_support::construct_runtime!(
    pub enum Runtime {
        System: frame_system,
        Balances: pallet_balances,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Runtime {
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<1>;
    type AccountStore = System;
}

fn storage(balances: &[(AccountId, Balance)]) -> Storage {
    RuntimeGenesisConfig {
        system: Default::default(),
        balances: pallet_balances::GenesisConfig {
            balances: balances.to_vec(),
            ..Default::default()
        },
    }
    .build_storage()
    .unwrap()
}

fn genesis(balances: &[(AccountId, Balance)]) -> RawGenesis {
    storage(balances).try_into().unwrap()
}

fn account(number: u8) -> AccountId {
    [number; 32].into()
}

/// The state root that stock storage has, by other code: a trie that values are inserted into.
fn stock_state_root(genesis: RawGenesis) -> Hash {
    let storage = Storage::from(genesis);
    *InMemoryBackend::<BlakeTwo256>::from((storage, StateVersion::V1)).root()
}

#[test]
fn endowing_accounts_writes_what_the_balances_pallet_writes() {
    let balances = [(account(1), 10), (account(2), u128::MAX - 10)];
    let mut endowed = genesis(&[]);
    endowed.set_balances(&balances).unwrap();
    assert_eq!(endowed, genesis(&balances));

    let mut nobody = genesis(&[]);
    nobody.set_balances(&[]).unwrap();
    assert_eq!(nobody, genesis(&[]));
}

#[test]
fn the_state_root_is_that_of_stock_storage() {
    assert_eq!(
        RawGenesis::default().state_root(),
        stock_state_root(RawGenesis::default())
    );
    let mut raw = genesis(&[]);
    raw.set_code(vec![7; 100_000]);
    raw.set_domain(NetworkTag([3; 32]), DomainId(1));
    raw.set_balances(&[(account(1), 10)]).unwrap();
    let root = raw.state_root();
    assert_eq!(root, stock_state_root(raw.clone()));

    let changes: [fn(&mut RawGenesis); 3] = [
        |raw| raw.set_code(vec![8; 100_000]),
        |raw| raw.set_domain(NetworkTag([4; 32]), DomainId(1)),
        |raw| raw.set_domain(NetworkTag([3; 32]), DomainId(2)),
    ];
    for change in changes {
        let mut changed = raw.clone();
        change(&mut changed);
        assert_ne!(changed.state_root(), root);
    }
}

#[test]
fn balances_that_cannot_be_are_refused_and_change_nothing() {
    let refused = |genesis: &RawGenesis, balances: &[_], error| {
        let mut changed = genesis.clone();
        assert_eq!(changed.set_balances(balances), Err(error));
        assert_eq!(&changed, genesis);
    };
    let one = [(account(1), 1)];
    refused(&genesis(&one), &[], GenesisError::Balances);
    refused(&genesis(&one), &one, GenesisError::Balances);
    // An account without coins in the preset
    let mut account_only = genesis(&[]);
    account_only
        .top
        .insert(account_key(&account(1)), endowed_account(0));
    refused(&account_only, &one, GenesisError::Balances);
    refused(
        &genesis(&[]),
        &[(account(1), 1), (account(1), 1)],
        GenesisError::DuplicateAccount,
    );
    refused(
        &genesis(&[]),
        &[(account(1), Balance::MAX), (account(2), 1)],
        GenesisError::Overflow,
    );
    let mut malformed = genesis(&[]);
    malformed
        .top
        .insert(TOTAL_ISSUANCE.key().to_vec(), vec![0; 15]);
    refused(&malformed, &one, GenesisError::Balances);
}

#[test]
fn code_is_taken_once() {
    let mut raw = genesis(&[]);
    assert_eq!(raw.take_code(), Err(GenesisError::NoCode));
    raw.set_code(vec![]);
    assert_eq!(raw.clone().take_code(), Err(GenesisError::NoCode));
    raw.set_code(vec![1, 2]);
    assert_eq!(raw.code(), Some([1, 2].as_slice()));
    assert_eq!(raw.take_code(), Ok(vec![1, 2]));
    assert_eq!(raw, genesis(&[]));
}

#[test]
fn child_tries_are_refused() {
    let mut storage = storage(&[]);
    storage.children_default.insert(
        vec![1],
        sp_core::storage::StorageChild {
            data: Default::default(),
            child_info: sp_core::storage::ChildInfo::new_default(&[1]),
        },
    );
    assert_eq!(RawGenesis::try_from(storage), Err(GenesisError::ChildTries));
}

#[test]
fn the_genesis_header_is_that_of_a_stock_client() {
    let header = genesis_header(Hash::repeat_byte(1));
    assert_eq!(
        header.extrinsics_root,
        sp_trie::empty_trie_root::<sp_trie::LayoutV1<BlakeTwo256>>()
    );
    assert_eq!(
        hex::encode(header.extrinsics_root),
        "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"
    );
    assert_eq!(header.number, 0);
    assert_eq!(header.parent_hash, Hash::zero());
    assert_eq!(header.state_root, Hash::repeat_byte(1));
    assert!(header.digest.logs.is_empty());
}
