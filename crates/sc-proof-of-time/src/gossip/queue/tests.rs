use super::*;
use autonomys_core_primitives::{PotOutput, PotSeed};
use std::collections::HashMap;
use std::num::NonZeroU32;

const ITERATIONS: NonZeroU32 = NonZeroU32::new(64).unwrap();

fn input(slot: SlotNumber) -> PotSlotInput {
    PotSlotInput {
        slot,
        iterations: ITERATIONS,
        seed: PotSeed([u8::try_from(slot).unwrap(); 16]),
    }
}

fn checkpoints(kind: u8) -> PotCheckpoints {
    PotCheckpoints([PotOutput([kind; 16]); 8])
}

fn proof(slot: SlotNumber, kind: u8) -> PotSlotInfo {
    PotSlotInfo::new(input(slot), checkpoints(kind))
}

fn other_branch(slot: SlotNumber) -> PotSlotInfo {
    PotSlotInfo {
        seed: PotSeed([0xff; 16]),
        ..proof(slot, 0)
    }
}

fn plan(queue: &mut GossipQueue, slot: SlotNumber) -> (Option<Check>, Vec<(PeerId, Rejection)>) {
    queue.plan(&input(slot), |_| 0)
}

/// Runs a check in which proofs of kind `valid` are valid. Returns the kinds verified and how often was proved.
fn run(check: Check, valid: u8) -> (Checked, Vec<u8>, usize) {
    let mut verified = Vec::new();
    let mut proved = 0;
    let checked = check.run(
        |_, proof| {
            verified.push(proof.0[0].0[0]);
            Some(*proof == checkpoints(valid))
        },
        |_| {
            proved += 1;
            Some(checkpoints(valid))
        },
    );
    (checked, verified, proved)
}

/// `count` peers, the first with the best reputation, that each sent another proof of slot 1.
fn distinct_candidates(count: u8) -> (Vec<PeerId>, Check) {
    let mut queue = GossipQueue::new();
    let peers: Vec<_> = (0..count).map(|_| PeerId::random()).collect();
    let reputation: HashMap<_, _> = peers.iter().copied().zip((0..).map(|rank| -rank)).collect();
    for (kind, peer) in peers.iter().enumerate().rev() {
        queue
            .add(*peer, proof(1, u8::try_from(kind).unwrap()))
            .unwrap();
    }
    let (check, rejected) = queue.plan(&input(1), |peer| reputation[peer]);
    assert_eq!(rejected, []);
    (peers, check.unwrap())
}

#[test]
fn a_proof_waits_for_its_slot() {
    let mut queue = GossipQueue::new();
    let peer = PeerId::random();
    queue.add(peer, proof(3, 1)).unwrap();
    queue.add(peer, proof(3, 1)).unwrap();
    assert!(plan(&mut queue, 1).0.is_none());
    assert!(plan(&mut queue, 2).0.is_none());
    let (checked, ..) = run(plan(&mut queue, 3).0.unwrap(), 1);
    assert_eq!(
        checked,
        Checked {
            input: input(3),
            valid: Some(checkpoints(1)),
            senders: vec![peer],
            invalid: vec![],
        }
    );
    assert!(plan(&mut queue, 3).0.is_none(), "it waits once");
}

#[test]
fn waiting_proofs_of_another_branch_are_dropped_when_their_slot_comes() {
    let mut queue = GossipQueue::new();
    let peer = PeerId::random();
    queue.add(peer, other_branch(3)).unwrap();
    let (check, rejected) = plan(&mut queue, 3);
    assert!(check.is_none());
    assert_eq!(rejected, [(peer, Rejection::Mismatch)]);
    assert_eq!(plan(&mut queue, 3).1, []);
}

#[test]
fn twenty_proofs_of_a_peer_wait_and_no_more() {
    let mut queue = GossipQueue::new();
    let peer = PeerId::random();
    for slot in 1..=20 {
        queue.add(peer, proof(slot, 0)).unwrap();
    }
    assert_eq!(queue.add(peer, proof(21, 0)), Err(Rejection::TooMany));
    assert_eq!(queue.add(peer, proof(20, 0)), Ok(()), "has it");
    assert_eq!(queue.add(PeerId::random(), proof(21, 0)), Ok(()));
    let _ = plan(&mut queue, 1);
    assert_eq!(queue.add(peer, proof(21, 0)), Ok(()));
}

#[test]
fn proofs_of_a_thousand_peers_wait_and_no_more() {
    let mut queue = GossipQueue::new();
    let peers: Vec<_> = (0..1001).map(|_| PeerId::random()).collect();
    for peer in &peers {
        queue.add(*peer, proof(1, 1)).unwrap();
    }
    let (checked, ..) = run(plan(&mut queue, 1).0.unwrap(), 1);
    assert_eq!(checked.senders.len(), 1000);
    assert!(!checked.senders.contains(&peers[0]), "heard longest ago");
}

#[test]
fn two_proofs_of_one_input_give_their_sender_away_without_verification() {
    let mut queue = GossipQueue::new();
    let peer = PeerId::random();
    queue.add(peer, proof(5, 1)).unwrap();
    assert_eq!(queue.add(peer, proof(5, 2)), Err(Rejection::Invalid));
    assert_eq!(
        queue.add(peer, other_branch(5)),
        Ok(()),
        "peers change branch"
    );
}

