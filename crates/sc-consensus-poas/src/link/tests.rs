use super::*;
use crate::test_chain::{TestChain, keypair, link, losing_solution, public_key};
use autonomys_core_primitives::GlobalChallenge;
use autonomys_verification::sign_seal;

fn slot_info(slot: SlotNumber, solution_range: SolutionRange) -> SlotInfo {
    SlotInfo {
        slot,
        global_challenge: GlobalChallenge([3; 32]),
        solution_range,
    }
}

fn response(slot: SlotNumber, sector_index: u16) -> SolutionResponse {
    SolutionResponse {
        slot,
        solution: Solution {
            sector_index,
            ..losing_solution()
        },
    }
}

#[test]
fn the_best_solutions_of_a_slot_are_kept_in_order() {
    let link = link(&TestChain::new());
    let info = slot_info(7, u64::MAX);
    link.announce_slot(info);
    let mut outdone = 0;
    for sector_index in 0..100 {
        match link.submit_solution(response(7, sector_index)) {
            Ok(()) => {}
            Err(SubmitSolutionError::Outdone { slot: 7 }) => outdone += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(outdone > 0);
    let mut expected: Vec<Solution> = (0..100)
        .map(|sector_index| response(7, sector_index).solution)
        .collect();
    expected.sort_by_key(|solution| distance(&info, solution));
    expected.truncate(MAX_SOLUTIONS_PER_SLOT);
    assert_eq!(link.close_slots(7), [(7, expected)]);
}

#[test]
fn a_solution_is_taken_once_and_only_within_its_slot_and_range() {
    let link = link(&TestChain::new());
    let not_open = Err(SubmitSolutionError::SlotNotOpen { slot: 7 });
    assert_eq!(link.submit_solution(response(7, 0)), not_open);
    link.announce_slot(slot_info(7, u64::MAX));
    assert_eq!(link.submit_solution(response(7, 0)), Ok(()));
    assert_eq!(link.submit_solution(response(7, 0)), Ok(()));
    assert_eq!(link.close_slots(7), [(7, vec![response(7, 0).solution])]);
    assert_eq!(link.submit_solution(response(7, 0)), not_open);

    link.announce_slot(slot_info(8, 2));
    assert!(matches!(
        link.submit_solution(response(8, 0)),
        Err(SubmitSolutionError::OutsideSolutionRange { slot: 8, .. })
    ));
}

#[test]
fn a_slot_that_comes_again_with_another_challenge_drops_the_solutions_for_the_first() {
    let link = link(&TestChain::new());
    link.announce_slot(slot_info(7, u64::MAX));
    link.submit_solution(response(7, 0)).unwrap();
    link.announce_slot(slot_info(7, u64::MAX));
    assert_eq!(link.close_slots(9), []);
}

#[test]
fn closing_a_slot_closes_those_before_and_leaves_those_after() {
    let link = link(&TestChain::new());
    for slot in [5, 6, 7] {
        link.announce_slot(slot_info(slot, u64::MAX));
        link.submit_solution(response(slot, 0)).unwrap();
    }
    let slots = |closed: Vec<(SlotNumber, Vec<Solution>)>| {
        closed.into_iter().map(|(slot, _)| slot).collect::<Vec<_>>()
    };
    assert_eq!(slots(link.close_slots(6)), [5, 6]);
    assert_eq!(link.submit_solution(response(7, 1)), Ok(()));
    link.close_all_slots();
    assert!(link.close_slots(u64::MAX).is_empty());
}

#[test]
fn slots_seal_requests_and_segments_reach_subscribers_and_need_none() {
    let link = link(&TestChain::new());
    link.announce_slot(slot_info(1, 2));
    let mut slots = link.subscribe_slots();
    let mut seals = link.subscribe_seal_requests();
    link.announce_slot(slot_info(2, 3));
    assert_eq!(slots.try_recv(), Ok(slot_info(2, 3)));
    let request = SealRequest {
        pre_hash: BlockHash([1; 32]),
        public_key: public_key(),
    };
    let _pending = link.request_seal(request);
    assert_eq!(seals.try_recv(), Ok(request));
}

#[tokio::test]
async fn the_first_valid_seal_is_taken() {
    let link = link(&TestChain::new());
    let pre_hash = BlockHash([1; 32]);
    let pending = link.request_seal(SealRequest {
        pre_hash,
        public_key: public_key(),
    });
    let seal = sign_seal(&keypair(), &link.genesis_hash(), &pre_hash);
    let forged = sign_seal(&keypair(), &BlockHash([9; 32]), &pre_hash);
    assert_eq!(
        link.submit_seal(SealResponse {
            pre_hash,
            seal: forged
        }),
        Err(SubmitSealError::Invalid {
            pre_hash,
            public_key: public_key()
        })
    );
    assert_eq!(link.submit_seal(SealResponse { pre_hash, seal }), Ok(()));
    assert_eq!(
        link.submit_seal(SealResponse { pre_hash, seal }),
        Err(SubmitSealError::NotRequested { pre_hash })
    );
    assert_eq!(pending.wait(Duration::from_secs(60)).await, Some(seal));
}

#[tokio::test]
async fn a_seal_that_does_not_come_is_given_up_and_forgotten() {
    let link = link(&TestChain::new());
    let pre_hash = BlockHash([1; 32]);
    let pending = link.request_seal(SealRequest {
        pre_hash,
        public_key: public_key(),
    });
    assert_eq!(pending.wait(Duration::from_millis(1)).await, None);
    let seal = sign_seal(&keypair(), &link.genesis_hash(), &pre_hash);
    assert_eq!(
        link.submit_seal(SealResponse { pre_hash, seal }),
        Err(SubmitSealError::NotRequested { pre_hash })
    );
    assert!(link.shared.awaited_seals.lock().is_empty());
}
