//! The chains that the program knows by name, and chains from specification files.
//!
//! Genesis comes from the presets inside the runtime ([`sp_genesis_builder`]): this program embeds the runtime as a
//! WebAssembly blob and links none of it.

use autonomys_runtime_blobs::MissingBlob;
use autonomys_runtime_primitives::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL};
use sc_service::{ChainType, GenericChainSpec, Properties};
use std::path::PathBuf;

/// Specification of a chain.
pub type ChainSpec = GenericChainSpec;

/// A chain that the program knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// A network on one machine.
    Dev,
    /// The same parameters, several nodes.
    Local,
    /// Small sizes and short slots, for end-to-end tests and demonstrations.
    Fast,
    /// Production parameters, for benchmarks and plots.
    MainPreset,
}

/// Why there is no specification of a chain.
#[derive(Debug, thiserror::Error)]
pub enum ChainSpecError {
    /// The name is not known and no file has it.
    #[error(
        "there is no chain `{0}`, and no file of that name. Give --chain with one of {names}, or with the path of a chain \
         specification",
        names = Chain::names()
    )]
    Unknown(String),
    /// The file does not hold a specification.
    #[error(
        "{path} is not a chain specification: {reason}. Export it anew with `autonomys-node export-chain-spec`"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The program was built without the runtime.
    #[error(transparent)]
    NoRuntime(#[from] MissingBlob),
}

impl Chain {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dev, Self::Local, Self::Fast, Self::MainPreset];

    /// What `--chain` calls it, and the id in its specification.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Local => "local",
            Self::Fast => "fast",
            Self::MainPreset => "main-preset",
        }
    }

    /// The ids of all, for messages.
    pub fn names() -> String {
        Self::ALL.map(Self::id).join(", ")
    }

    /// The chain of this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chain| chain.id() == id)
    }

    /// Its specification.
    pub fn spec(self) -> Result<ChainSpec, ChainSpecError> {
        let (name, chain_type) = match self {
            Self::Dev => ("Autonomys Development", ChainType::Development),
            Self::Local => ("Autonomys Local", ChainType::Local),
            Self::Fast => ("Autonomys Fast", ChainType::Development),
            Self::MainPreset => ("Autonomys Main Preset", ChainType::Live),
        };
        of_preset(self.id(), name, chain_type)
    }

    /// Sectors that the embedded farm of `--dev` holds.
    pub(crate) const fn dev_farm_sectors(self) -> u16 {
        match self {
            Self::Fast => 16,
            Self::Dev | Self::Local | Self::MainPreset => 32,
        }
    }
}

/// The specification of a chain that starts from the preset of the runtime that is called like it.
pub fn of_preset(id: &str, name: &str, chain_type: ChainType) -> Result<ChainSpec, ChainSpecError> {
    Ok(
        ChainSpec::builder(autonomys_runtime_blobs::consensus()?, None)
            .with_name(name)
            .with_id(id)
            .with_protocol_id(&format!("autonomys-{id}"))
            .with_chain_type(chain_type)
            .with_properties(properties())
            .with_genesis_config_preset_name(id)
            .build(),
    )
}

/// The specification that `--chain` names: a known chain, or a file.
pub fn load(id: &str) -> Result<Box<dyn sc_service::ChainSpec>, ChainSpecError> {
    if let Some(chain) = Chain::from_id(id) {
        return Ok(Box::new(chain.spec()?));
    }
    let path = PathBuf::from(id);
    if !path.is_file() {
        return Err(ChainSpecError::Unknown(id.into()));
    }
    match ChainSpec::from_json_file(path.clone()) {
        Ok(spec) => Ok(Box::new(spec)),
        Err(reason) => Err(ChainSpecError::File { path, reason }),
    }
}

/// What wallets show amounts and addresses with.
fn properties() -> Properties {
    let mut properties = Properties::new();
    properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
    properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
    properties.insert("ss58Format".into(), SS58_PREFIX.into());
    properties
}
