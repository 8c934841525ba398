use super::*;
use crate::archiver::ChainArchiver;
use crate::test_chain::{TestChain, link};
use autonomys_core_primitives::{PieceIndex, SegmentIndex};

#[tokio::test]
async fn pieces_come_from_disk_or_from_blocks_and_are_the_same() {
    let chain = Arc::new(TestChain::new());
    for number in 0..12u8 {
        chain.push_bytes(vec![number; 40_000]);
    }
    let link = link(&chain);
    let params = Arc::clone(link.params());
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(PieceStore::open(folder.path(), Arc::clone(&params)).unwrap());
    ChainArchiver::start(
        Arc::clone(&chain),
        link.clone(),
        Arc::clone(&store),
        Metrics::default(),
    )
    .unwrap();
    let empty_folder = tempfile::tempdir().unwrap();
    let empty = Arc::new(PieceStore::open(empty_folder.path(), Arc::clone(&params)).unwrap());
    let provider = |store: &Arc<PieceStore>| {
        ChainPieceProvider::new(
            Arc::clone(&chain),
            link.clone(),
            Arc::clone(store),
            Metrics::default(),
        )
    };
    let (stored, recreated) = (provider(&store), provider(&empty));
    let segments = link.segment_headers().len() as u64;
    assert!(segments > 2);
    for index in 0..segments * u64::from(params.pieces_per_segment()) {
        let piece = stored.piece(PieceIndex(index)).await.unwrap();
        assert!(piece.is_some());
        assert_eq!(recreated.piece(PieceIndex(index)).await.unwrap(), piece);
    }
    let beyond = PieceIndex::new(&params, SegmentIndex(segments), 0).unwrap();
    assert_eq!(stored.piece(beyond).await.unwrap(), None);
    assert_eq!(stored.piece(PieceIndex(u64::MAX)).await.unwrap(), None);
}

#[tokio::test]
async fn many_requests_for_one_segment_recreate_it_once() {
    let chain = Arc::new(TestChain::new());
    let link = link(&chain);
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(PieceStore::open(folder.path(), Arc::clone(link.params())).unwrap());
    ChainArchiver::start(
        Arc::clone(&chain),
        link.clone(),
        Arc::clone(&store),
        Metrics::default(),
    )
    .unwrap();
    let registry = substrate_prometheus_endpoint::Registry::new();
    let empty_folder = tempfile::tempdir().unwrap();
    let provider = ChainPieceProvider::new(
        chain,
        link.clone(),
        Arc::new(PieceStore::open(empty_folder.path(), Arc::clone(link.params())).unwrap()),
        Metrics::new(Some(&registry)).unwrap(),
    );
    let requests = (0..16).map(|index| provider.piece(PieceIndex(index)));
    for piece in futures::future::join_all(requests).await {
        assert!(piece.unwrap().is_some());
    }
    let recreated = registry
        .gather()
        .into_iter()
        .find(|family| family.get_name() == "poas_segments_recreated_total")
        .unwrap();
    assert_eq!(recreated.get_metric()[0].get_counter().get_value(), 1.0);
}
