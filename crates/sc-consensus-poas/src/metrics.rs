//! What an operator can watch: Prometheus metrics of consensus, failures by reason.

#[cfg(test)]
mod tests;

use crate::link::{SubmitSealError, SubmitSolutionError};
use crate::rejection::{Fault, Rejection};
use substrate_prometheus_endpoint::{
    Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, U64, register,
};

/// Why a solution that was in time made no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthoringFailure {
    /// The proofs of time that the block would have to reveal are not known here.
    ProofOfTimeUnknown,
    /// No solution verified.
    SolutionInvalid,
    /// The runtime or the pool failed.
    Proposing,
    /// No farmer sealed in time.
    SealMissing,
    /// The own block was refused at import.
    Import,
    /// Blocks are made more slowly than slots come.
    Overload,
}

impl AuthoringFailure {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::ProofOfTimeUnknown,
        Self::SolutionInvalid,
        Self::Proposing,
        Self::SealMissing,
        Self::Import,
        Self::Overload,
    ];

    /// Label in metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::ProofOfTimeUnknown => "proof_of_time_unknown",
            Self::SolutionInvalid => "solution_invalid",
            Self::Proposing => "proposing",
            Self::SealMissing => "seal_missing",
            Self::Import => "import",
            Self::Overload => "overload",
        }
    }
}

#[derive(Clone, Debug)]
struct Registered {
    blocks_rejected: CounterVec<U64>,
    import_faults: CounterVec<U64>,
    slots_announced: Counter<U64>,
    solutions: Counter<U64>,
    solutions_refused: CounterVec<U64>,
    seals_refused: CounterVec<U64>,
    blocks_authored: Counter<U64>,
    authoring_failures: CounterVec<U64>,
    segments: Gauge<U64>,
    archived_block: Gauge<U64>,
    segments_recreated: Counter<U64>,
}

/// Metrics of consensus. Clones are the same metrics.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    registered: Option<Registered>,
}

impl Metrics {
    /// Metrics in `registry`; without one nothing is counted.
    pub fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
        let Some(registry) = registry else {
            return Ok(Self::default());
        };
        let counter = |name, help| register(Counter::new(name, help)?, registry);
        let gauge = |name, help| register(Gauge::new(name, help)?, registry);
        let by_reason = |name: &str, help: &str, reasons: &[&str]| {
            let counters = register(
                CounterVec::<U64>::new(Opts::new(name, help), &["reason"])?,
                registry,
            )?;
            // A counter that appears only with the first failure hides that one from whoever watches its rise
            for reason in reasons {
                counters.with_label_values(&[*reason]);
            }
            Ok::<_, PrometheusError>(counters)
        };
        Ok(Self {
            registered: Some(Registered {
                blocks_rejected: by_reason(
                    "poas_blocks_rejected_total",
                    "Invalid blocks, by reason",
                    &Rejection::REASONS,
                )?,
                import_faults: by_reason(
                    "poas_import_faults_total",
                    "Blocks that could not be imported through a fault of this node, by reason",
                    &Fault::REASONS,
                )?,
                slots_announced: counter(
                    "poas_slots_announced_total",
                    "Slots that farmers were told of",
                )?,
                solutions: counter(
                    "poas_solutions_total",
                    "Solutions that farmers found in time",
                )?,
                solutions_refused: by_reason(
                    "poas_solutions_refused_total",
                    "Solutions of farmers that were not taken, by reason",
                    &SubmitSolutionError::REASONS,
                )?,
                seals_refused: by_reason(
                    "poas_seals_refused_total",
                    "Seals of farmers that were not taken, by reason",
                    &SubmitSealError::REASONS,
                )?,
                blocks_authored: counter("poas_blocks_authored_total", "Blocks made here")?,
                authoring_failures: by_reason(
                    "poas_authoring_failures_total",
                    "Slots with a solution and without a block, by reason",
                    &AuthoringFailure::ALL.map(AuthoringFailure::reason),
                )?,
                segments: gauge("poas_archived_segments", "Segments of history")?,
                archived_block: gauge("poas_archived_block", "Height of the last archived block")?,
                segments_recreated: counter(
                    "poas_segments_recreated_total",
                    "Segments recreated from blocks to serve their pieces",
                )?,
            }),
        })
    }

    /// Counts a block that is invalid.
    pub(crate) fn block_rejected(&self, rejection: &Rejection) {
        if let Some(metrics) = &self.registered {
            metrics
                .blocks_rejected
                .with_label_values(&[rejection.reason()])
                .inc();
        }
    }

    /// Counts a block that could not be imported for reasons of this node.
    pub(crate) fn import_fault(&self, fault: &Fault) {
        if let Some(metrics) = &self.registered {
            metrics
                .import_faults
                .with_label_values(&[fault.reason()])
                .inc();
        }
    }

    /// Counts a slot.
    pub(crate) fn slot_announced(&self) {
        if let Some(metrics) = &self.registered {
            metrics.slots_announced.inc();
        }
    }

    /// Counts solutions.
    pub(crate) fn solutions(&self, count: usize) {
        if let Some(metrics) = &self.registered {
            metrics.solutions.inc_by(u64::try_from(count).unwrap_or(0));
        }
    }

    /// Counts a solution that was not taken. For whoever hands farmers' solutions to the link.
    pub fn solution_refused(&self, error: &SubmitSolutionError) {
        if let Some(metrics) = &self.registered {
            metrics
                .solutions_refused
                .with_label_values(&[error.reason()])
                .inc();
        }
    }

    /// Counts a seal that was not taken. For whoever hands farmers' seals to the link.
    pub fn seal_refused(&self, error: &SubmitSealError) {
        if let Some(metrics) = &self.registered {
            metrics
                .seals_refused
                .with_label_values(&[error.reason()])
                .inc();
        }
    }

    /// Counts a block made here.
    pub(crate) fn block_authored(&self) {
        if let Some(metrics) = &self.registered {
            metrics.blocks_authored.inc();
        }
    }

    /// Counts a slot that could have had a block.
    pub(crate) fn authoring_failed(&self, failure: AuthoringFailure) {
        if let Some(metrics) = &self.registered {
            metrics
                .authoring_failures
                .with_label_values(&[failure.reason()])
                .inc();
        }
    }

    /// Shows how far history is archived.
    pub(crate) fn archived(&self, block: u32, segments: usize) {
        if let Some(metrics) = &self.registered {
            metrics.archived_block.set(u64::from(block));
            metrics.segments.set(u64::try_from(segments).unwrap_or(0));
        }
    }

    /// Counts a segment that was recreated.
    pub(crate) fn segment_recreated(&self) {
        if let Some(metrics) = &self.registered {
            metrics.segments_recreated.inc();
        }
    }
}
