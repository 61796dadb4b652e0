//! Writes the Rust text: a module per family, in it one per kernel, with the typed handle.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::functions::Functions;
use super::reflect::{Binding, Field, Interface, Kernel, ScalarType, Variant};

/// The whole generated file.
pub fn library(kernels: &[Kernel], functions: &Functions) -> String {
    let mut families: BTreeMap<&str, Vec<&Kernel>> = BTreeMap::new();
    for kernel in kernels {
        let family = kernel.name.split('/').next().unwrap_or_default();
        families.entry(family).or_default().push(kernel);
    }
    let mut out = String::new();
    for (family, kernels) in families {
        let _ = writeln!(out, "/// Kernels in `wgsl/{family}/`.\npub mod {family} {{");
        kernels.iter().for_each(|kernel| out.push_str(&module(kernel)));
        out.push_str("}\n");
    }
    out + &all(kernels) + &function_module(functions)
}

fn all(kernels: &[Kernel]) -> String {
    let mut out =
        "/// Every kernel in every variant.\npub fn all() -> Vec<&'static Kernel> {\n    let mut all = Vec::new();\n"
            .to_owned();
    for kernel in kernels {
        let path = kernel.name.replace('/', "::");
        let _ = writeln!(out, "    all.extend({path}::Variant::ALL.iter().map(|variant| {path}::kernel(*variant)));");
    }
    out + "    all\n}\n"
}

fn module(kernel: &Kernel) -> String {
    let (_, name) = kernel.name.split_once('/').unwrap_or_default();
    let face = &kernel.interface;
    let doc = kernel.doc.lines().map(|line| format!("/// {line}\n")).collect::<String>();
    let parts = [
        variant_enum(&kernel.variants),
        constants(face),
        params(face),
        bindings(&face.bindings),
        kernel_function(kernel),
        launch(face),
    ];
    let uses = "use crate::{Kernel, Launch};\n";
    format!("/// ```text\n{doc}/// ```\npub mod {name} {{\n{uses}{}}}\n", parts.concat())
}

fn variant_enum(variants: &[Variant]) -> String {
    let names: Vec<String> = variants.iter().map(|variant| camel(&variant.name)).collect();
    let arms = variants.iter().zip(&names).map(|(v, name)| format!("/// Row `{}`.\n{name},\n", v.name));
    let all = names.iter().map(|name| format!("Self::{name}, ")).collect::<String>();
    format!(
        "/// The rows of `variants.txt`.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\npub enum Variant {{\n{}}}\n\
         impl Variant {{\n/// All of them.\npub const ALL: &'static [Self] = &[{all}];\n}}\n",
        arms.collect::<String>()
    )
}

fn constants(face: &Interface) -> String {
    let head = "/// The specialisation constants, passed when the pipeline is made.\n#[derive(Clone, Copy, Debug, PartialEq)]\n";
    if face.overrides.is_empty() {
        return format!("{head}pub struct Constants;\n");
    }
    let field =
        |(name, ty): &(String, ScalarType)| format!("/// `{name}`.\npub {}: {},\n", name.to_lowercase(), rust(*ty));
    let value = |(name, _): &(String, ScalarType)| format!("({name:?}, f64::from(self.{})), ", name.to_lowercase());
    format!(
        "{head}pub struct Constants {{\n{}}}\nimpl Constants {{\nfn values(self) -> Vec<(&'static str, f64)> {{ vec![{}] }}\n}}\n",
        face.overrides.iter().map(field).collect::<String>(),
        face.overrides.iter().map(value).collect::<String>()
    )
}

fn params(face: &Interface) -> String {
    let field = |field: &Field| {
        let ty =
            field.count.map_or(rust(field.scalar).to_owned(), |count| format!("[{}; {count}]", rust(field.scalar)));
        let doc = if field.doc.is_empty() { format!("`{}` of the kernel.", field.name) } else { field.doc.clone() };
        format!("/// {}\npub {}: {ty},\n", doc.replace('[', "\\["), field.name)
    };
    let store = |field: &Field| {
        let (at, name) = (field.offset, &field.name);
        match field.count {
            None => format!("words[{at}] = {};\n", bits(field.scalar, &format!("self.{name}"))),
            Some(_) if field.scalar == ScalarType::U32 => {
                format!("words[{at}..][..self.{name}.len()].copy_from_slice(&self.{name});\n")
            }
            Some(_) => {
                let bits = bits(field.scalar, "value");
                format!("for (word, value) in words[{at}..].iter_mut().zip(&self.{name}) {{ *word = {bits}; }}\n")
            }
        }
    };
    format!(
        "/// What changes from launch to launch.\n#[derive(Clone, Debug, PartialEq)]\npub struct Params {{\n{}}}\n\
         impl Params {{\n/// The words of the uniform buffer, padding included.\npub fn words(self) -> Vec<u32> {{\n\
         let mut words = vec![0u32; {}];\n{}words\n}}\n}}\n",
        face.params.iter().map(field).collect::<String>(),
        face.words,
        face.params.iter().map(store).collect::<String>()
    )
}

