//! The tasks of the transaction pool.

use futures::future::BoxFuture;
use sc_service::{SpawnEssentialTaskHandle, SpawnTaskHandle};
use sp_core::traits::{SpawnEssentialNamed, SpawnNamed};

/// Starts the tasks of the pool. Its one blocking task ends with the pool, at every regular stop too, and would be reported
/// as failed then; so its end ends nothing else. Should it panic, the pool's first use of it does, in an essential task.
#[derive(Clone)]
pub(super) struct PoolTasks {
    pub(super) essential: SpawnEssentialTaskHandle,
    pub(super) other: SpawnTaskHandle,
}

impl SpawnEssentialNamed for PoolTasks {
    fn spawn_essential(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        future: BoxFuture<'static, ()>,
    ) {
        self.essential.spawn_essential(name, group, future);
    }

    fn spawn_essential_blocking(
        &self,
        name: &'static str,
        group: Option<&'static str>,
        future: BoxFuture<'static, ()>,
    ) {
        SpawnNamed::spawn_blocking(&self.other, name, group, future);
    }
}
