//! Imports: `//# import NAME` brings in `shared/NAME.wgsl`, once, with what that imports itself.
//!
//! WGSL does not care for the order of declarations, so fragments go *after* the kernel: its own line numbers stay as they are,
//! and a message about line 12 means line 12 of the file.

use std::ops::Range;

use super::fault::Fault;
use super::source::{File, Sources};

const IMPORT: &str = "//# import ";
const EMIT: &str = "//# emit";
const END: &str = "//# end";

/// A kernel with its fragments, ready for naga.
#[derive(Debug)]
pub struct Assembled {
    /// The whole text.
    pub text: String,
    /// The names of all its fragments, in order.
    pub imports: Vec<String>,
    /// Where in `text` the emit block lies, its marks left out.
    pub emit: Option<Range<usize>>,
    /// Path of each part and the line (from 0) at which it begins.
    parts: Vec<(String, usize)>,
}

impl Assembled {
    /// A fault at byte `offset` of the text.
    pub fn fault(&self, offset: usize, message: impl Into<String>) -> Fault {
        let (path, line) = self.place(offset);
        Fault::new(path, line, message)
    }

    /// File and line (from 1) of a byte of the text.
    pub fn place(&self, offset: usize) -> (&str, usize) {
        let line = self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
        let part = self.parts.iter().rev().find(|(_, first)| *first <= line);
        part.map_or(("", 1), |(path, first)| (path, line - first + 1))
    }

    /// Path of the kernel itself.
    pub fn path(&self) -> &str {
        self.parts.first().map_or("", |(path, _)| path)
    }
}

/// A kernel with all that it imports.
///
/// # Errors
/// If a fragment does not exist, a `//#` line is not understood, or the emit block is not closed.
pub fn assemble(file: &File, sources: &Sources) -> Result<Assembled, Fault> {
    let mut imports = Vec::new();
    let mut parts = vec![(file.path.clone(), 0)];
    let mut text = file.text.clone();
    collect(file, sources, &mut imports)?;
    for name in &imports {
        parts.push((sources.fragments[name].path.clone(), text.lines().count()));
        text += &sources.fragments[name].text;
    }
    let emit = emit_block(file)?;
    Ok(Assembled { text, imports, emit, parts })
}

/// Adds the imports of `file`, and theirs, to `into`.
fn collect(file: &File, sources: &Sources, into: &mut Vec<String>) -> Result<(), Fault> {
    for (index, line) in file.text.lines().enumerate() {
        let fault = |message: String| Fault::new(&file.path, index + 1, message);
        let Some(name) = line.strip_prefix(IMPORT).map(str::trim) else {
            let known = [EMIT, END].contains(&line.trim_end()) || line.starts_with("const ");
            if line.contains("//#") && !known {
                return Err(fault(format!("`{line}` is none of `//# import`, `//# variant`, `//# emit`, `//# end`")));
            }
            continue;
        };
        let Some(fragment) = sources.fragments.get(name) else {
            return Err(fault(format!("there is no shaders/wgsl/shared/{name}.wgsl")));
        };
        if !into.iter().any(|known| known == name) {
            into.push(name.to_owned());
            collect(fragment, sources, into)?;
        }
    }
    Ok(())
}

fn emit_block(file: &File) -> Result<Option<Range<usize>>, Fault> {
    let mut offset = 0;
    let (mut begin, mut end) = (Vec::new(), Vec::new());
    for line in file.text.split_inclusive('\n') {
        match line.trim_end() {
            EMIT => begin.push(offset + line.len()),
            END => end.push(offset),
            _ => {}
        }
        offset += line.len();
    }
    match (begin.as_slice(), end.as_slice()) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin <= end => Ok(Some(*begin..*end)),
        _ => Err(Fault::new(&file.path, 1, format!("needs one `{EMIT}` and after it one `{END}`"))),
    }
}
