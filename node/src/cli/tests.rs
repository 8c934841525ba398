use super::*;

fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
    Cli::parse_arguments([&["autonomys-node"], arguments].concat())
}

fn refusal(arguments: &[&str]) -> String {
    let error = parse(arguments).expect_err("this is wrong usage");
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

/// What the stock code makes of the flags.
fn network(arguments: &[&str]) -> NetworkConfiguration {
    let run = parse(arguments).unwrap().run;
    let chain = run.chain_id(run.is_dev()).unwrap();
    let chain_type = if chain == "main-preset" {
        ChainType::Live
    } else {
        ChainType::Development
    };
    let spec: Box<dyn ChainSpec> = Box::new(
        chain_spec::ChainSpec::builder(&[], None)
            .with_chain_type(chain_type)
            .build(),
    );
    run.network_config(
        &spec,
        run.is_dev(),
        run.role(run.is_dev()).unwrap().is_authority(),
        PathBuf::from("network"),
        "client",
        "node",
        NodeKeyConfig::default(),
        30333,
    )
    .unwrap()
}

fn has_mdns(network: &NetworkConfiguration) -> bool {
    matches!(
        network.transport,
        TransportConfig::Normal {
            enable_mdns: true,
            ..
        }
    )
}

#[test]
fn the_command_line_is_consistent() {
    <Cli as CommandFactory>::command().debug_assert();
}

#[test]
fn a_node_needs_a_chain_and_is_told_which_there_are() {
    for arguments in [
        &[][..],
        &["--farmer"],
        &["revert", "3"],
        &["purge-chain", "-y"],
    ] {
        let message = refusal(arguments);
        for chain in Chain::ALL {
            assert!(message.contains(chain.id()), "{message}");
        }
    }
    assert!(parse(&["--chain", "fast"]).is_ok());
    assert!(parse(&["--dev"]).is_ok());
    assert!(parse(&["key", "generate"]).is_ok());
}

#[test]
fn what_this_network_does_not_have_is_refused_with_a_reason() {
    for mode in ["warp", "fast", "fast-unsafe"] {
        assert!(refusal(&["--dev", "--sync", mode]).contains("--sync full"));
    }
    assert!(parse(&["--dev", "--sync", "full"]).is_ok());
    assert!(refusal(&["--dev", "--no-grandpa"]).contains("finality"));
    for name in [
        "--alice",
        "--bob",
        "--charlie",
        "--dave",
        "--eve",
        "--ferdie",
        "--one",
        "--two",
    ] {
        assert!(refusal(&["--dev", name]).contains(name));
    }
    assert!(refusal(&["--dev", "--blocks-pruning", "1000"]).contains("1000"));
    assert!(parse(&["--dev", "--blocks-pruning", "archive"]).is_ok());
}

#[test]
fn refused_flags_are_not_in_the_help() {
    let help = parse(&["--help"])
        .expect_err("help is not a command")
        .to_string();
    assert!(help.contains("--timekeeper"));
    for flag in REFUSED_FLAGS {
        assert!(
            !help.contains(&format!("--{}\n", flag.replace('_', "-"))),
            "{flag}"
        );
    }
}

#[test]
fn an_embedded_farm_and_its_reward_address_belong_together() {
    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    let farm = ["--chain", "fast", "--farm", "path=/farm,size=2GiB"];
    assert!(refusal(&farm).contains("--reward-address"));
    assert!(refusal(&["--chain", "fast", "--reward-address", ALICE]).contains("--farm"));
    refusal(&["--chain", "fast", "--farm", "path=/farm"]);
    refusal(&["--dev", "--reward-address", "nobody"]);
    let run = parse(&[&farm[..], &["--reward-address", ALICE]].concat())
        .unwrap()
        .run;
    assert_eq!(run.farm.len(), 1);
    assert!(run.is_farmer() && !run.is_timekeeper());
    // Development has a farm and an address of its own.
    assert!(parse(&["--dev", "--reward-address", ALICE]).is_ok());
    assert!(parse(&["--dev", "--farm", "path=/farm,size=2GiB"]).is_ok());
}

#[test]
fn dev_is_a_whole_network_and_can_be_had_on_another_chain() {
    let run = parse(&["--dev"]).unwrap().run;
    assert!(run.is_farmer() && run.is_timekeeper());
    assert_eq!(run.chain_id(true).unwrap(), "dev");
    assert_eq!(run.dev_key_seed(true).unwrap(), None);
    assert!(run.force_authoring().unwrap());
    let run = parse(&["--dev", "--chain", "fast"]).unwrap().run;
    assert_eq!(run.chain_id(true).unwrap(), "fast");
    assert!(run.is_farmer() && run.is_timekeeper());
    let run = parse(&["--chain", "dev"]).unwrap().run;
    assert!(!run.is_farmer() && !run.is_timekeeper());
}

#[test]
fn validator_means_farmer() {
    for flag in ["--validator", "--farmer"] {
        let run = parse(&["--chain", "local", flag]).unwrap().run;
        assert!(run.is_farmer());
        assert!(run.role(false).unwrap().is_authority());
    }
    assert!(refusal(&["--chain", "local", "--timekeeper-cpu", "1"]).contains("--timekeeper"));
}

#[test]
fn a_farmer_gets_a_network_key_at_its_first_start() {
    let folder = tempfile::tempdir().unwrap();
    let run = parse(&["--chain", "local", "--farmer"]).unwrap().run;
    assert!(run.node_key(&folder.path().join("network")).is_ok());
}

#[test]
fn every_node_listens_on_plain_tcp_and_on_nothing_else() {
    for role in [&[][..], &["--farmer"], &["--timekeeper"]] {
        let arguments = [&["--chain", "main-preset", "--port", "4000"], role].concat();
        let mut addresses: Vec<String> = network(&arguments)
            .listen_addresses
            .iter()
            .map(ToString::to_string)
            .collect();
        addresses.sort();
        assert_eq!(addresses, ["/ip4/0.0.0.0/tcp/4000", "/ip6/::/tcp/4000"]);
    }
    let chosen = network(&["--dev", "--listen-addr", "/ip4/127.0.0.1/tcp/1/ws"]);
    assert_eq!(chosen.listen_addresses.len(), 1);
}

#[test]
fn local_discovery_is_off_on_development_chains_unless_given() {
    for (arguments, expected) in [
        (&["--dev"][..], false),
        (&["--chain", "dev"], false),
        (&["--chain", "local"], false),
        (&["--chain", "fast"], false),
        (&["--chain", "fast", "--mdns"], true),
        (&["--dev", "--mdns"], true),
        (&["--chain", "main-preset"], true),
        (&["--chain", "main-preset", "--no-mdns"], false),
    ] {
        assert_eq!(has_mdns(&network(arguments)), expected, "{arguments:?}");
    }
    refusal(&["--dev", "--mdns", "--no-mdns"]);
}

#[tokio::test]
async fn a_farmer_without_a_peer_authors_on_development_chains_and_where_it_is_told_to() {
    for (chain, more, expected) in [
        ("dev", &[][..], true),
        ("local", &[], true),
        ("fast", &[], true),
        ("main-preset", &[], false),
        ("main-preset", &["--force-authoring"], true),
    ] {
        let arguments = [&["--chain", chain, "--tmp", "--farmer"], more].concat();
        let cli = parse(&arguments).unwrap();
        let config = cli
            .create_configuration(&cli.run, tokio::runtime::Handle::current())
            .unwrap();
        let options = crate::service::NodeOptions::from_command(&config, &cli.run);
        assert!(options.farmer);
        assert_eq!(options.force_authoring, expected, "{arguments:?}");
        assert!(options.timekeeper.is_none() && options.embedded_farmer.is_none());
    }
}

#[tokio::test]
async fn dev_farms_as_many_sectors_as_the_chain_asks_for_beside_its_database() {
    for (arguments, expected) in [
        (&["--dev"][..], 32),
        (&["--dev", "--chain", "fast"], 16),
        (&["--dev", "--chain", "local"], 32),
    ] {
        let cli = parse(arguments).unwrap();
        let config = cli
            .create_configuration(&cli.run, tokio::runtime::Handle::current())
            .unwrap();
        let options = crate::service::NodeOptions::from_command(&config, &cli.run);
        assert!(options.farmer && options.force_authoring && options.timekeeper.is_some());
        let Some(crate::service::EmbeddedFarms::Dev { path, sectors }) =
            options.embedded_farmer.map(|farmer| farmer.farms)
        else {
            panic!("{arguments:?} has a farm of its own");
        };
        assert_eq!(sectors, expected);
        assert_eq!(path, config.data_path.join("farm"));
    }
}

#[test]
fn build_spec_is_understood_as_other_tools_write_it() {
    let cli = parse(&[
        "build-spec",
        "--chain",
        "local",
        "--raw",
        "--disable-default-bootnode",
    ])
    .unwrap();
    let Some(NodeSubcommand::ExportChainSpec(command)) = cli.subcommand else {
        panic!("an alias of export-chain-spec");
    };
    assert!(command.base.raw);
    assert_eq!(command.base.chain, "local");
}

#[test]
fn the_help_of_revert_says_that_finality_is_not_passed() {
    let help = parse(&["revert", "--help"])
        .expect_err("help is not a command")
        .to_string();
    assert!(help.contains("Finality cannot be passed"));
}
