//! The wish to stop, known to all parts of a farmer.

use tokio::sync::watch;

/// Waits for the wish to stop. Clones wait for the same.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

/// Makes a wish to stop. It counts as made as well once this is dropped.
#[derive(Debug)]
pub(crate) struct ShutdownSwitch(watch::Sender<bool>);

/// A switch and what waits for it.
pub(crate) fn shutdown() -> (ShutdownSwitch, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (ShutdownSwitch(sender), Shutdown(receiver))
}

impl ShutdownSwitch {
    /// Tells everybody to stop.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Returns once the farmer is to stop.
    pub(crate) async fn wait(&self) {
        // An error says that the switch is gone
        let _ = self.0.clone().wait_for(|&stop| stop).await;
    }

    /// Whether the farmer is to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
