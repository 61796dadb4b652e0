//! A small server of static files for one's own machine. The servers there are either rest unmaintained or bring an async runtime
//! that nothing else here needs; a page of static files asks for little.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};

/// A server under way.
pub struct Server {
    address: SocketAddr,
    thread: JoinHandle<()>,
}

impl Server {
    /// Serves `folder` on this machine alone; port 0 takes a free one.
    ///
    /// # Errors
    /// If the port is taken.
    pub fn start(folder: &Path, port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("port {port} cannot be had: choose another with --port"))?;
        let address = listener.local_addr()?;
        let folder = folder.to_owned();
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let folder = folder.clone();
                // A visitor who goes away in the middle is no failure.
                thread::spawn(move || drop(answer(&stream, &folder)));
            }
        });
        Ok(Self { address, thread })
    }

    /// Where a browser finds it.
    pub fn address(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Serves until the program is ended.
    pub fn wait(self) {
        // The thread does not end by itself.
        let _ = self.thread.join();
    }
}

/// Encodings that files lie ready in, the smallest first, with the endings of their names.
const PACKED: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

fn answer(stream: &TcpStream, folder: &Path) -> Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().context("no request")??;
    let mut accepted = String::new();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(encodings) = line.strip_prefix("accept-encoding:") {
            encodings.clone_into(&mut accepted);
        }
    }
    let target = request.split(' ').nth(1).unwrap_or("/");
    let found = path(target).map(|path| folder.join(path)).filter(|path| path.is_file());
    let Some(path) = found else { return send(stream, "404 Not Found", "", b"There is no such file.\n") };
    // Names with a hash never change; the page and its keeper do.
    let fixed = path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains('-'));
    let mut headers = format!("content-type: {}\r\n", kind(&path));
    headers += if fixed { "cache-control: max-age=31536000, immutable\r\n" } else { "cache-control: no-cache\r\n" };
    let takes = |encoding: &str| accepted.split([',', ';']).any(|word| word.trim() == encoding);
    let packed = PACKED.iter().find_map(|(encoding, ending)| {
        let packed = PathBuf::from(format!("{}.{ending}", path.display()));
        (takes(encoding) && packed.is_file()).then_some((encoding, packed))
    });
    let bytes = match packed {
        Some((encoding, packed)) => {
            headers += &format!("content-encoding: {encoding}\r\n");
            fs::read(&packed)?
        }
        None => fs::read(&path)?,
    };
    send(stream, "200 OK", &headers, &bytes)
}

fn send(mut stream: &TcpStream, status: &str, headers: &str, bytes: &[u8]) -> Result<()> {
    let length = bytes.len();
    write!(stream, "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n")?;
    stream.write_all(bytes)?;
    Ok(())
}

/// The file that a request means; nothing outside the folder.
fn path(target: &str) -> Option<PathBuf> {
    let target = target.split(['?', '#']).next().unwrap_or(target).trim_start_matches('/');
    let path = PathBuf::from(if target.is_empty() { "index.html" } else { target });
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_stay_in_the_folder() {
        assert_eq!(path("/?worker=0"), Some("index.html".into()));
        assert_eq!(path("/zoo/a.onnx"), Some("zoo/a.onnx".into()));
        assert_eq!(path("/../secret"), None);
        assert_eq!(path("//etc/passwd"), Some("etc/passwd".into()));
    }
}
