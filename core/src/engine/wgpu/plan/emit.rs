//! The code of a group's pointwise statements: what stands in a kernel's emit block.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::groups::{Group, Groups, Made, Statement};
use super::operand::{Operand, RootId, Term};
use super::view::View;
use crate::engine::wgpu::pointwise::{expression, stored_type, variable_type};
use crate::tensor::DType;

/// Generated code with the tensors it binds, in the order of its bindings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Emit {
    /// Declarations of the bindings and `fn emit(i: u32, v: f32)`.
    pub text: String,
    /// Tensors, and whether each is written.
    pub bindings: Vec<(RootId, bool)>,
}

/// Code for `group` with bindings from `first` on; results in `kept` are stored.
pub(super) fn emit(groups: &Groups, group: &Group, kept: &HashSet<RootId>, first: u32) -> Emit {
    let own: HashSet<RootId> = group.body.iter().map(|s| s.result).collect();
    let mut writer =
        Writer { groups, first, own, bindings: Vec::new(), variables: HashMap::new(), text: String::new() };
    for statement in &group.body {
        writer.statement(statement, kept.contains(&statement.result));
    }
    writer.finish()
}

struct Writer<'a> {
    groups: &'a Groups,
    first: u32,
    own: HashSet<RootId>,
    bindings: Vec<(RootId, bool)>,
    /// Variables that hold an element, by what was loaded.
    variables: HashMap<(RootId, String), String>,
    text: String,
}

impl Writer<'_> {
    fn statement(&mut self, statement: &Statement, kept: bool) {
        let dtype = self.groups.of(statement.result).dtype;
        let value = match &statement.made {
            Made::ByAnchor => "v".to_owned(),
            Made::Copied(operand) => self.operand(operand),
            Made::By(op, terms, types) => {
                let args: Vec<String> = terms.iter().map(|term| self.term(term)).collect();
                expression(op, &args, types).unwrap_or_default()
            }
        };
        let variable = self.define(dtype, &value);
        if kept {
            let place = self.bind(statement.result, true);
            let stored = if dtype == DType::Bool { format!("select(0u, 1u, {variable})") } else { variable.clone() };
            let _ = writeln!(self.text, "    {place}[i] = {stored};");
        }
        self.variables.insert((statement.result, "i".to_owned()), variable);
    }

    fn define(&mut self, dtype: DType, value: &str) -> String {
        let variable = format!("v{}", self.text.matches("let ").count());
        let _ = writeln!(self.text, "    let {variable}: {} = {value};", variable_type(dtype));
        variable
    }

    fn term(&mut self, term: &Term) -> String {
        match term {
            Term::Literal(text) => text.clone(),
            Term::Operand(operand) => self.operand(operand),
        }
    }

    fn operand(&mut self, operand: &Operand) -> String {
        let element = self.element(operand.root, &operand.view);
        operand.then.iter().fold(element, |value, function| function.of(&value))
    }

    fn element(&mut self, root: RootId, view: &View) -> String {
        if self.own.contains(&root)
            && let Some(variable) = self.variables.get(&(root, "i".to_owned()))
        {
            // Groups take in only what runs over the same elements.
            return variable.clone();
        }
        let place = place(view);
        let key = (root, place.clone());
        if let Some(variable) = self.variables.get(&key) {
            return variable.clone();
        }
        let (name, dtype) = (self.bind(root, false), self.groups.of(root).dtype);
        let loaded = if dtype == DType::Bool { format!("({name}[{place}] != 0u)") } else { format!("{name}[{place}]") };
        let variable = self.define(dtype, &loaded);
        self.variables.insert(key, variable.clone());
        variable
    }

    fn bind(&mut self, root: RootId, writes: bool) -> String {
        let known = self.bindings.iter().position(|(bound, _)| *bound == root);
        let index = known.unwrap_or_else(|| {
            self.bindings.push((root, writes));
            self.bindings.len() - 1
        });
        format!("e{index}")
    }

    fn finish(self) -> Emit {
        let mut text = String::new();
        for (index, (root, writes)) in self.bindings.iter().enumerate() {
            let access = if *writes { "read_write" } else { "read" };
            let (binding, element) = (self.first as usize + index, stored_type(self.groups.of(*root).dtype));
            let _ = writeln!(text, "@group(0) @binding({binding}) var<storage, {access}> e{index}: array<{element}>;");
        }
        let _ = writeln!(text, "fn emit(i: u32, v: f32) {{\n{}}}", self.text);
        Emit { text, bindings: self.bindings }
    }
}

/// The place of element `i` as an expression. The outermost digit needs no remainder, so the batch size, which is outermost, does
/// not show in the code.
fn place(view: &View) -> String {
    let digits = view.digits();
    let mut parts = Vec::new();
    let mut inner: usize = digits.iter().map(|d| d.size).product();
    for (position, digit) in digits.iter().enumerate() {
        inner /= digit.size.max(1);
        if digit.stride == 0 {
            continue;
        }
        let shifted = if inner == 1 { "i".to_owned() } else { format!("(i / {inner}u)") };
        let step = if position == 0 { shifted } else { format!("({shifted} % {}u)", digit.size) };
        parts.push(if digit.stride == 1 { step } else { format!("{step} * {}u", digit.stride) });
    }
    if view.offset() > 0 {
        parts.push(format!("{}u", view.offset()));
    }
    if parts.is_empty() { "0u".to_owned() } else { parts.join(" + ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_short() {
        let bias = View::dense(&[16]).reshaped(&[16, 1, 1]).unwrap();
        assert_eq!(place(&bias.broadcast(&[8, 16, 4, 4])), "((i / 16u) % 16u)");
        assert_eq!(place(&View::dense(&[8, 16, 4, 4])), "i");
        assert_eq!(place(&View::dense(&[1]).broadcast(&[5, 5])), "0u");
        let turned = View::dense(&[3, 4]).transposed(&[1, 0]);
        assert_eq!(place(&turned), "(i / 3u) + (i % 3u) * 4u");
        let cut = View::dense(&[3, 4]).sliced(1, 1, 2).unwrap();
        assert_eq!(place(&cut), "(i / 2u) * 4u + (i % 2u) + 1u");
    }
}
