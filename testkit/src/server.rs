//! A web server of our own for tests, as real ones are: it answers conditionally and in ranges, and on demand it
//! drops connections, sends half a file, lies about lengths, is busy, and leads elsewhere.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// How an answer goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed without an answer.
    Drop,
    /// The right length is announced and half the file sent.
    Half,
    /// More bytes are announced than there are.
    LongLie,
    /// Fewer bytes are announced than there are.
    ShortLie,
    /// An answer with a status, a header of its own, and no file.
    Status(u16, &'static str, String),
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Path and query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

#[derive(Default)]
struct Shared {
    files: BTreeMap<String, Vec<u8>>,
    faults: BTreeMap<String, Vec<Fault>>,
    asked: Vec<Asked>,
}

/// A server on a port of this machine; it ends with this value.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one that has no files yet.
    pub fn start() -> std::io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (theirs, ended) = (Arc::clone(&shared), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&theirs);
                // A connection that breaks is what some tests want.
                std::thread::spawn(move || stream.and_then(|stream| serve(&stream, &shared)));
            }
        });
        Ok(Server { address, shared, stop, thread: Some(thread) })
    }

    /// The address of a file.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts a file in place.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        lock(&self.shared).files.insert(path.to_owned(), bytes.into());
    }

    /// Takes a file away.
    pub fn remove(&self, path: &str) {
        lock(&self.shared).files.remove(path);
    }

    /// Lets the next requests of a file go wrong, one after the other; then it is served as it should be.
    pub fn spoil(&self, path: &str, faults: &[Fault]) {
        let faults = faults.iter().rev().cloned().collect();
        lock(&self.shared).faults.insert(path.to_owned(), faults);
    }

    /// What was asked since the last call.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.shared).asked)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(stream: &TcpStream, shared: &Mutex<Shared>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or("/").to_owned();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.trim().to_lowercase(), value.trim().to_owned());
        }
        let (file, fault) = {
            let mut shared = lock(shared);
            shared.asked.push(Asked { path: path.clone(), headers: headers.clone() });
            let fault = shared.faults.get_mut(&path).and_then(Vec::pop);
            let file = shared.files.get(&path).or_else(|| shared.files.get(path.split('?').next()?)).cloned();
            (file, fault)
        };
        if !answer(stream, file.as_deref(), fault, &headers)? {
            return stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

/// Answers; `false` when the connection is to be closed.
fn answer(
    stream: &TcpStream,
    file: Option<&[u8]>,
    fault: Option<Fault>,
    headers: &BTreeMap<String, String>,
) -> std::io::Result<bool> {
    let Some(bytes) = file else {
        let status = match fault {
            Some(Fault::Status(status, ..)) => status,
            _ => 404,
        };
        return send(stream, status, &[], b"").map(|()| true);
    };
    let tag = format!("\"{:016x}\"", hash(bytes));
    let tagged = |length: usize| vec![("etag", tag.clone()), ("content-length", length.to_string())];
    match fault {
        Some(Fault::Drop) => return Ok(false),
        Some(Fault::Status(status, name, value)) => {
            return send(stream, status, &[(name, value), ("content-length", "0".to_owned())], b"")
                .map(|()| true);
        }
        Some(Fault::Half) => {
            let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
            return send(stream, 200, &tagged(bytes.len()), half).map(|()| false);
        }
        Some(Fault::LongLie) => return send(stream, 200, &tagged(bytes.len() + 100), bytes).map(|()| false),
        Some(Fault::ShortLie) => {
            let length = vec![("content-length", (bytes.len() / 2).to_string())];
            return send(stream, 200, &length, bytes).map(|()| false);
        }
        None => {}
    }
    if headers.get("if-none-match") == Some(&tag) {
        return send(stream, 304, &[("etag", tag)], b"").map(|()| true);
    }
    let from =
        headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let is_fitting = headers.get("if-range").is_none_or(|known| *known == tag);
    if let Some(from) = from.filter(|from: &usize| is_fitting && *from < bytes.len()) {
        let rest = bytes.get(from..).unwrap_or_default();
        let mut tagged = tagged(rest.len());
        tagged.push(("content-range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len())));
        return send(stream, 206, &tagged, rest).map(|()| true);
    }
    send(stream, 200, &tagged(bytes.len()), bytes).map(|()| true)
}

fn send(mut stream: &TcpStream, status: u16, headers: &[(&str, String)], body: &[u8]) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} answer\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if headers.is_empty() {
        head.push_str("content-length: 0\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
