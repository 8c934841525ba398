//! The segment headers that a farmer knows.

#[cfg(test)]
mod tests;

use crate::node_client::{MAX_SEGMENT_HEADERS_PER_REQUEST, NodeClient, NodeClientError};
use autonomys_core_primitives::{
    HistorySize, SegmentHeader, SegmentHeaderHash, SegmentIndex, SegmentRoot,
};
use parking_lot::RwLock;

/// Why segment headers of the node were refused.
#[derive(Debug, thiserror::Error)]
pub enum SegmentHeadersError {
    /// The node did not answer.
    #[error("segment headers cannot be had from the node: {0}")]
    Node(#[from] NodeClientError),
    /// The headers do not form a chain.
    #[error(
        "segment header {0} of the node does not follow the one before, so it is not used; if this goes on, the database of the node is corrupt"
    )]
    Broken(SegmentIndex),
}

/// All segment headers from the first on, as a chain of hashes.
#[derive(Debug, Default)]
pub(crate) struct SegmentHeaders {
    headers: RwLock<Vec<SegmentHeader>>,
}

impl SegmentHeaders {
    /// Root of a segment, if its header is known.
    pub(crate) fn root(&self, segment_index: SegmentIndex) -> Option<SegmentRoot> {
        let index = usize::try_from(segment_index.0).ok()?;
        Some(self.headers.read().get(index)?.segment_root)
    }

    /// Size of the history whose headers are known.
    pub(crate) fn history_size(&self) -> Option<HistorySize> {
        HistorySize::new(self.headers.read().len() as u64)
    }

    /// Adds a header if it is the next one. Returns whether it was.
    pub(crate) fn push(&self, header: SegmentHeader) -> bool {
        let mut headers = self.headers.write();
        let follows = header.segment_index.0 == headers.len() as u64
            && header.prev_segment_header_hash
                == headers
                    .last()
                    .map_or(SegmentHeaderHash::default(), SegmentHeader::hash);
        if follows {
            headers.push(header);
        }
        follows
    }

    fn contains(&self, header: &SegmentHeader) -> bool {
        usize::try_from(header.segment_index.0)
            .is_ok_and(|index| self.headers.read().get(index) == Some(header))
    }

    /// Gets the headers that the node has and this has not.
    ///
    /// Headers lie below the confirmation depth and do not change. A node that has others for all that is right, since it
    /// is the node whose chain is farmed on: all headers are got from it anew then.
    ///
    /// # Errors
    ///
    /// [`SegmentHeadersError`]; what was got before stays.
    pub(crate) async fn update(&self, node: &dyn NodeClient) -> Result<(), SegmentHeadersError> {
        match self.fetch(node).await {
            Err(SegmentHeadersError::Broken(index)) if index.0 > 0 => {
                let anew = Self::default();
                anew.fetch(node).await?;
                *self.headers.write() = anew.headers.into_inner();
                Ok(())
            }
            result => result,
        }
    }

    async fn fetch(&self, node: &dyn NodeClient) -> Result<(), SegmentHeadersError> {
        loop {
            let first = self.headers.read().len() as u64;
            let indices: Vec<_> = (first..)
                .take(MAX_SEGMENT_HEADERS_PER_REQUEST as usize)
                .map(SegmentIndex)
                .collect();
            let asked = indices.len();
            let mut added = 0;
            for header in node
                .segment_headers(indices)
                .await?
                .into_iter()
                .take(asked)
                .map_while(|header| header)
            {
                // A subscription may have brought it meanwhile
                if !self.push(header) && !self.contains(&header) {
                    return Err(SegmentHeadersError::Broken(header.segment_index));
                }
                added += 1;
            }
            if added < asked {
                return Ok(());
            }
        }
    }
}
