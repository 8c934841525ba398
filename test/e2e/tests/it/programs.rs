//! Our programs as child processes.

use jsonrpsee::core::client::ClientT;
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long anything that has no time of its own may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A program that was started.
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    collectors: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts the program of this name with `arguments`.
    pub(crate) fn start<Argument: AsRef<OsStr>>(
        name: &'static str,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        let mut child = Command::new(path_of(name))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let log = Arc::new(Mutex::new(Vec::new()));
        let collectors = vec![
            collect(child.stdout.take().unwrap(), &log),
            collect(child.stderr.take().unwrap(), &log),
        ];
        Self {
            name,
            child,
            log,
            collectors,
        }
    }

    /// The first line of the log with `text` in it, as soon as there is one.
    pub(crate) async fn line_with(&mut self, text: &str, patience: Duration) -> String {
        let started = Instant::now();
        loop {
            if let Some(line) = self.log().into_iter().find(|line| line.contains(text)) {
                return line;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!(
                    "{} stopped with {status} before it said {text:?}",
                    self.name
                );
            }
            assert!(
                started.elapsed() < patience,
                "{} did not say {text:?} within {patience:?}",
                self.name
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// All lines so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ctrl-C. How the program ended and how long it took.
    pub(crate) async fn interrupt(mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status()
            .expect("the system has `kill`");
        assert!(sent.success(), "{} is gone already", self.name);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                for collector in mem::take(&mut self.collectors) {
                    collector.join().expect("it only reads lines");
                }
                let log = self.log();
                let failure = log.iter().find(|line| line.contains("Essential task"));
                assert_eq!(failure, None, "a stop that was asked for is no failure");
                return (status, started.elapsed());
            }
            assert!(
                started.elapsed() < PATIENCE,
                "{} does not stop on Ctrl-C",
                self.name
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let start = log.len().saturating_sub(200);
            eprintln!("--- the last lines of {}:", self.name);
            for line in &log[start..] {
                eprintln!("{line}");
            }
        }
    }
}

/// Runs a program to its end: exit code and everything it printed.
pub(crate) fn run<Argument: AsRef<OsStr>>(
    name: &'static str,
    arguments: impl IntoIterator<Item = Argument>,
) -> (i32, String) {
    let output = Command::new(path_of(name))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
    let code = output.status.code().expect("no signal was sent; qed");
    let printed = [output.stdout, output.stderr].concat();
    (code, String::from_utf8_lossy(&printed).into_owned())
}

/// Runs a command of `autonomys-node` on the chain `fast` in this folder; what it printed. It must succeed.
pub(crate) fn operate(command: &str, base_path: &Path, arguments: &[&OsStr]) -> String {
    let (code, printed) = run(
        "autonomys-node",
        [
            OsStr::new(command),
            OsStr::new("--chain"),
            OsStr::new("fast"),
            OsStr::new("--base-path"),
            base_path.as_os_str(),
        ]
        .into_iter()
        .chain(arguments.iter().copied()),
    );
    assert_eq!(code, 0, "{command}: {printed}");
    printed
}

/// What `chain-info` says of the chain `fast` in this folder.
pub(crate) fn chain_info(base_path: &Path) -> Value {
    let printed = operate("chain-info", base_path, &[]);
    let (_, json) = printed.split_at(printed.find('{').expect("JSON"));
    // Lines of the log may follow
    serde_json::Deserializer::from_str(json)
        .into_iter()
        .next()
        .expect("JSON")
        .unwrap_or_else(|error| panic!("{printed}: {error}"))
}

fn collect(from: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let log = Arc::clone(log);
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            log.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    })
}

/// The programs lie where cargo put them: one folder above this test.
fn path_of(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test knows where it is");
    let path = test
        .parent()
        .and_then(Path::parent)
        .expect("cargo puts tests into `deps` of the profile's folder")
        .join(name);
    assert!(
        path.is_file(),
        "{} is missing; build it with `cargo build --release --locked --workspace --bins`",
        path.display()
    );
    path
}

