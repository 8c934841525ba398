//! Prometheus metrics.

use substrate_prometheus_endpoint::{
    Counter, CounterVec, Gauge, Opts, PrometheusError, Registry, U64, register,
};

use crate::gossip::Rejection;
use crate::source::SlotOrigin;

/// Metrics of proof of time; without a registry they count for nobody.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    slot: Gauge<U64>,
    ahead: Gauge<U64>,
    slots: CounterVec<U64>,
    switches: Counter<U64>,
    rejected: CounterVec<U64>,
}

impl Metrics {
    pub(crate) fn new(registry: Option<&Registry>) -> Result<Self, PrometheusError> {
        let metrics = Self {
            slot: Gauge::new("pot_slot", "Last slot whose proof of time is known")?,
            ahead: Gauge::new(
                "pot_slots_ahead_of_best_block",
                "Known slots that the best block has not revealed",
            )?,
            slots: CounterVec::new(
                Opts::new("pot_slots_total", "Slots by where they became known first"),
                &["source"],
            )?,
            switches: Counter::new(
                "pot_branch_switches_total",
                "How often a best block made proof of time go on from another slot",
            )?,
            rejected: CounterVec::new(
                Opts::new("pot_rejected_total", "Proofs of peers not taken, by reason"),
                &["reason"],
            )?,
        };
        if let Some(registry) = registry {
            register(metrics.slot.clone(), registry)?;
            register(metrics.ahead.clone(), registry)?;
            register(metrics.slots.clone(), registry)?;
            register(metrics.switches.clone(), registry)?;
            register(metrics.rejected.clone(), registry)?;
        }
        for origin in SlotOrigin::ALL {
            metrics.slots.with_label_values(&[origin.name()]);
        }
        for rejection in Rejection::ALL {
            metrics.rejected.with_label_values(&[rejection.name()]);
        }
        Ok(metrics)
    }

    pub(crate) fn slot(&self, origin: SlotOrigin) {
        self.slots.with_label_values(&[origin.name()]).inc();
    }

    pub(crate) fn position(&self, last_slot: u64, best_block_slot: u64) {
        self.slot.set(last_slot);
        self.ahead.set(last_slot.saturating_sub(best_block_slot));
    }

    pub(crate) fn switched(&self) {
        self.switches.inc();
    }

    pub(crate) fn rejected(&self, rejection: Rejection) {
        self.rejected.with_label_values(&[rejection.name()]).inc();
    }
}
