//! A farmer: its farms, its node, and the tasks that bring them together.
//!
//! ```text
//! slots ──────────▶ audit ─▶ prove ─▶ submit         side by side for different slots; proofs one at a time
//! seal requests ──▶ seal
//! new segments ───▶ learn what expires ─▶ plot       one sector at a time, yields to proving
//! every minute ───▶ one line: farming, or not farming because …
//! ```
//!
//! A task whose subscription ends subscribes again, after a wait that grows while the node is gone. Only two things end
//! a farmer: the wish to stop, and a node on another network.

use crate::farm::{Farm, FarmError};
use crate::following::{SealRequests, Segments, Slots, follow};
use crate::node_client::{NodeClient, NodeClientError};
use crate::options::FarmerOptions;
use crate::pieces::PieceSource;
use crate::plotting;
use crate::proving_gate::ProvingGate;
use crate::segment_headers::{SegmentHeaders, SegmentHeadersError};
use crate::shutdown::{Shutdown, ShutdownSwitch, shutdown};
use crate::statistics::Statistics;
use autonomys_core_primitives::farming::FarmerAppInfo;
use autonomys_core_primitives::{BlockHash, ConsensusParams, HistorySize, RewardAddress};
use autonomys_farmer_components::{Plotter, PlotterError, SectorLayout};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::{self, JoinError, JoinSet};
use tracing::{info, warn};

/// Between two lines that say whether the farmer is farming.
const STATUS_INTERVAL: Duration = Duration::from_secs(60);

/// Longest wait between two attempts.
const MAX_RETRY: Duration = Duration::from_secs(30);

/// Threads that one table generator uses well.
const THREADS_PER_GENERATOR: usize = 4;

/// Stack of the threads that audit and prove; what a program's main thread has.
const STACK_SIZE: usize = 8 * 1024 * 1024;

/// Why there are no slots.
pub(crate) const NODE_IS_SYNCING: &str = "the node still catches up with the network";

