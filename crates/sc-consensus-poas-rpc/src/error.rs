//! Errors and their codes.

use jsonrpsee::types::ErrorObjectOwned;
use sc_consensus_poas::{PieceProviderError, SubmitSealError, SubmitSolutionError};
use sc_rpc_api::UnsafeRpcError;

use crate::MAX_SEGMENT_HEADERS;

/// Codes of JSON-RPC errors. They never change their meaning. Invalid parameters have the standard code −32602, and
/// methods that are refused because they are unsafe the one of the SDK.
pub mod codes {
    /// The slot of a solution is over or unknown.
    pub const SLOT_NOT_OPEN: i32 = 8001;
    /// A solution does not win.
    pub const OUTSIDE_SOLUTION_RANGE: i32 = 8002;
    /// Enough better solutions are known.
    pub const OUTDONE: i32 = 8003;
    /// Nobody waits for the seal.
    pub const SEAL_NOT_REQUESTED: i32 = 8011;
    /// The seal is no signature by the key that was asked for.
    pub const SEAL_INVALID: i32 = 8012;
    /// More segment headers were asked for than an answer may have.
    pub const TOO_MANY_SEGMENT_HEADERS: i32 = 8021;
    /// The piece should be there and cannot be read or recreated.
    pub const PIECE_NOT_AVAILABLE: i32 = 8031;
    /// The node is shutting down.
    pub const SHUTTING_DOWN: i32 = 8032;
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A solution is not taken.
    #[error(transparent)]
    Solution(#[from] SubmitSolutionError),
    /// A seal is not taken.
    #[error(transparent)]
    Seal(#[from] SubmitSealError),
    /// Too much was asked for at once.
    #[error(
        "more than {MAX_SEGMENT_HEADERS} segment headers were asked for, which one answer may not have; ask for them in several requests"
    )]
    TooManySegmentHeaders,
    /// A piece cannot be had.
    #[error(transparent)]
    Piece(#[from] PieceProviderError),
    /// The method is not served to this connection.
    #[error(transparent)]
    Unsafe(#[from] UnsafeRpcError),
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Solution(SubmitSolutionError::SlotNotOpen { .. }) => codes::SLOT_NOT_OPEN,
            Error::Solution(SubmitSolutionError::OutsideSolutionRange { .. }) => {
                codes::OUTSIDE_SOLUTION_RANGE
            }
            Error::Solution(SubmitSolutionError::Outdone { .. }) => codes::OUTDONE,
            Error::Seal(SubmitSealError::NotRequested { .. }) => codes::SEAL_NOT_REQUESTED,
            Error::Seal(SubmitSealError::Invalid { .. }) => codes::SEAL_INVALID,
            Error::TooManySegmentHeaders => codes::TOO_MANY_SEGMENT_HEADERS,
            Error::Piece(PieceProviderError::Recreation(_)) => codes::PIECE_NOT_AVAILABLE,
            Error::Piece(PieceProviderError::ShuttingDown) => codes::SHUTTING_DOWN,
            Error::Unsafe(error) => return error.into(),
        };
        Self::owned(code, error.to_string(), None::<()>)
    }
}
