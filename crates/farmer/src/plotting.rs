//! Fills farms with sectors, and replaces those that expire.

use crate::farm::Farm;
use crate::farmer::{FarmerError, NODE_IS_SYNCING, Shared, resume_panic, retry_after};
use crate::pieces::PieceSource;
use autonomys_core_primitives::farming::FarmerAppInfo;
use autonomys_core_primitives::{HistorySize, SectorIndex};
use autonomys_farmer_components::{PlotError, PlotObserver, Plotter, SectorToPlot};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::task;
use tracing::{debug, info, warn};

/// While a proof is being made, plotting looks this often whether the farmer is to stop.
const YIELD_STEP: Duration = Duration::from_millis(100);

/// With nothing to plot, look again after this time at the latest.
const IDLE_CHECK: Duration = Duration::from_secs(10);

/// Plots one sector after the other, as long as there is one to plot.
pub(crate) async fn run(
    shared: Arc<Shared>,
    source: Arc<PieceSource>,
    mut plotter: Plotter,
) -> Result<(), FarmerError> {
    let mut failures = 0;
    while !shared.shutdown.is_stopping() {
        let wait = match plot_next(&shared, &source, plotter, failures).await {
            (back, Ok(true)) => {
                plotter = back;
                failures = 0;
                continue;
            }
            (back, Ok(false)) => {
                plotter = back;
                failures = 0;
                IDLE_CHECK
            }
            (_, Err(error @ FarmerError::WrongGenesis { .. })) => return Err(error),
            (back, Err(error)) => {
                plotter = back;
                failures += 1;
                if !shared.shutdown.is_stopping() {
                    warn!(target: "farmer::plotting", %error, "Sector was not plotted; it is tried again");
                }
                retry_after(failures)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.work_to_plot.notified() => {}
            () = shared.shutdown.wait() => {}
        }
    }
    Ok(())
}

/// Plots the most urgent sector, after so many failures in a row. `false` if there is none.
async fn plot_next(
    shared: &Arc<Shared>,
    source: &Arc<PieceSource>,
    plotter: Plotter,
    failures: u32,
) -> (Plotter, Result<bool, FarmerError>) {
    let next = tokio::select! {
        next = find_next(shared, failures) => next,
        () = shared.shutdown.wait() => Err(FarmerError::Stopping),
    };
    let (farm, sector_index, history_size) = match next {
        Ok(Some(next)) => next,
        Ok(None) => return (plotter, Ok(false)),
        Err(error) => return (plotter, Err(error)),
    };
    let shared = Arc::clone(shared);
    let source = Arc::clone(source);
    let runtime = Handle::current();
    // Threads of its own, since it takes minutes for a production sector
    let plotting = task::spawn_blocking(move || {
        let mut plotter = plotter;
        let result = plot(
            &shared,
            &source,
            &runtime,
            &mut plotter,
            &farm,
            sector_index,
            history_size,
        );
        (plotter, result.map(|()| true))
    });
    plotting.await.unwrap_or_else(resume_panic)
}

/// The first sector to plot in any farm, with the history to plot it for.
async fn find_next(
    shared: &Shared,
    failures: u32,
) -> Result<Option<(Arc<Farm>, SectorIndex, HistorySize)>, FarmerError> {
    let FarmerAppInfo {
        history_size,
        genesis_hash,
        syncing,
        ..
    } = shared.node.farmer_app_info().await?;
    shared.check_genesis(genesis_hash)?;
    if syncing {
        // What is plotted with an old history expires early
        shared.statistics.obstacle(NODE_IS_SYNCING);
        return Ok(None);
    }
    shared.segment_headers.update(&*shared.node).await?;
    shared.history_advanced_to(history_size);
    // By the history of the chain, for which the sector is plotted: by that of the segment headers, which is longer where
    // the node begins anew, a sector might be expired as soon as it is plotted
    Ok(next_in_farms(&shared.farms, failures, history_size)
        .map(|(farm, sector_index)| (farm, sector_index, history_size)))
}

/// The first sector to plot in any farm. Each failure begins the search one farm further, so that one whose disk is broken
/// does not keep the others empty.
pub(crate) fn next_in_farms(
    farms: &[Arc<Farm>],
    failures: u32,
    history_size: HistorySize,
) -> Option<(Arc<Farm>, SectorIndex)> {
    farms
        .iter()
        .cycle()
        .skip((failures as usize).checked_rem(farms.len())?)
        .take(farms.len())
        .find_map(|farm| Some((Arc::clone(farm), farm.next_to_plot(history_size)?)))
}

fn plot(
    shared: &Shared,
    source: &PieceSource,
    runtime: &Handle,
    plotter: &mut Plotter,
    farm: &Farm,
    sector_index: SectorIndex,
    history_size: HistorySize,
) -> Result<(), FarmerError> {
    let again = farm.sector_metadata(sector_index).is_some();
    info!(
        target: "farmer::plotting",
        farm = %farm.path().display(),
        sector_index,
        %history_size,
        again,
        "Plotting sector"
    );
    let started = Instant::now();
    let sector = SectorToPlot {
        public_key: farm.info().public_key,
        sector_index,
        history_size,
    };
    let encoded = plotter
        .plot(
            &sector,
            |piece_index| runtime.block_on(source.piece(farm, piece_index)),
            &Observer { shared },
        )
        .map_err(|error| match error {
            PlotError::Stopped => FarmerError::Stopping,
            error => FarmerError::Plotting(error.to_string()),
        })?;
    let left_out = encoded.left_out().count();
    farm.write_sector(sector_index, &encoded)?;
    shared.update_expirations(farm);
    shared.statistics.plotted.increment();
    let counts = farm.counts(shared.history_size());
    info!(
        target: "farmer::plotting",
        farm = %farm.path().display(),
        sector_index,
        %history_size,
        milliseconds = started.elapsed().as_millis(),
        left_out,
        plotted = counts.plotted,
        of = counts.total,
        "Sector is plotted"
    );
    Ok(())
}

struct Observer<'a> {
    shared: &'a Shared,
}

impl PlotObserver for Observer<'_> {
    fn may_continue(&self) -> bool {
        while !self.shared.shutdown.is_stopping() {
            if self.shared.proving_gate.wait(YIELD_STEP) {
                return true;
            }
        }
        false
    }

    fn record_encoded(&self, done: usize, total: usize) {
        debug!(target: "farmer::plotting", done, total, "Record is encoded");
    }
}
