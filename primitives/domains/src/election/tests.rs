use proptest::prelude::*;
use sp_core::Pair as _;
use sp_core::crypto::VrfSecret;

use super::*;
use crate::operators::OperatorPair;

const SLOT: SlotNumber = 77;
const POT: PotOutput = PotOutput([5; 16]);

fn pair(name: &str) -> OperatorPair {
    sr25519::Pair::from_string(name, None).unwrap().into()
}

fn elected(name: &str, domain_id: DomainId, slot: SlotNumber) -> ProofOfElection {
    let pair: sr25519::Pair = pair(name).into();
    let sign_data = vrf_sign_data(domain_id, &POT.global_challenge(slot));
    ProofOfElection::new(domain_id, 3, slot, POT, &pair.vrf_sign(&sign_data))
}

fn ticket_of(name: &str, domain_id: DomainId, slot: SlotNumber) -> u128 {
    let pair: sr25519::Pair = pair(name).into();
    let sign_data = vrf_sign_data(domain_id, &POT.global_challenge(slot));
    let pre_output = pair.vrf_pre_output(sign_data.as_ref());
    ticket(
        &OperatorPublic::from(pair.public()),
        &sign_data,
        &pre_output,
    )
    .unwrap()
}

#[test]
fn a_ticket_wins_under_the_threshold_only() {
    let key = pair("//Alice").public();
    let election = elected("//Alice", DomainId(1), SLOT);
    let ticket = ticket_of("//Alice", DomainId(1), SLOT);
    assert_eq!(election.verify(&key, u128::MAX), Ok(()));
    assert_eq!(election.verify(&key, ticket + 1), Ok(()));
    assert_eq!(
        election.verify(&key, ticket),
        Err(ElectionError::NotElected)
    );
    assert_eq!(election.verify(&key, 0), Err(ElectionError::NotElected));
}

#[test]
fn a_claim_is_for_one_key_domain_slot_and_proof_of_time() {
    let key = pair("//Alice").public();
    let election = elected("//Alice", DomainId(1), SLOT);
    let refused = |election: ProofOfElection| {
        assert_eq!(
            election.verify(&key, u128::MAX),
            Err(ElectionError::VrfProof)
        );
    };
    refused(ProofOfElection {
        domain_id: DomainId(2),
        ..election
    });
    refused(ProofOfElection {
        slot: SLOT + 1,
        ..election
    });
    refused(ProofOfElection {
        proof_of_time: PotOutput([6; 16]),
        ..election
    });
    refused(elected("//Bob", DomainId(1), SLOT));
    assert_eq!(
        election.verify(&pair("//Bob").public(), u128::MAX),
        Err(ElectionError::VrfProof)
    );
    // The operator id is signed by the bundle, not here
    let renamed = ProofOfElection {
        operator_id: 4,
        ..election
    };
    assert_eq!(renamed.verify(&key, u128::MAX), Ok(()));
}

#[test]
fn bytes_that_are_no_points_or_scalars_are_refused() {
    let key = pair("//Alice").public();
    for (pre_output, proof) in [([0xff; 32], [0; 64]), ([0; 32], [0xff; 64])] {
        let election = ProofOfElection {
            vrf_pre_output: pre_output,
            vrf_proof: proof,
            ..elected("//Alice", DomainId(1), SLOT)
        };
        assert_eq!(
            election.verify(&key, u128::MAX),
            Err(ElectionError::VrfProof)
        );
    }
}

#[test]
fn neither_ticket_nor_range_can_be_ground_with_other_proofs() {
    let key = pair("//Alice").public();
    let first = elected("//Alice", DomainId(1), SLOT);
    let second = elected("//Alice", DomainId(1), SLOT);
    assert_ne!(first.vrf_proof, second.vrf_proof, "proofs are randomised");
    assert_eq!(second.verify(&key, u128::MAX), Ok(()));
    let divisor = NonZeroU32::new(3).unwrap();
    assert_eq!(
        first.transaction_range(divisor),
        second.transaction_range(divisor)
    );
    // Any other pre-output fails
    let mut forged = first;
    forged.vrf_pre_output = elected("//Alice", DomainId(1), SLOT + 1).vrf_pre_output;
    assert_eq!(forged.verify(&key, u128::MAX), Err(ElectionError::VrfProof));
}

#[test]
fn tickets_and_ranges_differ_by_key_domain_and_slot() {
    let cases = [
        ("//Alice", DomainId(1), SLOT),
        ("//Bob", DomainId(1), SLOT),
        ("//Alice", DomainId(2), SLOT),
        ("//Alice", DomainId(1), SLOT + 1),
    ];
    let values = cases.map(|(name, domain_id, slot)| {
        let range = elected(name, domain_id, slot).transaction_range(NonZeroU32::MIN);
        (ticket_of(name, domain_id, slot), range)
    });
    for (position, (ticket, range)) in values.iter().enumerate() {
        assert!(
            values[position + 1..]
                .iter()
                .all(|(other, other_range)| other != ticket && other_range != range)
        );
    }
}

#[test]
fn operators_win_in_proportion_to_their_stake() {
    let threshold = threshold(Fraction::new(1, 1), 100, 25).unwrap();
    let wins = (0..1_000)
        .filter(|slot| ticket_of("//Alice", DomainId(1), *slot) < threshold)
        .count();
    // Six standard deviations
    assert!((168..332).contains(&wins), "{wins}");
}

#[test]
fn a_threshold_needs_stake_and_a_probability() {
    let one = Fraction::new(1, 1);
    assert_eq!(threshold(one, 0, 0), None);
    assert_eq!(threshold(Fraction::new(1, 0), 10, 1), None);
    assert_eq!(threshold(one, 10, 11), None);
    assert_eq!(threshold(one, 10, 0), Some(0));
    assert_eq!(threshold(Fraction::new(0, 1), 10, 10), Some(0));
    assert_eq!(threshold(one, 1, 1), Some(u128::MAX));
    assert_eq!(threshold(one, 10, 3), Some(u128::MAX / 10 * 3));
    assert_eq!(
        threshold(Fraction::new(1, 6), 1_000, 10),
        Some(u128::MAX / 6 / 1_000 * 10)
    );
}

proptest! {
    #[test]
    fn all_operators_together_make_no_more_than_the_bundles_wanted(
        numerator in 0u64..1_000,
        more in 1u64..1_000,
        stakes in prop::collection::vec(0..10u128.pow(30), 1..10),
    ) {
        let total: u128 = stakes.iter().sum();
        prop_assume!(total > 0);
        let wanted = Fraction::new(numerator, numerator + more);
        let sum: u128 = stakes
            .iter()
            .map(|stake| threshold(wanted, total, *stake).unwrap())
            .sum();
        let most = u128::MAX / u128::from(wanted.denominator) * u128::from(numerator);
        prop_assert!(sum <= most);
        // Of a total of 10³¹ shannon, rounding takes no more than one ten-millionth
        prop_assert!(most - sum <= total);
    }
}
