//! Slot → audit → proof → solution.

use crate::farm::Farm;
use crate::farmer::{FarmerError, Shared};
use autonomys_core_primitives::farming::{SealRequest, SlotInfo, SolutionResponse};
use autonomys_core_primitives::{HistorySize, Solution};
use autonomys_farmer_components::{Candidate, K, SectorError, TableGenerator, audit_sectors};
use autonomys_verification::verify_solution;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task;
use tracing::{debug, error, info, warn};

/// Winning chunks of a farm that are tried at most; fewer can be proven while a slot lasts.
const MAX_WINS_PER_FARM: usize = 16;

/// A winning chunk of one of the farms.
struct Win {
    farm: Arc<Farm>,
    candidate: Candidate,
    /// History of the sector that was audited; another one may be there by the time of the proof.
    sector_history: HistorySize,
}

/// Takes part in a slot. Slots are handled side by side, since a proof may take longer than a slot.
pub(crate) async fn handle_slot(shared: Arc<Shared>, slot: SlotInfo) {
    let announced = Instant::now();
    shared.statistics.slot_announced(slot.slot);
    let Ok(auditing) = Arc::clone(&shared.auditing).try_acquire_owned() else {
        shared.statistics.skipped.increment();
        warn!(
            target: "farmer::farming",
            slot = slot.slot,
            "Slot is passed over: an audit still goes on; the disk is too slow or the machine too busy"
        );
        return;
    };
    let audit = task::spawn_blocking({
        let shared = Arc::clone(&shared);
        move || {
            let _auditing = auditing;
            shared.auditing_threads.install(|| audit(&shared, &slot))
        }
    });
    let wins = match audit.await {
        Ok(wins) => wins,
        Err(error) => {
            error!(target: "farmer::farming", slot = slot.slot, %error, "Audit broke down");
            return;
        }
    };
    shared.statistics.audited.increment();
    debug!(
        target: "farmer::farming",
        slot = slot.slot,
        wins = wins.len(),
        milliseconds = announced.elapsed().as_millis(),
        "Slot is audited"
    );
    if wins.is_empty() {
        return;
    }
    shared.statistics.won.increment();

    // One proof at a time has all threads, and is done sooner than several side by side
    let Ok(proving) = Arc::clone(&shared.proving).acquire_owned().await else {
        return;
    };
    let proof = task::spawn_blocking({
        let shared = Arc::clone(&shared);
        move || {
            let _proving = proving;
            let _urgent = shared.proving_gate.enter();
            shared
                .proving_threads
                .install(|| prove_best(&shared, &slot, announced, wins))
        }
    });
    let solution = match proof.await {
        Ok(Some(solution)) => solution,
        Ok(None) => return,
        Err(error) => {
            error!(target: "farmer::farming", slot = slot.slot, %error, "Proof broke down");
            return;
        }
    };
    if is_late(&shared, &slot, announced) {
        return;
    }
    tokio::select! {
        () = submit(&shared, slot, solution, announced) => {}
        // The node may hang
        () = shared.shutdown.wait() => {}
    }
}

/// Audits all farms; the best chunk comes first.
fn audit(shared: &Shared, slot: &SlotInfo) -> Vec<Win> {
    let history_size = shared.history_size();
    let mut wins = Vec::new();
    let mut errors = Vec::new();
    for farm in &shared.farms {
        let plotted = farm.valid_sectors(history_size);
        let sectors: Vec<_> = plotted.iter().filter_map(|sector| sector.get()).collect();
        let audit = audit_sectors(&sectors, &slot.global_challenge, slot.solution_range);
        errors.extend(audit.errors.into_iter().map(|error| (farm, error)));
        for candidate in audit.candidates.into_iter().take(MAX_WINS_PER_FARM) {
            let sector_history = sectors
                .iter()
                .find(|sector| sector.metadata().sector_index() == candidate.sector_index)
                .map(|sector| sector.metadata().history_size());
            if let Some(sector_history) = sector_history {
                wins.push(Win {
                    farm: Arc::clone(farm),
                    candidate,
                    sector_history,
                });
            }
        }
    }
    // A broken disk fails in every slot, and is not news each time
    let count = errors.len() as u64;
    if shared.statistics.unreadable.replace(count) != count {
        for (farm, error) in errors {
            report(farm, &error);
        }
    }
    wins.sort_by_key(|win| win.candidate.distance);
    wins
}

