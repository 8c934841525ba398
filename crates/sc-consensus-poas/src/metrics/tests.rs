use super::*;
use crate::archiver::ArchivingError;
use autonomys_core_primitives::{BlockHash, PublicKey, SegmentIndex};
use autonomys_verification::{SealError, VerificationError};
use sp_consensus_poas::DigestError;

/// What is counted under a name, by reason.
fn counted(registry: &Registry, name: &str) -> Vec<(String, u64)> {
    let family = registry
        .gather()
        .into_iter()
        .find(|family| family.get_name() == name)
        .unwrap_or_else(|| panic!("{name} is not registered"));
    family
        .get_metric()
        .iter()
        .map(|metric| {
            let reason = metric.get_label()[0].get_value().to_owned();
            (reason, metric.get_counter().get_value() as u64)
        })
        .collect()
}

fn rejections() -> Vec<Rejection> {
    vec![
        DigestError::Foreign.into(),
        Rejection::Unsealed,
        SealError::Signature.into(),
        Rejection::Justification("is missing"),
        Rejection::ProofOfTimeMismatch { slot: 1 },
        VerificationError::ChunkProof.into(),
        Rejection::Number {
            number: 2,
            parent: 2,
        },
        Rejection::SlotNotAfterParent { slot: 1, parent: 1 },
        Rejection::SolutionRange {
            expected: 1,
            actual: 2,
        },
        Rejection::RevealedSlots {
            expected: 1,
            actual: 2,
        },
        Rejection::Seed,
        Rejection::InvalidProofOfTime { slot: 1 },
        Rejection::SegmentRoots,
        Rejection::Inherents("too early".into()),
        Rejection::Execution("it panicked".into()),
        Rejection::StateRoot,
        Rejection::NoBody,
        Rejection::ForkBelowFinalized { finalized: 1 },
    ]
}

fn faults() -> Vec<Fault> {
    vec![
        sp_blockchain::Error::VersionInvalid("0".into()).into(),
        sp_api::ApiError::StateBackendIsNotTrie.into(),
        Fault::Missing {
            what: "header",
            block: "1".into(),
        },
        Fault::UnknownSegment(VerificationError::UnknownSegment(SegmentIndex(1))),
        ArchivingError::BlockMissing { number: 1 }.into(),
        Fault::NotVerified,
        Fault::StateImport,
        Fault::InherentData(sp_inherents::Error::FatalErrorReported),
        sp_consensus::Error::InvalidAuthoritiesSet.into(),
    ]
}

#[test]
fn every_failure_has_a_counter_of_its_own_which_is_there_before_it_occurs() {
    let registry = Registry::new();
    let metrics = Metrics::new(Some(&registry)).unwrap();
    let pre_hash = BlockHash([1; 32]);
    let solutions = [
        SubmitSolutionError::SlotNotOpen { slot: 1 },
        SubmitSolutionError::OutsideSolutionRange {
            slot: 1,
            distance: 2,
            solution_range: 2,
        },
        SubmitSolutionError::Outdone { slot: 1 },
    ];
    let seals = [
        SubmitSealError::NotRequested { pre_hash },
        SubmitSealError::Invalid {
            pre_hash,
            public_key: PublicKey::default(),
        },
    ];
    let names = [
        "poas_blocks_rejected_total",
        "poas_import_faults_total",
        "poas_authoring_failures_total",
        "poas_solutions_refused_total",
        "poas_seals_refused_total",
    ];
    let all = |count: u64| {
        for name in names {
            for (reason, counted) in counted(&registry, name) {
                assert_eq!(counted, count, "{name} {reason}");
            }
        }
    };
    all(0);
    let reasons = names.map(|name| counted(&registry, name).len());
    for rejection in &rejections() {
        metrics.block_rejected(rejection);
    }
    for fault in &faults() {
        metrics.import_fault(fault);
    }
    for failure in AuthoringFailure::ALL {
        metrics.authoring_failed(failure);
    }
    for error in &solutions {
        metrics.solution_refused(error);
    }
    for error in &seals {
        metrics.seal_refused(error);
    }
    all(1);
    assert_eq!(
        reasons,
        [
            rejections().len(),
            faults().len(),
            AuthoringFailure::ALL.len(),
            solutions.len(),
            seals.len()
        ]
    );
    assert_eq!(
        names.map(|name| counted(&registry, name).len()),
        reasons,
        "nothing is counted under a name that was not there before"
    );
}

/// What a message says to do.
#[test]
fn what_a_node_cannot_decide_says_what_to_do_next() {
    for fault in faults() {
        // What stock code says is passed on as it is
        if matches!(fault, Fault::Client(_)) {
            continue;
        }
        let message = fault.to_string();
        let says = ["purge-chain", "must be", "sync with", "check ", "run with"];
        assert!(says.iter().any(|text| message.contains(text)), "{message}");
    }
}

#[test]
fn without_a_registry_nothing_is_counted() {
    let metrics = Metrics::new(None).unwrap();
    metrics.import_fault(&Fault::NotVerified);
    metrics.archived(1, 1);
}
