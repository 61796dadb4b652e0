//! What a Rust file uses of its own crate: every path that begins with `crate`, `self` or `super`, resolved from the crate's root.
//!
//! The file is taken apart into tokens, so that comments and texts are no uses. What is compiled for tests alone is left out: a unit test
//! may look from below.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// A path that a file names, without `crate`, and the line where it stands.
pub(super) type Use = (usize, Vec<String>);

/// A file taken apart.
pub(super) struct Uses {
    /// Paths from the crate's root.
    pub paths: BTreeSet<Use>,
    /// Modules that are declared here for tests alone.
    pub for_tests: Vec<String>,
    /// Names that `pub use` gives a second place: (name, path from the crate's root).
    pub aliases: Vec<(String, Vec<String>)>,
}

impl Uses {
    /// Of the file whose module is `module`, from the crate's root.
    ///
    /// # Errors
    /// If the text is not made of Rust's tokens.
    pub fn of(text: &str, module: &[String]) -> Result<Self> {
        let tokens: TokenStream = text.parse().ok().context("is no Rust")?;
        let mut uses = Self { paths: BTreeSet::new(), for_tests: Vec::new(), aliases: Vec::new() };
        uses.read(&tokens.into_iter().collect::<Vec<_>>(), module);
        Ok(uses)
    }

    fn read(&mut self, tokens: &[TokenTree], module: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            at += self.one(&tokens[at..], module).max(1);
        }
    }

    /// Reads what begins here; how many tokens it took.
    fn one(&mut self, tokens: &[TokenTree], module: &[String]) -> usize {
        if let [TokenTree::Punct(mark), TokenTree::Group(attribute), rest @ ..] = tokens
            && mark.as_char() == '#'
            && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
        {
            return 2 + self.leave_out(rest);
        }
        match tokens {
            [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
                if word == "mod" && body.delimiter() == Delimiter::Brace =>
            {
                let inner = [module, &[name.to_string()]].concat();
                self.read(&body.stream().into_iter().collect::<Vec<_>>(), &inner);
                3
            }
            [TokenTree::Ident(word), TokenTree::Ident(_), ..] if word == "pub" && is(tokens.get(1), "use") => {
                self.re_export(&tokens[2..], module);
                2
            }
            [TokenTree::Ident(root), rest @ ..] if begins(root) && is_path(rest) => self.path(root, rest, module),
            [TokenTree::Group(group), ..] => {
                self.read(&group.stream().into_iter().collect::<Vec<_>>(), module);
                1
            }
            _ => 1,
        }
    }

    /// The item behind `#[cfg(test)]`, up to its block or semicolon.
    fn leave_out(&mut self, tokens: &[TokenTree]) -> usize {
        let mut named = false;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) if word == "mod" => named = true,
                TokenTree::Ident(name) if named => {
                    self.for_tests.push(name.to_string());
                    named = false;
                }
                TokenTree::Punct(mark) if mark.as_char() == ';' => return at + 1,
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return at + 1,
                _ => {}
            }
        }
        tokens.len()
    }

    fn path(&mut self, root: &Ident, rest: &[TokenTree], module: &[String]) -> usize {
        let line = root.span().start().line;
        let (base, took) = base(root, rest, module);
        let mut found = Vec::new();
        let more = tree(&rest[took..], &base, &mut found);
        self.paths.extend(found.into_iter().map(|path| (line, path)));
        1 + took + more
    }

    /// `pub use a::{B, C};` in a module: where B and C come from.
    fn re_export(&mut self, tokens: &[TokenTree], module: &[String]) {
        let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';');
        let tokens = &tokens[..tokens.iter().position(ends).unwrap_or(tokens.len())];
        let mut found = Vec::new();
        let (base, took) = match tokens {
            [TokenTree::Ident(root), rest @ ..] if begins(root) => {
                let (base, took) = base(root, rest, module);
                (base, 1 + took + 2)
            }
            _ => (module.to_vec(), 0),
        };
        tree_of_names(tokens.get(took..).unwrap_or_default(), &base, &mut found);
        self.aliases.extend(found.into_iter().filter_map(|path| Some((path.last()?.clone(), path))));
    }
}