#[test]
fn a_slot_known_by_other_means_settles_what_waits() {
    let mut queue = GossipQueue::new();
    let [early, same, bad, branch, later] = std::array::from_fn(|_| PeerId::random());
    queue.add(early, proof(2, 1)).unwrap();
    queue.add(same, proof(3, 1)).unwrap();
    queue.add(bad, proof(3, 2)).unwrap();
    queue.add(branch, other_branch(3)).unwrap();
    queue.add(later, proof(4, 1)).unwrap();
    // Planning for the slot after it does not settle what has to be settled.
    assert!(plan(&mut queue, 5).0.is_none());
    let mut settled = queue.settle(&proof(3, 1));
    settled.rejected.sort_by_key(|(peer, _)| *peer != bad);
    assert_eq!(
        settled,
        Settled {
            senders: vec![same],
            rejected: vec![(bad, Rejection::Invalid), (branch, Rejection::Mismatch)],
        }
    );
    assert_eq!(queue.settle(&proof(3, 1)), Settled::default());
    assert_eq!(
        run(plan(&mut queue, 4).0.unwrap(), 1).0.senders,
        vec![later]
    );
}

#[test]
fn up_to_six_candidates_are_verified_best_reputed_first_until_one_is_valid() {
    let (peers, check) = distinct_candidates(6);
    let (checked, verified, proved) = run(check, 5);
    assert_eq!((verified, proved), (vec![0, 1, 2, 3, 4, 5], 0));
    assert_eq!(checked.valid, Some(checkpoints(5)));
    assert_eq!(checked.senders, peers[5..]);
    assert_eq!(checked.invalid, peers[..5]);

    let (peers, check) = distinct_candidates(6);
    let (checked, verified, proved) = run(check, 1);
    assert_eq!((verified, proved), (vec![0, 1], 0));
    assert_eq!(checked.senders, peers[1..2]);
    assert_eq!(
        checked.invalid,
        [peers[0], peers[2], peers[3], peers[4], peers[5]],
        "one at most is valid, so the others need no verification"
    );

    let (peers, check) = distinct_candidates(6);
    let (checked, verified, proved) = run(check, 99);
    assert_eq!((verified.len(), proved), (6, 0));
    assert_eq!((checked.valid, checked.invalid), (None, peers));
}

#[test]
fn of_seven_or_more_candidates_only_the_best_reputed_is_verified() {
    let (peers, check) = distinct_candidates(7);
    let (checked, verified, proved) = run(check, 0);
    assert_eq!((verified, proved), (vec![0], 0));
    assert_eq!(checked.senders, peers[..1]);
    assert_eq!(checked.invalid, peers[1..]);
}

#[test]
fn of_seven_or_more_candidates_a_proof_made_here_decides_when_the_best_reputed_is_bad() {
    for count in [7, 100] {
        let (peers, check) = distinct_candidates(count);
        let (checked, verified, proved) = run(check, 3);
        assert_eq!((verified, proved), (vec![0], 1));
        assert_eq!(checked.valid, Some(checkpoints(3)));
        assert_eq!(checked.senders, peers[3..4]);
        assert_eq!(checked.invalid.len(), usize::from(count) - 1);
    }
    // Also when none of them is valid.
    let (peers, check) = distinct_candidates(7);
    let (checked, ..) = run(check, 99);
    assert_eq!(checked.valid, Some(checkpoints(99)));
    assert_eq!((checked.senders, checked.invalid), (vec![], peers));
}

#[test]
fn an_abandoned_check_blames_only_who_was_refuted() {
    let (_, check) = distinct_candidates(6);
    let checked = check.run(|_, _| None, |_| None);
    assert_eq!((checked.valid, checked.invalid), (None, vec![]));

    let (peers, check) = distinct_candidates(7);
    let checked = check.run(|_, _| Some(false), |_| None);
    assert_eq!((checked.valid, checked.invalid), (None, vec![peers[0]]));

    let (_, check) = distinct_candidates(7);
    let checked = check.run(|_, _| None, |_| panic!("nobody waits for it"));
    assert_eq!((checked.valid, checked.invalid), (None, vec![]));
}

#[test]
fn a_proof_of_many_is_one_candidate_with_the_best_of_their_reputations() {
    let mut queue = GossipQueue::new();
    let honest: Vec<_> = (0..8).map(|_| PeerId::random()).collect();
    let hostile = PeerId::random();
    queue.add(hostile, proof(1, 2)).unwrap();
    for peer in &honest {
        queue.add(*peer, proof(1, 1)).unwrap();
    }
    let best = honest[3];
    let (check, _) = queue.plan(&input(1), |peer| {
        if *peer == best {
            10
        } else if *peer == hostile {
            5
        } else {
            0
        }
    });
    let (checked, verified, _) = run(check.unwrap(), 1);
    assert_eq!(verified, [1]);
    assert_eq!(checked.senders.len(), honest.len());
    assert_eq!(checked.invalid, [hostile]);
}

#[test]
fn a_peer_that_lags_is_answered_once_per_slot() {
    let mut queue = GossipQueue::new();
    let peer = PeerId::random();
    assert!(queue.may_answer(peer, 7));
    assert!(!queue.may_answer(peer, 7));
    assert!(queue.may_answer(PeerId::random(), 7));
    assert!(queue.may_answer(peer, 8));
}
