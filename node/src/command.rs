//! From the command line to exit code: 0 success, 1 failure, 2 wrong usage.

use futures::TryFutureExt;
use sc_cli::{CliConfiguration, SubstrateCli};
use sc_service::{Configuration, TaskManager};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::{Cli, NodeSubcommand, RunCommand};
use crate::ports::{self, PortError};
use crate::service::{self, Block, Chain, FullBackend, NodeOptions, ServiceError};

/// Longest time that a stopped node waits for its database to be closed.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Stock command-line code.
    #[error(transparent)]
    Cli(#[from] sc_cli::Error),
    /// Stock service code.
    #[error(transparent)]
    StockService(#[from] sc_service::Error),
    /// A port is taken.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The node.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// There is no such file.
    #[error("{0} is not a file with blocks. Give the path of one that export-blocks wrote")]
    NoBlocks(PathBuf),
    /// A folder of the chain is still there.
    #[error(
        "{path} is not removed: {error}. Remove it by hand before the next start, or it starts with stale data"
    )]
    Purge {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl CommandError {
    /// Whether the user can avoid it by another command line.
    fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoBlocks(_)
                | Self::Cli(
                    sc_cli::Error::Input(_)
                        | sc_cli::Error::Cli(_)
                        | sc_cli::Error::InvalidListenMultiaddress
                        | sc_cli::Error::InvalidUri(_)
                        | sc_cli::Error::SignatureFormatInvalid
                        | sc_cli::Error::KeyFormatInvalid
                        | sc_cli::Error::KeyTypeInvalid
                        | sc_cli::Error::HexDataConversion(_)
                        | sc_cli::Error::KeyAlreadyExistsInPath(_)
                )
        )
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let cli = Cli::parse_arguments(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}

fn run(cli: &Cli) -> Result<(), CommandError> {
    match &cli.subcommand {
        None => run_node(cli, &cli.run),
        Some(NodeSubcommand::Key(command)) => Ok(command.run(cli)?),
        Some(NodeSubcommand::ExportChainSpec(command)) => {
            let spec = cli
                .load_spec(&command.base.chain)
                .map_err(sc_cli::Error::Input)?;
            Ok(command.base.run(spec)?)
        }
        Some(NodeSubcommand::CheckBlock(command)) => with_chain(cli, command, |_, chain| {
            (
                command.run(chain.client, chain.import_queue),
                chain.task_manager,
            )
        }),
        Some(NodeSubcommand::ExportBlocks(command)) => with_chain(cli, command, |config, chain| {
            (
                command.run(chain.client, config.database.clone()),
                chain.task_manager,
            )
        }),
        Some(NodeSubcommand::ImportBlocks(command)) => {
            if let Some(path) = command.input.as_ref().filter(|path| !path.is_file()) {
                return Err(CommandError::NoBlocks(path.clone()));
            }
            with_chain(cli, command, |_, chain| {
                (
                    command.run(chain.client, chain.import_queue),
                    chain.task_manager,
                )
            })
        }
        Some(NodeSubcommand::ExportState(command)) => with_chain(cli, command, |config, chain| {
            (
                command.run(chain.client, config.chain_spec.cloned_box()),
                chain.task_manager,
            )
        }),
        // What the archiver keeps concerns final blocks only, which no revert reaches.
        Some(NodeSubcommand::Revert(command)) => with_chain(cli, command, |_, chain| {
            (
                command.run(chain.client, chain.backend, None),
                chain.task_manager,
            )
        }),
        Some(NodeSubcommand::PurgeChain(command)) => {
            cli.create_runner(command)?.sync_run(|config| {
                command.run(config.database.clone())?;
                remove_rest_of_chain(&config)
            })
        }
        Some(NodeSubcommand::ChainInfo(command)) => cli
            .create_runner(command)?
            .sync_run(|config| Ok(command.run::<Block>(&config)?)),
    }
}

fn run_node(cli: &Cli, command: &RunCommand) -> Result<(), CommandError> {
    let database: OnceLock<Weak<FullBackend>> = OnceLock::new();
    let result = cli
        .create_runner(command)?
        .run_node_until_exit(async |mut config| {
            ports::settle(&mut config, command)?;
            let options = NodeOptions::from_command(&config, command);
            let node = service::start_node(config, options).await?;
            // Set once, since a process runs one node.
            let _ = database.set(Arc::downgrade(&node.backend));
            Ok(node.task_manager)
        });
    if let Some(database) = database.get() {
        wait_until_closed(database);
    }
    result
}

/// Waits until the last thread, one of the RPC server, has let go of the database: it is flushed then, and its files may
/// be removed.
fn wait_until_closed(database: &Weak<FullBackend>) {
    let deadline = Instant::now() + CLOSING_TIME;
    while database.strong_count() > 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(10));
    }
}

/// Runs a command on the chain in the database, without a network.
fn with_chain<Command, Run, Running>(
    cli: &Cli,
    command: &Command,
    run: Run,
) -> Result<(), CommandError>
where
    Command: CliConfiguration,
    Run: FnOnce(&Configuration, Chain) -> (Running, TaskManager),
    Running: Future<Output = sc_cli::Result<()>>,
{
    cli.create_runner(command)?.async_run(|mut config| {
        let chain = service::open_chain(&mut config)?;
        let (running, task_manager) = run(&config, chain);
        Ok((running.map_err(CommandError::from), task_manager))
    })
}

/// Removes what belongs to a chain besides its database, once that is gone.
fn remove_rest_of_chain(config: &Configuration) -> Result<(), CommandError> {
    let database_is_left = config
        .database
        .path()
        .and_then(Path::parent)
        .is_some_and(Path::exists);
    if database_is_left {
        // The question whether to remove it was answered with no.
        return Ok(());
    }
    for path in [service::pieces_path(config), service::dev_farm_path(config)] {
        match fs::remove_dir_all(&path) {
            Ok(()) => println!("{path:?} removed."),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(CommandError::Purge { path, error }),
        }
    }
    Ok(())
}