fn begins(word: &Ident) -> bool {
    ["crate", "self", "super"].iter().any(|root| word == root)
}

fn is(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

/// Whether `::` comes next.
fn is_path(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(a), TokenTree::Punct(b), ..] if a.as_char() == ':' && b.as_char() == ':')
}

/// Where `crate`, `self` or a chain of `super` leads, and how many tokens behind the first word it took.
fn base(root: &Ident, rest: &[TokenTree], module: &[String]) -> (Vec<String>, usize) {
    if root == "crate" {
        return (Vec::new(), 0);
    }
    let mut base = module.to_vec();
    let mut took = 0;
    if root == "super" {
        base.pop();
        while is_path(&rest[took..]) && is(rest.get(took + 2), "super") {
            base.pop();
            took += 3;
        }
    }
    (base, took)
}

/// `::a::b`, `::{a, b::c}` behind a base; how many tokens it took.
fn tree(tokens: &[TokenTree], base: &[String], found: &mut Vec<Vec<String>>) -> usize {
    if !is_path(tokens) {
        found.push(base.to_vec());
        return 0;
    }
    match tokens.get(2) {
        Some(TokenTree::Ident(name)) => {
            let longer = [base, &[name.to_string()]].concat();
            3 + tree(&tokens[3..], &longer, found)
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            tree_of_names(&group.stream().into_iter().collect::<Vec<_>>(), base, found);
            3
        }
        _ => {
            found.push(base.to_vec());
            2
        }
    }
}

/// `a, b::c, d as e` within braces.
fn tree_of_names(tokens: &[TokenTree], base: &[String], found: &mut Vec<Vec<String>>) {
    for part in tokens.split(|token| matches!(token, TokenTree::Punct(mark) if [',', ';'].contains(&mark.as_char()))) {
        match part {
            [TokenTree::Ident(name), ..] if name == "self" => found.push(base.to_vec()),
            [TokenTree::Ident(name), rest @ ..] => {
                tree(rest, &[base, &[name.to_string()]].concat(), found);
            }
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
                tree_of_names(&group.stream().into_iter().collect::<Vec<_>>(), base, found);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let uses = Uses::of(text, &["a".to_owned(), "b".to_owned()]).unwrap();
        uses.paths.into_iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect()
    }

    #[test]
    fn all_spellings_of_a_path_are_found() {
        assert_eq!(paths("use crate::x::Y;\nfn f() { crate::z::g::<u8>() }"), ["1 x::Y", "2 z::g"]);
        assert_eq!(paths("use super::c::D;\nuse super::super::e;"), ["1 a::c::D", "2 e"]);
        assert_eq!(paths("use crate::{x, y::{self, Z}};"), ["1 x", "1 y", "1 y::Z"]);
        assert_eq!(paths("mod inner { use super::c; use super::super::d; }"), ["1 a::b::c", "1 a::d"]);
        assert_eq!(paths("m! { fn f(x: crate::x::Y) -> super::Z; }"), ["1 a::Z", "1 x::Y"]);
    }

    #[test]
    fn comments_texts_and_tests_are_no_uses() {
        assert_eq!(paths("// crate::x\n/// [`crate::x`]\nfn f() { \"crate::x\"; }"), [""; 0]);
        let text = "#[cfg(test)]\nmod tests {\n use crate::x;\n}\n#[cfg(test)]\nmod samples;\nuse crate::y;";
        assert_eq!(paths(text), ["7 y"]);
        assert_eq!(Uses::of(text, &[]).unwrap().for_tests, ["tests", "samples"]);
    }

    #[test]
    fn a_second_place_of_a_name_leads_to_the_first() {
        let uses = Uses::of("pub use c::{D, e::F};\npub use crate::x::Y;", &["a".to_owned()]).unwrap();
        let aliases: Vec<_> = uses.aliases.iter().map(|(name, path)| format!("{name} {}", path.join("::"))).collect();
        assert_eq!(aliases, ["D a::c::D", "F a::c::e::F", "Y x::Y"]);
    }
}