/// Why a farmer stopped, or could not do something.
#[derive(Debug, thiserror::Error)]
pub enum FarmerError {
    /// Nothing to farm.
    #[error("no farm was given; name at least one, for example path=/mnt/farm,size=100GiB")]
    NoFarms,
    /// A farm cannot be used.
    #[error(transparent)]
    Farm(#[from] FarmError),
    /// The node is on another network than it was.
    #[error(
        "the node changed from the network with genesis {expected} to the one with genesis {actual}; start the farmer with a node of its network"
    )]
    WrongGenesis {
        /// Genesis when the farmer started.
        expected: BlockHash,
        /// Genesis now.
        actual: BlockHash,
    },
    /// The node does not answer.
    #[error("the node does not answer: {0}")]
    Node(#[from] NodeClientError),
    /// The node gives no segment headers.
    #[error(transparent)]
    SegmentHeaders(#[from] SegmentHeadersError),
    /// Threads or tables are not to be had.
    #[error(transparent)]
    Plotter(#[from] PlotterError),
    /// Threads are not to be had.
    #[error("threads for farming cannot be started: {0}")]
    Threads(#[from] ThreadPoolBuildError),
    /// A sector was not plotted.
    #[error("{0}")]
    Plotting(String),
    /// The farmer stops.
    #[error("the farmer is stopping")]
    Stopping,
}

/// What all tasks of a farmer share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) node: Arc<dyn NodeClient>,
    pub(crate) genesis_hash: BlockHash,
    pub(crate) params: ConsensusParams,
    pub(crate) solution_timeout_millis: u64,
    pub(crate) reward_address: RewardAddress,
    pub(crate) farms: Vec<Arc<Farm>>,
    pub(crate) segment_headers: Arc<SegmentHeaders>,
    history_size: AtomicU64,
    /// Threads of audits, which so never wait for a proof.
    pub(crate) auditing_threads: ThreadPool,
    pub(crate) proving_threads: ThreadPool,
    /// One audit at a time.
    pub(crate) auditing: Arc<Semaphore>,
    /// One proof at a time.
    pub(crate) proving: Arc<Semaphore>,
    pub(crate) proving_gate: ProvingGate,
    /// There may be a sector to plot.
    pub(crate) work_to_plot: Notify,
    pub(crate) statistics: Statistics,
    pub(crate) shutdown: Shutdown,
}

impl Shared {
    /// Size of history as far as the farmer knows.
    pub(crate) fn history_size(&self) -> HistorySize {
        HistorySize::new(self.history_size.load(Ordering::Relaxed)).unwrap_or(HistorySize::ONE)
    }

    /// History has at least this size.
    pub(crate) fn history_advanced_to(&self, history_size: HistorySize) {
        self.history_size
            .fetch_max(history_size.get(), Ordering::Relaxed);
        for farm in &self.farms {
            self.update_expirations(farm);
        }
    }

    pub(crate) fn update_expirations(&self, farm: &Farm) {
        farm.update_expirations(|segment_index| self.segment_headers.root(segment_index));
    }

    pub(crate) fn check_genesis(&self, actual: BlockHash) -> Result<(), FarmerError> {
        if actual != self.genesis_hash {
            return Err(FarmerError::WrongGenesis {
                expected: self.genesis_hash,
                actual,
            });
        }
        Ok(())
    }
}

/// A farmer. It exists only while it runs: see [`Farmer::run`].
#[derive(Debug)]
pub struct Farmer;

impl Farmer {
    /// Farms until `stop` is done, with a node that may come and go.
    ///
    /// Needs a Tokio runtime with time. What takes long runs on threads of its own. When this returns, everything is on
    /// disk and no thread is left but idle ones of the runtime; it returns within seconds after `stop`.
    ///
    /// # Errors
    ///
    /// [`FarmerError`] if a farm cannot be opened, or the node is on another network than a farm.
    pub async fn run(
        node: Arc<dyn NodeClient>,
        options: FarmerOptions,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<(), FarmerError> {
        let (switch, shutdown) = shutdown();
        let mut farming = std::pin::pin!(farm(node, options, &switch, shutdown));
        tokio::select! {
            result = &mut farming => return result,
            () = stop => {}
        }
        info!(target: "farmer", "Farmer is stopping");
        switch.stop();
        match farming.await {
            Err(FarmerError::Stopping) | Ok(()) => {
                info!(target: "farmer", "Farmer has stopped");
                Ok(())
            }
            result => result,
        }
    }
}

async fn farm(
    node: Arc<dyn NodeClient>,
    options: FarmerOptions,
    switch: &ShutdownSwitch,
    shutdown: Shutdown,
) -> Result<(), FarmerError> {
    if options.farms.is_empty() {
        return Err(FarmerError::NoFarms);
    }
    let info = wait_for_node(&*node, &shutdown).await?;
    let farms = open_farms(&options, &info).await?;
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let farming_threads = options.farming_threads.unwrap_or(cores);
    let segment_headers = Arc::new(SegmentHeaders::default());
    let shared = Arc::new(Shared {
        node: Arc::clone(&node),
        genesis_hash: info.genesis_hash,
        params: info.params.clone(),
        solution_timeout_millis: info.solution_timeout_millis,
        reward_address: options.reward_address,
        farms: farms.clone(),
        segment_headers: Arc::clone(&segment_headers),
        history_size: AtomicU64::new(info.history_size.get()),
        auditing_threads: thread_pool("audit", farming_threads)?,
        proving_threads: thread_pool("prove", farming_threads)?,
        auditing: Arc::new(Semaphore::new(1)),
        proving: Arc::new(Semaphore::new(1)),
        proving_gate: ProvingGate::default(),
        work_to_plot: Notify::new(),
        statistics: Statistics::default(),
        shutdown: shutdown.clone(),
    });
    let source = Arc::new(PieceSource::new(
        info.params.clone(),
        node,
        segment_headers,
        farms,
        shutdown,
    ));
    let plotter = plotter(&info.params, options.plotting_threads.unwrap_or(cores))?;

    let mut tasks = JoinSet::new();
    tasks.spawn(plotting::run(Arc::clone(&shared), source, plotter));
    tasks.spawn(follow(Arc::clone(&shared), Slots::default()));
    tasks.spawn(follow(Arc::clone(&shared), SealRequests));
    tasks.spawn(follow(Arc::clone(&shared), Segments));
    tasks.spawn(report_status(Arc::clone(&shared)));
    let mut outcome = Ok(());
    while let Some(result) = tasks.join_next().await {
        let result = result.unwrap_or_else(resume_panic);
        if outcome.is_ok() && result.is_err() {
            // One task that cannot go on ends all; farms are let go of when the last one has ended
            outcome = result;
            switch.stop();
        }
    }
    outcome
}

/// Goes on with the panic of a task.
pub(crate) fn resume_panic<T>(error: JoinError) -> T {
    std::panic::resume_unwind(
        error
            .try_into_panic()
            .unwrap_or_else(|error| Box::new(error.to_string())),
    )
}

/// Asks the node what network it is on, until it answers.
async fn wait_for_node(
    node: &dyn NodeClient,
    shutdown: &Shutdown,
) -> Result<FarmerAppInfo, FarmerError> {
    let mut failures = 0;
    loop {
        let answer = tokio::select! {
            answer = node.farmer_app_info() => answer,
            () = shutdown.wait() => return Err(FarmerError::Stopping),
        };
        match answer {
            Ok(info) => {
                info!(
                    target: "farmer",
                    genesis_hash = %info.genesis_hash,
                    history_size = %info.history_size,
                    best_block = info.best_block,
                    syncing = info.syncing,
                    "Connected to the node"
                );
                return Ok(info);
            }
            Err(error) => {
                failures += 1;
                warn!(target: "farmer", %error, "Node does not answer; it is asked again");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(retry_after(failures)) => {}
            () = shutdown.wait() => return Err(FarmerError::Stopping),
        }
    }
}

async fn open_farms(
    options: &FarmerOptions,
    info: &FarmerAppInfo,
) -> Result<Vec<Arc<Farm>>, FarmerError> {
    let mut farms = Vec::new();
    let mut keys = HashSet::new();
    for farm_options in options.farms.clone() {
        let info = info.clone();
        // Making room on disk may take long
        let farm = task::spawn_blocking(move || Farm::open_or_create(&farm_options, &info))
            .await
            .unwrap_or_else(resume_panic)?;
        if !keys.insert(farm.info().public_key) {
            warn!(
                target: "farmer",
                farm = %farm.path().display(),
                public_key = %farm.info().public_key,
                "Two farms have one key: their sectors are the same ones, and count once; give each farm its own identity"
            );
        }
        info!(
            target: "farmer",
            farm = %farm.path().display(),
            public_key = %farm.info().public_key,
            sectors = farm.space().sectors,
            cached_pieces = farm.piece_cache().len(),
            "Farm is open"
        );
        farms.push(Arc::new(farm));
    }
    Ok(farms)
}

fn thread_pool(name: &'static str, threads: NonZeroUsize) -> Result<ThreadPool, FarmerError> {
    Ok(ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .stack_size(STACK_SIZE)
        .thread_name(move |thread| format!("{name}-{thread}"))
        .build()?)
}

fn plotter(params: &ConsensusParams, threads: NonZeroUsize) -> Result<Plotter, FarmerError> {
    let layout = SectorLayout::new(params.clone()).map_err(FarmError::from)?;
    let generators =
        NonZeroUsize::new(threads.get() / THREADS_PER_GENERATOR).unwrap_or(NonZeroUsize::MIN);
    let threads_each = NonZeroUsize::new(threads.get() / generators).unwrap_or(NonZeroUsize::MIN);
    Ok(Plotter::new(&layout, generators, threads_each)?)
}

/// Time to wait after this many failures in a row.
pub(crate) fn retry_after(failures: u32) -> Duration {
    Duration::from_millis(500)
        .saturating_mul(1 << failures.min(16))
        .min(MAX_RETRY)
}

/// Says once a minute whether the farmer is farming, and if not, why.
async fn report_status(shared: Arc<Shared>) -> Result<(), FarmerError> {
    loop {
        tokio::select! {
            () = tokio::time::sleep(STATUS_INTERVAL) => {}
            () = shared.shutdown.wait() => return Ok(()),
        }
        let statistics = &shared.statistics;
        let counts: Vec<_> = shared
            .farms
            .iter()
            .map(|farm| farm.counts(shared.history_size()))
            .collect();
        let plotted: usize = counts
            .iter()
            .map(|counts| usize::from(counts.plotted))
            .sum();
        let expired: usize = counts
            .iter()
            .map(|counts| usize::from(counts.expired))
            .sum();
        let total: usize = counts.iter().map(|counts| usize::from(counts.total)).sum();
        let line = format!(
            "{plotted} of {total} sectors ({expired} expired, {} unreadable); slots: {} audited, {} passed over; wins: {}, {} submitted, {} refused, {} late, {} not proven; {} blocks sealed",
            statistics.unreadable.get(),
            statistics.audited.get(),
            statistics.skipped.get(),
            statistics.won.get(),
            statistics.submitted.get(),
            statistics.refused.get(),
            statistics.late.get(),
            statistics.unproven.get(),
            statistics.sealed.get(),
        );
        match statistics.not_farming_because(plotted) {
            None => info!(target: "farmer", "Farming: {line}"),
            Some(cause) => warn!(target: "farmer", cause, "Not farming: {line}"),
        }
    }
}
