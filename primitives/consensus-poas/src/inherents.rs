//! The inherent that brings segment headers on chain.
//!
//! Every node archives for itself, so every node knows which headers are due in a block: the author includes exactly
//! those, and importing nodes refuse a block with any others, none, or another order.

use alloc::vec::Vec;
use autonomys_core_primitives::SegmentHeader;
use codec::{Decode, Encode};
use sp_inherents::{InherentIdentifier, IsFatalError};

/// Identifier of the inherent.
pub const INHERENT_IDENTIFIER: InherentIdentifier = *b"segments";

/// Data of the inherent: the headers that are due in the block, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct SegmentHeadersInherentData {
    /// The headers.
    pub segment_headers: Vec<SegmentHeader>,
}

/// Why a block's segment headers are not those that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
pub enum InherentError {
    /// The block brings other headers.
    #[error(
        "the segment headers in the block are not those this node archived; the block is invalid"
    )]
    Mismatch,
    /// The block brings none.
    #[error("segment headers are due in the block and it has none; the block is invalid")]
    Missing,
    /// The block brings some though none are due.
    #[error("the block has segment headers and none are due; the block is invalid")]
    Unexpected,
}

impl IsFatalError for InherentError {
    fn is_fatal_error(&self) -> bool {
        true
    }
}

/// Provides [`SegmentHeadersInherentData`], also when no header is due: then the runtime checks that there is none.
#[cfg(feature = "std")]
#[derive(Clone, Debug, Default)]
pub struct SegmentHeadersInherentDataProvider {
    data: SegmentHeadersInherentData,
}

#[cfg(feature = "std")]
impl SegmentHeadersInherentDataProvider {
    /// Provides `segment_headers`.
    pub fn new(segment_headers: Vec<SegmentHeader>) -> Self {
        Self {
            data: SegmentHeadersInherentData { segment_headers },
        }
    }
}

#[cfg(feature = "std")]
#[async_trait::async_trait]
impl sp_inherents::InherentDataProvider for SegmentHeadersInherentDataProvider {
    async fn provide_inherent_data(
        &self,
        inherent_data: &mut sp_inherents::InherentData,
    ) -> Result<(), sp_inherents::Error> {
        inherent_data.put_data(INHERENT_IDENTIFIER, &self.data)
    }

    async fn try_handle_error(
        &self,
        identifier: &InherentIdentifier,
        mut error: &[u8],
    ) -> Option<Result<(), sp_inherents::Error>> {
        if *identifier != INHERENT_IDENTIFIER {
            return None;
        }
        let error = InherentError::decode(&mut error).ok()?;
        Some(Err(sp_inherents::Error::Application(Box::from(
            error.to_string(),
        ))))
    }
}