/// Proves the best chunk that can be proven in time.
fn prove_best(
    shared: &Shared,
    slot: &SlotInfo,
    announced: Instant,
    wins: Vec<Win>,
) -> Option<Solution> {
    let k = K::new(shared.params.proof_of_space_k).ok()?;
    let mut generator = TableGenerator::new(k);
    for win in wins {
        // One that cannot be proven may have taken as long as one that can
        if shared.shutdown.is_stopping() || is_late(shared, slot, announced) {
            return None;
        }
        let sector_index = win.candidate.sector_index;
        let Some(plotted) = win.farm.sector(sector_index) else {
            continue;
        };
        let Some(sector) = plotted
            .get()
            .filter(|sector| sector.metadata().history_size() == win.sector_history)
        else {
            continue;
        };
        match sector.prove(&win.candidate, &shared.reward_address, &mut generator) {
            Ok(solution) => {
                let verified = verify_solution(
                    &shared.params,
                    &solution,
                    &slot.global_challenge,
                    slot.solution_range,
                    None,
                );
                match verified {
                    Ok(_) => return Some(solution),
                    Err(error) => error!(
                        target: "farmer::farming",
                        farm = %win.farm.path().display(),
                        sector_index,
                        slot = slot.slot,
                        %error,
                        "Proof is invalid and not submitted; please report this defect"
                    ),
                }
                shared.statistics.unproven.increment();
            }
            Err(error) => {
                shared.statistics.unproven.increment();
                report(&win.farm, &error);
                if error.is_corruption() {
                    // Those who read the sector have to let go of it before it can be given up
                    drop(plotted);
                    if let Err(error) = win.farm.discard_sector(sector_index) {
                        error!(target: "farmer::farming", %error, "Corrupt sector cannot be marked");
                    }
                    shared.work_to_plot.notify_one();
                }
            }
        }
    }
    None
}

fn report(farm: &Farm, error: &SectorError) {
    error!(
        target: "farmer::farming",
        farm = %farm.path().display(),
        %error,
        "Sector cannot be farmed"
    );
}

/// Counts and names a solution that is too late.
fn is_late(shared: &Shared, slot: &SlotInfo, announced: Instant) -> bool {
    let timeout = Duration::from_millis(shared.solution_timeout_millis);
    let late = announced.elapsed() > timeout;
    if late {
        shared.statistics.late.increment();
        warn!(
            target: "farmer::farming",
            slot = slot.slot,
            milliseconds = announced.elapsed().as_millis(),
            allowed = timeout.as_millis(),
            "Slot was won, but the proof is too late; the machine is too slow or too busy"
        );
    }
    late
}

async fn submit(shared: &Shared, slot: SlotInfo, solution: Solution, announced: Instant) {
    let sector_index = solution.sector_index;
    let response = SolutionResponse {
        slot: slot.slot,
        solution,
    };
    match shared.node.submit_solution(response).await {
        Ok(()) => {
            shared.statistics.submitted.increment();
            info!(
                target: "farmer::farming",
                slot = slot.slot,
                sector_index,
                milliseconds = announced.elapsed().as_millis(),
                "Solution is submitted"
            );
        }
        Err(error) => {
            shared.statistics.refused.increment();
            warn!(
                target: "farmer::farming",
                slot = slot.slot,
                sector_index,
                %error,
                "Solution was not taken by the node"
            );
        }
    }
}

/// Seals the blocks that the node made with solutions of these farms.
pub(crate) async fn handle_seal_request(
    shared: &Shared,
    request: SealRequest,
) -> Result<(), FarmerError> {
    let Some(farm) = shared
        .farms
        .iter()
        .find(|farm| farm.info().public_key == request.public_key)
    else {
        // A node may serve several farmers
        return Ok(());
    };
    let response = farm.identity().seal(&shared.genesis_hash, &request);
    shared.node.submit_seal(response).await?;
    shared.statistics.sealed.increment();
    info!(
        target: "farmer::farming",
        farm = %farm.path().display(),
        pre_hash = %request.pre_hash,
        "Block is sealed"
    );
    Ok(())
}
