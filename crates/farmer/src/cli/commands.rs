//! All commands but benchmarks.

use super::{CommandError, FarmArguments};
use crate::farm::{Farm, Space};
use crate::farmer::Farmer;
use crate::node_client::RpcNodeClient;
use crate::options::FarmerOptions;
use autonomys_farmer_components::SectorLayout;
use std::path::Path;
use std::process;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tracing::{info, warn};

/// Longest wait for threads of the runtime at the end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn farm(arguments: FarmArguments) -> Result<(), CommandError> {
    let runtime = Runtime::new()?;
    let node = Arc::new(RpcNodeClient::new(arguments.node_rpc_url));
    let options = FarmerOptions {
        reward_address: arguments.reward_address,
        farms: arguments.farms,
        plotting_threads: arguments.plotting_threads,
        farming_threads: arguments.farming_threads,
    };
    let result = runtime.block_on(async {
        let stop = async {
            stop_signal().await;
            tokio::spawn(async {
                stop_signal().await;
                warn!(target: "farmer", "Farmer is ended at once; a sector that was being written is plotted again");
                process::exit(1);
            });
        };
        Farmer::run(node, options, stop).await
    });
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    Ok(result?)
}

/// Waits for Ctrl-C or the request of a supervisor to end.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    result = tokio::signal::ctrl_c() => drop(result),
                    _ = terminate.recv() => {}
                }
                return;
            }
            Err(error) => warn!(target: "farmer", %error, "SIGTERM is not heard"),
        }
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        warn!(target: "farmer", %error, "Ctrl-C is not heard");
        std::future::pending::<()>().await;
    }
}

pub(super) fn info(directory: &Path) -> Result<(), CommandError> {
    let info = Farm::read_info(directory)?;
    let layout = SectorLayout::new(info.params.clone())?;
    let space = Space::new(&layout, info.size);
    println!("Farm:                 {}", directory.display());
    println!("Genesis:              {}", info.genesis_hash);
    println!("Public key:           {}", info.public_key);
    println!("Size:                 {} bytes", info.size);
    println!("Pieces in a sector:   {}", info.params.pieces_in_sector);
    println!("Bytes of a sector:    {}", layout.sector_size());
    match Farm::open(directory) {
        Ok(farm) => {
            let histories: Vec<_> = (0..space.sectors)
                .filter_map(|sector_index| farm.sector_metadata(sector_index))
                .map(|metadata| metadata.history_size())
                .collect();
            println!(
                "Sectors:              {} plotted of {}",
                histories.len(),
                space.sectors
            );
            if let (Some(oldest), Some(newest)) = (histories.iter().min(), histories.iter().max()) {
                println!("Plotted at history:   {oldest} to {newest} segments");
            }
            println!(
                "Cached pieces:        {} of {}",
                farm.piece_cache().len(),
                space.cached_pieces
            );
        }
        Err(crate::FarmError::Locked { .. }) => {
            println!(
                "Sectors:              {} (in use by a farmer, whose log says how many are plotted)",
                space.sectors
            );
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

pub(super) fn scrub(directory: &Path, dry_run: bool) -> Result<(), CommandError> {
    let farm = Farm::open(directory)?;
    let total = farm.space().sectors;
    let mut intact = 0;
    let mut corrupt = 0;
    let mut unreadable = 0;
    for sector_index in 0..total {
        let Some(sector) = farm.sector(sector_index) else {
            continue;
        };
        let result = sector.scrub();
        drop(sector);
        match result {
            Ok(()) => {
                intact += 1;
                info!(target: "farmer::scrub", sector_index, of = total, "Sector is intact");
            }
            Err(error) => {
                println!("{error}");
                if !error.is_corruption() {
                    unreadable += 1;
                    continue;
                }
                corrupt += 1;
                if !dry_run {
                    farm.discard_sector(sector_index)?;
                }
            }
        }
    }
    let pieces = farm.scrub_piece_cache();
    println!(
        "{intact} sectors are intact, {corrupt} corrupt, {unreadable} unreadable; {pieces} cached pieces are corrupt"
    );
    if corrupt > 0 {
        println!(
            "{}",
            if dry_run {
                "Nothing was changed; scrub without --dry-run gives corrupt sectors up, so that they are plotted again"
            } else {
                "Corrupt sectors are given up and will be plotted again"
            }
        );
    }
    if unreadable > 0 {
        return Err(format!("{unreadable} sectors cannot be read; check the disk").into());
    }
    Ok(())
}

pub(super) fn wipe(directory: &Path) -> Result<(), CommandError> {
    Farm::wipe(directory)?;
    println!("Farm {} is deleted", directory.display());
    Ok(())
}
