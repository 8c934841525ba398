//! Presets.

use super::*;
use autonomys_core_primitives::Preset;
use sp_consensus_poas::runtime_decl_for_poas_api::PoasApi;

#[test]
fn every_preset_is_a_chain_with_the_parameters_of_its_name() {
    assert_eq!(
        Runtime::preset_names(),
        ["dev", "local", "fast", "main-preset", "unit"]
    );
    for preset in PRESETS {
        genesis(preset).execute_with(|| {
            let params = Runtime::consensus_params();
            assert_eq!(Some(&params), crate::genesis::params(preset).as_ref());
            assert_eq!(params.validate(), Ok(()));
            let ranges = Runtime::solution_ranges();
            assert_eq!(ranges.for_child(), params.initial_solution_range);
            let pot = Runtime::pot_parameters();
            assert_eq!(pot.iterations, params.proof_of_time_iterations);
            assert_eq!(pot.next_change, None);
            assert_eq!(Runtime::history_size().get(), 1);
        });
    }
    let sizes = |preset| crate::genesis::params(preset).unwrap().piece_size();
    assert_eq!(sizes("dev"), sizes("local"));
    assert_eq!(
        sizes("main-preset"),
        Preset::Main.params(Default::default()).piece_size()
    );
}

#[test]
fn alice_is_sudo_and_development_accounts_are_endowed() {
    for preset in PRESETS {
        genesis(preset).execute_with(|| {
            let alice = Sr25519Keyring::Alice.to_account_id();
            assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(alice.clone()));
            assert!(Balances::free_balance(&alice) > 0);
            let bob = Balances::free_balance(Sr25519Keyring::Bob.to_account_id());
            assert_eq!(bob > 0, preset != "main-preset", "{preset}");
        });
    }
}

#[test]
fn no_two_networks_have_the_same_tag() {
    let mut tags: Vec<_> = PRESETS.map(crate::genesis::network_tag).into();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), PRESETS.len());
}

/// Golden: the tag is in every signed message.
#[test]
fn tags_are_those_of_the_vectors() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../test/vectors/network-tag.json")).unwrap();
    let vectors = vectors.as_object().unwrap();
    assert_eq!(vectors.len(), PRESETS.len());
    for (chain_id, tag) in vectors {
        assert_eq!(
            crate::genesis::network_tag(chain_id).to_string(),
            tag.as_str().unwrap()
        );
    }
}

#[test]
fn unknown_presets_are_none_and_those_that_tools_know_are_dev_and_local() {
    let preset = |name: &str| Runtime::get_preset(&Some(name.into()));
    assert_eq!(preset("main"), None);
    assert_eq!(preset("development"), preset("dev"));
    assert_eq!(preset("local_testnet"), preset("local"));
    assert_ne!(preset("local"), preset("dev"));
}

#[test]
fn genesis_that_is_not_json_is_an_error() {
    TestExternalities::new_empty().execute_with(|| {
        assert!(Runtime::build_state(b"{".to_vec()).is_err());
        assert!(Runtime::build_state(b"{}".to_vec()).is_err());
    });
}

#[test]
fn subsidies_fall_and_never_exceed_what_may_be_issued() {
    run(|| {
        let remaining = pallet_rewards::RemainingIssuance::<Runtime>::get();
        let points = pallet_rewards::SubsidyCurve::<Runtime>::get();
        let area: Balance = points
            .iter()
            .zip(points.iter().skip(1))
            .map(|(from, to)| {
                Balance::from(to.block - from.block) * (from.subsidy + to.subsidy) / 2
            })
            .sum();
        assert!(area < remaining);
        // What is left lasts for more than thirty years at the last rate
        let last = points.last().unwrap();
        let years = (remaining - area) / last.subsidy / (365 * 24 * 600);
        assert!(years > 30, "{years}");
    });
}