/// A running `autonomys-node` and a connection to it.
pub(crate) struct Node {
    /// The process.
    pub(crate) program: Program,
    /// Address of its RPC server.
    pub(crate) url: String,
    client: WsClient,
}

impl Node {
    /// Starts a node on chain `fast` with free ports and connects to it.
    pub(crate) async fn start(base_path: &Path, arguments: &[&str]) -> Self {
        Self::launch(base_path, &[&["--no-prometheus"][..], arguments].concat()).await
    }

    /// The same with metrics on this port.
    pub(crate) async fn start_with_metrics(base_path: &Path, port: u16) -> Self {
        Self::launch(base_path, &["--prometheus-port", &port.to_string()]).await
    }

    async fn launch(base_path: &Path, arguments: &[&str]) -> Self {
        let mut program = Program::start(
            "autonomys-node",
            [
                OsStr::new("--chain"),
                OsStr::new("fast"),
                OsStr::new("--base-path"),
                base_path.as_os_str(),
                OsStr::new("--port"),
                OsStr::new("0"),
                OsStr::new("--rpc-port"),
                OsStr::new("0"),
                OsStr::new("--disable-log-color"),
            ]
            .into_iter()
            .chain(arguments.iter().map(OsStr::new)),
        );
        let line = program.line_with("Running JSON-RPC server", PATIENCE).await;
        let port: u16 = line
            .split("127.0.0.1:")
            .nth(1)
            .map(|rest| {
                rest.chars()
                    .take_while(char::is_ascii_digit)
                    .collect::<String>()
            })
            .and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("no port in {line:?}"));
        let url = format!("ws://127.0.0.1:{port}");
        let client = WsClientBuilder::default()
            .max_concurrent_requests(64)
            .build(&url)
            .await
            .expect("the node accepts connections once it says so");
        Self {
            program,
            url,
            client,
        }
    }

    /// Starts a whole network in one process.
    pub(crate) async fn start_network(base_path: &Path) -> Self {
        Self::start(base_path, &["--dev"]).await
    }

    /// The connection.
    pub(crate) fn client(&self) -> &WsClient {
        &self.client
    }

    /// Calls `method`.
    pub(crate) async fn call(&self, method: &str, params: ArrayParams) -> Value {
        self.client
            .request(method, params)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Height of the best block.
    pub(crate) async fn best(&self) -> u64 {
        self.height_of(ArrayParams::new()).await
    }

    /// Height of the last finalized block.
    pub(crate) async fn finalized(&self) -> u64 {
        let hash = self
            .call("chain_getFinalizedHead", ArrayParams::new())
            .await;
        let mut params = ArrayParams::new();
        params.insert(hash).unwrap();
        self.height_of(params).await
    }

    /// Hash of the block at `height`.
    pub(crate) async fn hash_of(&self, height: u64) -> Value {
        let mut params = ArrayParams::new();
        params.insert(height).unwrap();
        self.call("chain_getBlockHash", params).await
    }

    async fn height_of(&self, params: ArrayParams) -> u64 {
        let header = self.call("chain_getHeader", params).await;
        let number = header["number"].as_str().expect("a header has a number");
        u64::from_str_radix(number.trim_start_matches("0x"), 16).expect("it is hex")
    }

    /// Number of segments of history that the best block's chain has.
    pub(crate) async fn history_size(&self) -> u64 {
        self.call("poas_getFarmerAppInfo", ArrayParams::new()).await["historySize"]
            .as_u64()
            .expect("history has a size")
    }

    /// Number of segments of history that the node has archived, those included that are not on chain yet.
    pub(crate) async fn archived_segments(&self) -> usize {
        let mut params = ArrayParams::new();
        params.insert(1000).unwrap();
        let headers = self.call("poas_lastSegmentHeaders", params).await;
        headers.as_array().map_or(0, Vec::len)
    }

    /// Waits until the best block has at least this height.
    pub(crate) async fn wait_for_block(&self, height: u64, patience: Duration) {
        let started = Instant::now();
        loop {
            let best = self.best().await;
            if best >= height {
                return;
            }
            assert!(
                started.elapsed() < patience,
                "block {height} was not made within {patience:?}; the best block is {best}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
