//! A farm in memory.

use autonomys_core_primitives::farming::{SealRequest, SealResponse, SlotInfo};
use autonomys_core_primitives::{
    BlockHash, HistorySize, PieceIndex, PublicKey, RewardAddress, SectorIndex, Signature, Solution,
};
use autonomys_farmer_components::{
    K, Plotter, Sector, SectorLayout, SectorMetadata, SectorToPlot, TableGenerator, audit_sectors,
};
use autonomys_verification::sign_seal;
use sc_consensus_poas::{PieceProvider, PieceProviderError};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A sector in memory.
#[derive(Debug)]
struct PlottedSector {
    bytes: Vec<u8>,
    metadata: SectorMetadata,
}

/// A farm in memory.
#[derive(Debug)]
pub struct TestFarm {
    keypair: schnorrkel::Keypair,
    layout: SectorLayout,
    sectors: Vec<PlottedSector>,
    generator: TableGenerator,
    plotted_at: HistorySize,
    genesis_hash: BlockHash,
}

impl TestFarm {
    /// Where the rewards go.
    pub const REWARD_ADDRESS: RewardAddress = RewardAddress([7; 32]);

    /// Plots a farm of `sectors` sectors for the key of `seed`, with pieces of `pieces` at this size of history.
    pub async fn plot(
        seed: u8,
        layout: SectorLayout,
        sectors: SectorIndex,
        genesis_hash: BlockHash,
        history_size: HistorySize,
        pieces: &Arc<dyn PieceProvider>,
    ) -> Self {
        let keypair = schnorrkel::MiniSecretKey::from_bytes(&[seed; 32])
            .expect("32 bytes are a key; qed")
            .expand_to_keypair(schnorrkel::ExpansionMode::Ed25519);
        let k = K::new(layout.params().proof_of_space_k).expect("the parameters have a valid K");
        let mut farm = Self {
            keypair,
            layout,
            sectors: Vec::new(),
            generator: TableGenerator::new(k),
            plotted_at: history_size,
            genesis_hash,
        };
        farm.replot(sectors, history_size, pieces).await;
        farm
    }

    /// Plots all sectors anew.
    async fn replot(
        &mut self,
        sectors: SectorIndex,
        history_size: HistorySize,
        pieces: &Arc<dyn PieceProvider>,
    ) {
        let one = NonZeroUsize::MIN;
        let mut plotter = Plotter::new(&self.layout, one, one).expect("a plotter can be made");
        self.sectors.clear();
        self.plotted_at = history_size;
        for sector_index in 0..sectors {
            let sector = SectorToPlot {
                public_key: self.public_key(),
                sector_index,
                history_size,
            };
            let mut fetched = std::collections::HashMap::new();
            for piece_index in sector.piece_indices(&self.layout) {
                let piece = pieces
                    .piece(piece_index)
                    .await
                    .expect("pieces can be read")
                    .expect("sectors are made of archived pieces");
                fetched.insert(piece_index, piece);
            }
            let encoded = plotter
                .plot(
                    &sector,
                    |piece_index: PieceIndex| {
                        Ok::<_, PieceProviderError>(fetched[&piece_index].clone())
                    },
                    &(),
                )
                .expect("all pieces are there");
            let mut bytes = Vec::new();
            let metadata = encoded
                .write_to(&mut bytes)
                .expect("memory can be written to; qed");
            self.sectors.push(PlottedSector { bytes, metadata });
        }
    }

    /// Plots all sectors anew if the first of them may have expired at `history_size`.
    pub async fn replot_expired(
        &mut self,
        history_size: HistorySize,
        pieces: &Arc<dyn PieceProvider>,
    ) {
        let age = history_size.get() - self.plotted_at.get();
        if age + 1 >= self.layout.params().min_sector_lifetime {
            let sectors =
                SectorIndex::try_from(self.sectors.len()).expect("as many as were plotted; qed");
            self.replot(sectors, history_size, pieces).await;
        }
    }

    /// The key that the farm is plotted for.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.keypair.public.to_bytes())
    }

    /// The solution for a slot, if the farm wins it.
    pub fn solve(&mut self, slot: &SlotInfo) -> Option<Solution> {
        let public_key = self.public_key();
        let sectors: Vec<Sector<'_, &Vec<u8>>> = self
            .sectors
            .iter()
            .map(|sector| Sector::new(&self.layout, &public_key, &sector.metadata, &sector.bytes))
            .collect();
        let audit = audit_sectors(&sectors, &slot.global_challenge, slot.solution_range);
        assert!(audit.errors.is_empty(), "sectors in memory can be read");
        let candidate = audit.candidates.first()?;
        let solution = sectors[usize::from(candidate.sector_index)]
            .prove(candidate, &Self::REWARD_ADDRESS, &mut self.generator)
            .expect("what was found can be proved");
        Some(solution)
    }

    /// Seals a block.
    pub fn seal(&self, request: &SealRequest) -> SealResponse {
        SealResponse {
            pre_hash: request.pre_hash,
            seal: self.sign(&request.pre_hash),
        }
    }

    /// The seal of a header with this hash, whoever made it.
    pub fn sign(&self, pre_hash: &BlockHash) -> Signature {
        sign_seal(&self.keypair, &self.genesis_hash, pre_hash)
    }
}
