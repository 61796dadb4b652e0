//! The types that the generated handles are made of.

use crate::functions;

/// One variant of a kernel: its text and what it binds.
#[derive(Debug, PartialEq, Eq)]
pub struct Kernel {
    /// `family/name`.
    pub name: &'static str,
    /// Its row in `variants.txt`, or `default`.
    pub variant: &'static str,
    /// The text before the emit block; all of it where there is none.
    pub head: &'static str,
    /// The emit block as it stands in the file, which stores the result as it is.
    pub emit: Option<&'static str>,
    /// The text after the emit block.
    pub tail: &'static str,
    /// The shared fragments in the text.
    pub imports: &'static [&'static str],
    /// Storage buffers from binding 1 on, without the emit block's.
    pub bindings: &'static [Binding],
    /// The binding from which the emit block may bind.
    pub emit_binding: u32,
    /// Invocations of a workgroup along x, y and z.
    pub workgroup: [u32; 3],
    /// The names of the `override` constants.
    pub overrides: &'static [&'static str],
}

impl Kernel {
    /// The whole text with the emit block as it stands in the file.
    pub fn text(&self) -> String {
        [self.head, self.emit.unwrap_or_default(), self.tail].concat()
    }

    /// The whole text with `emit` in place of the emit block: it binds from [`emit_binding`](Self::emit_binding) on, defines
    /// `fn emit(i: u32, v: f32)` and may call every function of [`functions`].
    pub fn source(&self, emit: &str) -> String {
        let missing = functions::FRAGMENTS.iter().filter(|(name, _)| !self.imports.contains(name));
        let missing: String = missing.map(|(_, text)| *text).collect();
        [self.head, emit, self.tail, missing.as_str()].concat()
    }
}

/// A storage buffer of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name in the kernel.
    pub name: &'static str,
    /// Whether the kernel writes it.
    pub writes: bool,
}

/// One run of a kernel over buffers of type `T`.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch<T> {
    /// What runs.
    pub kernel: &'static Kernel,
    /// Specialisation constants by name.
    pub constants: Vec<(&'static str, f64)>,
    /// The words of the uniform buffer at binding 0.
    pub params: Vec<u32>,
    /// The buffers from binding 1 on; those of the emit block are not among them.
    pub buffers: Vec<T>,
}

/// A scalar function that a generated emit block may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Function {
    /// Its name in WGSL.
    pub name: &'static str,
    /// Count of its arguments, all f32.
    pub arity: usize,
}
