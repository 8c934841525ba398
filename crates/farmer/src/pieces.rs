//! Where a farmer gets pieces from: the caches of its farms, then its node.

use crate::farm::Farm;
use crate::node_client::NodeClient;
use crate::segment_headers::SegmentHeaders;
use crate::shutdown::Shutdown;
use autonomys_archiving::verify_piece;
use autonomys_core_primitives::{ConsensusParams, PieceIndex, SegmentIndex};
use std::sync::Arc;
use std::time::Duration;
use tracing::{debug, warn};

/// Times that a piece is asked for before the sector is given up and begun anew.
const ATTEMPTS: u32 = 8;

/// Wait after the first failure; doubled after each.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// Why a piece could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoPiece {
    /// The farmer stops.
    #[error("the farmer is stopping")]
    Stopping,
    /// The segment is not known, so nothing could be verified.
    #[error("the header of segment {0} is not known yet")]
    UnknownSegment(SegmentIndex),
    /// Nobody gave it.
    #[error("the node did not give it in {ATTEMPTS} attempts, the last time because {0}")]
    NotGiven(String),
}

/// Gets pieces and verifies them.
#[derive(Debug)]
pub(crate) struct PieceSource {
    params: ConsensusParams,
    node: Arc<dyn NodeClient>,
    segment_headers: Arc<SegmentHeaders>,
    farms: Vec<Arc<Farm>>,
    shutdown: Shutdown,
}

impl PieceSource {
    /// A source for farms of one farmer.
    pub(crate) fn new(
        params: ConsensusParams,
        node: Arc<dyn NodeClient>,
        segment_headers: Arc<SegmentHeaders>,
        farms: Vec<Arc<Farm>>,
        shutdown: Shutdown,
    ) -> Self {
        Self {
            params,
            node,
            segment_headers,
            farms,
            shutdown,
        }
    }

    /// A piece that belongs to history. It is kept in the cache of `farm`.
    ///
    /// # Errors
    ///
    /// [`NoPiece`] if it was not to be had after some time.
    pub(crate) async fn piece(
        &self,
        farm: &Farm,
        piece_index: PieceIndex,
    ) -> Result<Vec<u8>, NoPiece> {
        let segment_index = piece_index.segment_index(&self.params);
        let root = self
            .segment_headers
            .root(segment_index)
            .ok_or(NoPiece::UnknownSegment(segment_index))?;
        let position = piece_index.position(&self.params);
        let verify = |piece: &[u8]| verify_piece(&self.params, piece, &root, position);

        for farm in &self.farms {
            let cache = farm.piece_cache();
            let Some(piece) = cache.get(piece_index) else {
                continue;
            };
            // What is on disk has its checksum, but may be of a farm whose network history was another
            match verify(&piece) {
                Ok(()) => return Ok(piece),
                Err(error) => {
                    warn!(
                        target: "farmer::pieces",
                        farm = %farm.path().display(),
                        %piece_index,
                        %error,
                        "Cached piece is forgotten"
                    );
                    cache.forget(piece_index);
                }
            }
        }

        let mut retry = FIRST_RETRY;
        let mut cause = String::new();
        for attempt in 1..=ATTEMPTS {
            let answer = tokio::select! {
                answer = self.node.piece(piece_index) => answer,
                () = self.shutdown.wait() => return Err(NoPiece::Stopping),
            };
            cause = match answer {
                Ok(Some(piece)) => match verify(&piece) {
                    Ok(()) => {
                        if let Err(error) = farm.piece_cache().insert(piece_index, &piece) {
                            debug!(
                                target: "farmer::pieces",
                                %piece_index,
                                %error,
                                "Piece cannot be cached"
                            );
                        }
                        return Ok(piece);
                    }
                    Err(error) => error.to_string(),
                },
                Ok(None) => "it does not have the piece".to_owned(),
                Err(error) => error.to_string(),
            };
            warn!(
                target: "farmer::pieces",
                %piece_index,
                attempt,
                cause,
                "Piece was not given by the node; it is asked again"
            );
            tokio::select! {
                () = tokio::time::sleep(retry) => {}
                () = self.shutdown.wait() => return Err(NoPiece::Stopping),
            }
            retry *= 2;
        }
        Err(NoPiece::NotGiven(cause))
    }
}
