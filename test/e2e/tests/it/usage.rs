//! Exit codes and messages: 0 success, 1 failure, 2 wrong usage.

use crate::programs::run;
use std::net::TcpListener;

fn assert_refused(arguments: &[&str], mentioned: &[&str]) {
    let (code, printed) = run("autonomys-node", arguments);
    assert_eq!(code, 2, "{arguments:?} printed {printed}");
    for text in mentioned {
        assert!(
            printed.contains(text),
            "{arguments:?} does not mention {text:?} but prints {printed}"
        );
    }
}

#[test]
fn a_node_without_a_chain_lists_the_chains() {
    assert_refused(&[], &["dev", "local", "fast", "main-preset", "--chain"]);
    assert_refused(&["chain-info"], &["--chain"]);
    assert_refused(&["--chain", "no-such-chain"], &["no-such-chain", "fast"]);
}

#[test]
fn what_this_network_does_not_have_is_refused() {
    for (flags, mentioned) in [
        (&["--sync", "warp"][..], "--sync full"),
        (&["--no-grandpa"], "finality"),
        (&["--alice"], "--farmer"),
        (&["--blocks-pruning", "256"], "archive-canonical"),
        (&["--farm", "path=/nowhere,size=1GiB"], "--reward-address"),
        (&["--farm", "size=1GiB"], "path"),
        (&["--timekeeper-cpu", "0"], "--timekeeper"),
        (&["--no-such-flag"], "--no-such-flag"),
    ] {
        let arguments = [&["--chain", "fast", "--tmp"], flags].concat();
        assert_refused(&arguments, &[mentioned]);
    }
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let (code, printed) = run(
        "autonomys-node",
        [
            "--chain",
            "fast",
            "--tmp",
            "--port",
            "0",
            "--no-prometheus",
            "--rpc-port",
            port.as_str(),
        ],
    );
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains(&port) && printed.contains("--rpc-port"),
        "{printed}"
    );
}

#[test]
fn a_chain_specification_is_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fast.json");
    let path = file.to_str().unwrap();
    let (code, printed) = run(
        "autonomys-node",
        [
            "build-spec",
            "--chain",
            "fast",
            "--raw",
            "--disable-default-bootnode",
            "--output",
            path,
        ],
    );
    assert_eq!(code, 0, "{printed}");
    let spec: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(spec["id"], "fast");
    assert_eq!(spec["properties"]["tokenSymbol"], "ATC");
    assert_eq!(spec["properties"]["ss58Format"], 6094);

    let base_path = folder.path().to_str().unwrap();
    let genesis = |chain: &str| {
        let (code, printed) = run(
            "autonomys-node",
            [
                "export-blocks",
                "--chain",
                chain,
                "--base-path",
                base_path,
                "--from",
                "0",
                "--to",
                "0",
            ],
        );
        assert_eq!(code, 0, "{printed}");
        let (code, printed) = run(
            "autonomys-node",
            ["chain-info", "--chain", chain, "--base-path", base_path],
        );
        assert_eq!(code, 0, "{printed}");
        let (_, json) = printed.split_at(printed.find('{').expect("JSON"));
        let info: serde_json::Value = serde_json::from_str(json).unwrap();
        info["genesis_hash"].clone()
    };
    assert_eq!(genesis("fast"), genesis(path));
}
