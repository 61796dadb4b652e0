//! From the packed module, the static files and the zoo to the page's folder: names carry their content's hash, so that a browser may
//! keep them for ever; what compresses lies beside itself compressed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::workspace;

/// Rounds of the search for a shorter form; more gain less than a thousandth.
const EFFORT: u64 = 3;

/// The page's folder and its files.
pub struct Page {
    /// Where it is.
    pub folder: PathBuf,
    /// Name in the folder, bytes and bytes compressed, by the name that sources use.
    pub files: BTreeMap<String, File>,
}

/// One file of the page.
pub struct File {
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: usize,
    /// Its size on the wire, where the server compresses with gzip.
    pub packed: usize,
    /// Its size on the wire, where the server has Brotli too.
    pub brotli: usize,
}

/// What names another file must come after it.
const SCRIPTS: [&str; 3] = ["reports.js", "worker.js", "start.js"];
const PLAIN: [&str; 2] = ["icon.svg", "style.css"];
/// The zoo's folders that pages fetch from.
const ZOO: [&str; 2] = ["models", "data"];

/// Writes the page.
///
/// # Errors
/// If a file is missing or cannot be written.
pub fn assemble(packed: &Path) -> Result<Page> {
    let root = workspace::root();
    let folder = super::folder();
    let _ = fs::remove_dir_all(&folder);
    let mut page = Page { folder, files: BTreeMap::new() };
    page.add("stitchscope.wasm", &read(&packed.join("stitchscope_bg.wasm"))?)?;
    page.add_snippets(packed)?;
    page.add("stitchscope.js", &read(&packed.join("stitchscope.js"))?)?;
    let zoo = root.join("zoo");
    for file in ZOO.iter().map(|name| files_in(&zoo.join(name))).collect::<Result<Vec<_>>>()?.concat() {
        page.add(&format!("zoo/{}", workspace::short(&file, &zoo)), &read(&file)?)?;
    }
    let sources = root.join("web-app").join("static");
    for name in PLAIN.iter().chain(&SCRIPTS) {
        let text = page.filled(&sources.join(name))?;
        page.add(name, text.as_bytes())?;
    }
    let index = page.filled(&sources.join("index.html"))?;
    let index = index.replace("{{files}}", &page.addresses()?);
    page.put("index.html", "index.html", index.as_bytes())?;
    let keeper = fs::read_to_string(sources.join("sw.js")).context("web-app/static/sw.js is missing")?;
    let list = page.files.values().filter(|file| file.name != "index.html").map(|file| &file.name).collect::<Vec<_>>();
    let version = format!("stitchscope-page-{}", hash(index.as_bytes()));
    let keeper = keeper.replace("{{version}}", &version).replace("{{list}}", &serde_json::to_string(&list)?);
    page.put("sw.js", "sw.js", keeper.as_bytes())?;
    Ok(page)
}

/// Compressed for the wire. The module is most of what a visitor waits for: it is worth a minute of searching for the shortest form.
fn packed(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    if name.ends_with(".wasm") {
        let effort = zopfli::Options {
            iteration_count: NonZeroU64::new(EFFORT).unwrap_or(NonZeroU64::MIN),
            ..zopfli::Options::default()
        };
        let mut packed = Vec::new();
        zopfli::compress(effort, zopfli::Format::Gzip, bytes, &mut packed)?;
        return Ok(packed);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The bytes as hosts with HTTPS hand them out, as small as Brotli makes them.
fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let effort =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &effort)?;
    Ok(packed)
}

impl Page {
    /// Adds a file under its hashed name.
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        // `images-idx3-ubyte.gz` is told apart by its folder; the ending stays at the end.
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let hashed = format!("{stem}-{}.{ending}", hash(bytes));
        self.put(name, &hashed, bytes)
    }

    fn put(&mut self, name: &str, hashed: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(hashed);
        let write = |path: &Path, bytes: &[u8]| {
            fs::create_dir_all(path.parent().unwrap_or(path))
                .and_then(|()| fs::write(path, bytes))
                .with_context(|| format!("cannot write {}", path.display()))
        };
        write(&path, bytes)?;
        let packed = packed(name, bytes)?;
        let smaller = packed.len() < bytes.len() * 95 / 100;
        if smaller {
            write(&self.folder.join(format!("{hashed}.gz")), &packed)?;
        }
        let size = if smaller { packed.len() } else { bytes.len() };
        let closer = brotli(bytes)?;
        let brotli = if closer.len() < size * 95 / 100 {
            write(&self.folder.join(format!("{hashed}.br")), &closer)?;
            closer.len()
        } else {
            size
        };
        self.files.insert(name.to_owned(), File { name: hashed.to_owned(), bytes: bytes.len(), packed: size, brotli });
        Ok(())
    }

    /// Files that the packed module's script imports by name, where there are any.
    fn add_snippets(&mut self, packed: &Path) -> Result<()> {
        let folder = packed.join("snippets");
        if !folder.is_dir() {
            return Ok(());
        }
        for file in files_in(&folder)? {
            let name = workspace::short(&file, packed);
            self.put(&name, &name, &read(&file)?)?;
        }
        Ok(())
    }

    /// A source with the hashed names in place of `{{name}}`.
    fn filled(&self, source: &Path) -> Result<String> {
        let mut text = fs::read_to_string(source).with_context(|| format!("cannot read {}", source.display()))?;
        let is_script = source.extension().is_some_and(|ending| ending == "js");
        for (name, file) in &self.files {
            // Scripts import each other by relative paths; a Worker and a page name theirs by the page's address.
            let imported = format!("from \"{{{{{name}}}}}\"");
            if is_script {
                text = text.replace(&imported, &format!("from \"./{}\"", file.name));
            }
            text = text.replace(&format!("{{{{{name}}}}}"), &file.name);
        }
        Ok(text)
    }

    /// Where the program finds what it fetches, as JSON.
    fn addresses(&self) -> Result<String> {
        let fetched = |name: &str| name.starts_with("zoo/") || name == "stitchscope.wasm";
        let mut addresses: BTreeMap<String, String> = self
            .files
            .iter()
            .filter(|(name, _)| fetched(name))
            .map(|(name, file)| (name.clone(), file.name.clone()))
            .collect();
        let bytes = self.files.get("stitchscope.wasm").map_or(0, |file| file.bytes);
        addresses.insert("stitchscope.wasm.bytes".to_owned(), bytes.to_string());
        Ok(serde_json::to_string(&addresses)?)
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..10].to_owned()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// All files below a folder, sorted.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_in(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
