//! Which ports the node listens on.
//!
//! A port that the user gave and that is taken is an error: something else would be reached under it. A default port that
//! is taken moves to the next free one and says so, so that several nodes start on one machine without any flag.

use sc_network::Multiaddr;
use sc_network::multiaddr::Protocol;
use sc_service::Configuration;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};
use tracing::warn;

use crate::cli::RunCommand;

/// Ports above the default one that are tried.
const ATTEMPTS: u16 = 100;

/// Why there is no port to listen on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// The port that was asked for.
    #[error(
        "port {port} for {purpose} is taken by another program. Stop that program, or give another port with {flag}"
    )]
    Taken {
        /// What listens on it.
        purpose: &'static str,
        /// The flag that chooses it.
        flag: &'static str,
        /// The port.
        port: u16,
    },
    /// The default port and all above it.
    #[error("no port from {first} to {last} is free for {purpose}. Give one with {flag}")]
    NoneFree {
        /// What listens on it.
        purpose: &'static str,
        /// The flag that chooses it.
        flag: &'static str,
        /// The default port.
        first: u16,
        /// The last port tried.
        last: u16,
    },
}

/// Settles the ports of peer-to-peer, RPC and Prometheus.
pub(crate) fn settle(
    configuration: &mut Configuration,
    command: &RunCommand,
) -> Result<(), PortError> {
    let network_params = &command.base.network_params;
    let mut peers: Vec<SocketAddr> = configuration
        .network
        .listen_addresses
        .iter()
        .filter_map(tcp_address)
        .collect();
    let moved = choose(
        &mut peers,
        network_params.port.is_some() || !network_params.listen_addr.is_empty(),
        "peer-to-peer connections",
        "--port",
    )?;
    if let Some(port) = moved {
        for address in &mut configuration.network.listen_addresses {
            *address = with_port(address, port);
        }
    }

    // Endpoints of `--experimental-rpc-endpoint` say themselves what happens when their port is taken.
    if command.base.rpc_params.experimental_rpc_endpoint.is_empty()
        && let Some(endpoints) = &mut configuration.rpc.addr
    {
        let mut addresses: Vec<SocketAddr> = endpoints
            .iter()
            .map(|endpoint| endpoint.listen_addr)
            .collect();
        choose(
            &mut addresses,
            command.base.rpc_params.rpc_port.is_some(),
            "RPC",
            "--rpc-port",
        )?;
        for (endpoint, address) in endpoints.iter_mut().zip(addresses) {
            endpoint.listen_addr = address;
            endpoint.retry_random_port = false;
        }
    }

    if let Some(prometheus) = &mut configuration.prometheus_config {
        let explicit = command.base.prometheus_params.prometheus_port.is_some();
        choose(
            std::slice::from_mut(&mut prometheus.port),
            explicit,
            "Prometheus",
            "--prometheus-port",
        )?;
    }
    Ok(())
}

/// Makes sure that `addresses` are free, moving all of them to another port if they may. Returns that port.
fn choose(
    addresses: &mut [SocketAddr],
    explicit: bool,
    purpose: &'static str,
    flag: &'static str,
) -> Result<Option<u16>, PortError> {
    let Some(taken) = addresses.iter().find(|address| is_taken(**address)) else {
        return Ok(None);
    };
    let first = taken.port();
    if explicit {
        return Err(PortError::Taken {
            purpose,
            flag,
            port: first,
        });
    }
    let last = first.saturating_add(ATTEMPTS);
    let port = (first..=last)
        .find(|port| {
            !addresses
                .iter()
                .any(|address| is_taken(SocketAddr::new(address.ip(), *port)))
        })
        .ok_or(PortError::NoneFree {
            purpose,
            flag,
            first,
            last,
        })?;
    for address in addresses {
        address.set_port(port);
    }
    warn!(
        target: "node::ports",
        purpose, default = first, port, "The default port is taken by another program; using the next free one"
    );
    Ok(Some(port))
}

/// Whether another program listens on an address. Everything else that may be wrong with it is for whoever binds it.
fn is_taken(address: SocketAddr) -> bool {
    address.port() != 0
        && matches!(TcpListener::bind(address), Err(error) if error.kind() == ErrorKind::AddrInUse)
}

/// The socket behind `/ip4/…/tcp/…` and `/ip6/…/tcp/…`.
fn tcp_address(address: &Multiaddr) -> Option<SocketAddr> {
    let mut protocols = address.iter();
    let ip: IpAddr = match protocols.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    match protocols.next()? {
        Protocol::Tcp(port) => Some(SocketAddr::new(ip, port)),
        _ => None,
    }
}

/// The same address with another port.
fn with_port(address: &Multiaddr, port: u16) -> Multiaddr {
    let mut moved = Multiaddr::empty();
    for protocol in address.iter() {
        moved.push(match protocol {
            Protocol::Tcp(_) => Protocol::Tcp(port),
            Protocol::Udp(_) => Protocol::Udp(port),
            other => other,
        });
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn an_explicit_port_that_is_taken_is_an_error() {
        let (_listener, address) = listener();
        let error = choose(&mut [address], true, "RPC", "--rpc-port").unwrap_err();
        assert_eq!(
            error,
            PortError::Taken {
                purpose: "RPC",
                flag: "--rpc-port",
                port: address.port()
            }
        );
        assert!(error.to_string().contains("--rpc-port"));
    }

    #[test]
    fn a_default_port_that_is_taken_moves_to_the_next_free_one() {
        let (_listener, address) = listener();
        let mut addresses = [address];
        let port = choose(&mut addresses, false, "RPC", "--rpc-port")
            .unwrap()
            .unwrap();
        assert!(port > address.port());
        assert_eq!(addresses[0].port(), port);
        assert!(!is_taken(addresses[0]));
    }

    #[test]
    fn a_free_port_stays() {
        let (listener, mut address) = listener();
        drop(listener);
        assert_eq!(
            choose(
                std::slice::from_mut(&mut address),
                false,
                "RPC",
                "--rpc-port"
            ),
            Ok(None)
        );
    }

    #[test]
    fn only_plain_tcp_addresses_are_checked_and_all_of_them_move() {
        let tcp: Multiaddr = "/ip4/127.0.0.1/tcp/30333".parse().unwrap();
        assert_eq!(tcp_address(&tcp), Some("127.0.0.1:30333".parse().unwrap()));
        let web_socket: Multiaddr = "/ip6/::/tcp/30333/ws".parse().unwrap();
        assert_eq!(
            tcp_address(&web_socket),
            Some("[::]:30333".parse().unwrap())
        );
        assert_eq!(
            with_port(&web_socket, 5),
            "/ip6/::/tcp/5/ws".parse::<Multiaddr>().unwrap()
        );
        let name: Multiaddr = "/dns/localhost/tcp/30333".parse().unwrap();
        assert_eq!(tcp_address(&name), None);
    }
}