fn bindings(bindings: &[Binding]) -> String {
    let head = "/// The buffers but those of the emit block.\n#[derive(Clone, Debug, PartialEq, Eq)]\n";
    let field = |b: &Binding| format!("/// {}.\npub {}: T,\n", if b.writes { "Written" } else { "Read" }, b.name);
    if bindings.is_empty() {
        // The parameter stays, so that every kernel is launched in the same way.
        let derive = "#[derive(Clone, Debug, Default, PartialEq, Eq)]";
        let head = head.replace("#[derive(Clone, Debug, PartialEq, Eq)]", derive);
        return format!("{head}pub struct Bindings<T>(pub std::marker::PhantomData<T>);\n");
    }
    format!("{head}pub struct Bindings<T> {{\n{}}}\n", bindings.iter().map(field).collect::<String>())
}

fn kernel_function(kernel: &Kernel) -> String {
    let mut out = "/// The kernel's text and what it binds.\npub fn kernel(variant: Variant) -> &'static Kernel {\nmatch variant {\n".to_owned();
    let face = &kernel.interface;
    let bindings =
        face.bindings.iter().map(|b| format!("crate::Binding {{ name: {:?}, writes: {} }}, ", b.name, b.writes));
    let bindings = bindings.collect::<String>();
    let overrides: Vec<&str> = face.overrides.iter().map(|(name, _)| name.as_str()).collect();
    for variant in &kernel.variants {
        let emit = variant.emit.as_ref().map_or("None".to_owned(), |text| format!("Some({:?})", bare(text)));
        let _ = writeln!(
            out,
            "Variant::{} => &Kernel {{ name: {:?}, variant: {:?}, head: {:?}, emit: {emit}, tail: {:?}, imports: &{:?}, \
             bindings: &[{bindings}], emit_binding: {}, workgroup: {:?}, overrides: &{overrides:?} }},",
            camel(&variant.name),
            kernel.name,
            variant.name,
            bare(&variant.head),
            bare(&variant.tail),
            variant.imports,
            face.bindings.len() + 1,
            variant.workgroup,
        );
    }
    out + "}\n}\n"
}

fn launch(face: &Interface) -> String {
    let constants = if face.overrides.is_empty() { "Vec::new()" } else { "constants.values()" };
    let constants_name = if face.overrides.is_empty() { "_constants" } else { "constants" };
    let buffers = face.bindings.iter().map(|b| format!("bindings.{}, ", b.name)).collect::<String>();
    let bindings_name = if face.bindings.is_empty() { "_bindings" } else { "bindings" };
    format!(
        "/// One run of the kernel.\npub fn launch<T>(variant: Variant, {constants_name}: Constants, params: Params, \
         {bindings_name}: Bindings<T>) -> Launch<T> {{\nLaunch {{ kernel: kernel(variant), constants: {constants}, \
         params: params.words(), buffers: vec![{buffers}] }}\n}}\n"
    )
}

fn function_module(functions: &Functions) -> String {
    let constant = |(name, arity): &(String, usize)| {
        let constant = name.to_uppercase();
        format!("/// `{name}`.\npub const {constant}: Function = Function {{ name: {name:?}, arity: {arity} }};\n")
    };
    let source: String = functions.fragments.iter().map(|(_, text)| text.as_str()).collect();
    format!(
        "/// The scalar functions of `wgsl/shared/pointwise.wgsl`.\npub mod functions {{\nuse crate::Function;\n{}\
         /// Their text, with what it imports.\npub const SOURCE: &str = {source:?};\n\
         /// The same by fragment, for a kernel that has imported some of them.\n\
         pub(crate) const FRAGMENTS: &[(&str, &str)] = &{:?};\n}}\n",
        functions.functions.iter().map(constant).collect::<String>(),
        functions.fragments.iter().map(|(name, text)| (name.as_str(), bare(text))).collect::<Vec<_>>()
    )
}

/// The word of a value of type `ty`.
fn bits(ty: ScalarType, value: &str) -> String {
    match ty {
        ScalarType::F32 => format!("{value}.to_bits()"),
        ScalarType::I32 => format!("{value}.cast_unsigned()"),
        ScalarType::U32 | ScalarType::Bool => value.to_owned(),
    }
}

fn rust(ty: ScalarType) -> &'static str {
    match ty {
        ScalarType::U32 => "u32",
        ScalarType::I32 => "i32",
        ScalarType::F32 => "f32",
        ScalarType::Bool => "bool",
    }
}

fn camel(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    name.split(['_', '-']).map(capital).collect()
}

/// WGSL without comments and indentation: every visitor of the page fetches it. WGSL has no texts in which `//` could stand.
fn bare(text: &str) -> String {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default().trim());
    code.filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}
