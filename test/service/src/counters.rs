//! What a node counts.

use substrate_prometheus_endpoint::Registry;

/// All counters of this name with the values of their labels, that of the chain left out.
pub(crate) fn counters(registry: &Registry, name: &str) -> Vec<(String, u64)> {
    registry
        .gather()
        .iter()
        .filter(|family| family.get_name() == name)
        .flat_map(|family| family.get_metric())
        .map(|metric| {
            let label = metric
                .get_label()
                .iter()
                .find(|label| label.get_name() != "chain")
                .map(|label| label.get_value().to_owned())
                .unwrap_or_default();
            (label, metric.get_counter().get_value() as u64)
        })
        .collect()
}
