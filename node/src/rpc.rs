//! RPC beside what every Substrate node has: transactions and fees for wallets, and farming.

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_consensus_poas_rpc::{PoasRpc, PoasRpcApiServer};
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};

use crate::service::{FullClient, FullPool};

/// What the methods work on.
#[derive(Clone)]
pub(crate) struct RpcParts {
    pub(crate) client: Arc<FullClient>,
    pub(crate) pool: Arc<FullPool>,
    pub(crate) poas: PoasRpc,
}

/// All methods of this node that the service does not bring.
pub(crate) fn methods(parts: &RpcParts) -> Result<RpcModule<()>, sc_service::Error> {
    let mut module = RpcModule::new(());
    module
        .merge(System::new(parts.client.clone(), parts.pool.clone()).into_rpc())
        .and_then(|()| module.merge(TransactionPayment::new(parts.client.clone()).into_rpc()))
        .and_then(|()| module.merge(parts.poas.clone().into_rpc()))
        .map_err(|error| sc_service::Error::Application(error.into()))?;
    Ok(module)
}
