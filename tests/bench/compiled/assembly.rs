//! What the inner loop of a shader's machine code (AMD's, as LLVM writes it) does.

/// Counts over the instructions of a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Inner {
    /// All instructions.
    pub instructions: usize,
    /// Fused multiply-adds.
    pub products: usize,
    /// Loads from workgroup memory.
    pub shared_loads: usize,
    /// Words (32 bits) that these bring to an invocation.
    pub shared_words: usize,
    /// Loads from buffers.
    pub loads: usize,
    /// Words that these bring.
    pub words: usize,
}

/// What a shader does where it stays longest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// The innermost loop with most products; all of the shader where there is no loop.
    pub inner: Inner,
    /// Products of the whole shader, each as often as the compiler reckons: 8 turns of an outer loop, 4 of one within, 2 of further ones.
    pub weighed_products: f64,
}

/// Reads machine code: labels `BB1:`, instructions behind a tab, the bytes behind a semicolon.
pub fn read(text: &str) -> Told {
    let code: Vec<&str> = text.lines().map(|line| line.split(';').next().unwrap_or_default().trim()).collect();
    let loops = loops(&code);
    let within = |line: usize| loops.iter().filter(|(from, to)| (*from..=*to).contains(&line)).count();
    let products = |(from, to): (usize, usize)| code[from..=to].iter().filter(|line| is_product(line)).count();
    let holds_another = |of: &(usize, usize)| {
        loops.iter().any(|other| other != of && of.0 <= other.0 && other.1 <= of.1 && products(*other) > 0)
    };
    let inner = loops.iter().filter(|of| !holds_another(of)).max_by_key(|of| products(**of));
    let whole = (0, code.len().saturating_sub(1));
    let weighed = code.iter().enumerate().filter(|(_, line)| is_product(line)).map(|(at, _)| weight(within(at))).sum();
    Told {
        inner: count(code.get(inner.unwrap_or(&whole).0..=inner.unwrap_or(&whole).1).unwrap_or_default()),
        weighed_products: weighed,
    }
}

/// First and last line of every loop: a branch backwards ends one.
fn loops(code: &[&str]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, line) in
        code.iter().enumerate().filter(|(_, line)| line.starts_with("s_branch") || line.starts_with("s_cbranch"))
    {
        let Some(target) = line.split_whitespace().last() else { continue };
        let label = format!("{target}:");
        let Some(begin) = code[..at].iter().position(|line| **line == label) else { continue };
        match found.iter_mut().find(|(from, _)| *from == begin) {
            Some(known) => known.1 = at,
            None => found.push((begin, at)),
        }
    }
    found
}

/// As Mesa's `aco_statistics.cpp` has it.
fn weight(depth: usize) -> f64 {
    match depth {
        0 => 1.0,
        1 => 8.0,
        deeper => 32.0 * f64::from(1_u32 << (deeper - 2).min(16)),
    }
}

fn is_product(line: &str) -> bool {
    ["v_fma", "v_mad_f32", "v_mac_f32", "v_dual_fmac", "v_pk_fma_f32"].iter().any(|name| line.starts_with(name))
}

fn count(code: &[&str]) -> Inner {
    let mut all = Inner::default();
    for line in code.iter().filter(|line| !line.is_empty() && !line.ends_with(':')) {
        let name = line.split_whitespace().next().unwrap_or_default();
        all.instructions += 1;
        all.products += usize::from(is_product(line));
        if name.starts_with("ds_read") || name.starts_with("ds_load") {
            all.shared_loads += 1;
            all.shared_words += words(name);
        }
        if name.starts_with("buffer_load") || name.starts_with("global_load") {
            all.loads += 1;
            all.words += words(name);
        }
    }
    all
}

/// Words that a load brings, by its name: `..._b128`, `..._dwordx4`, `ds_read2_b32`.
fn words(name: &str) -> usize {
    let twice = if name.contains("read2") || name.contains("load2") || name.contains("_2addr") { 2 } else { 1 };
    let each = [("x2", 2), ("x3", 3), ("x4", 4), ("b64", 2), ("b96", 3), ("b128", 4)];
    twice * each.iter().find(|(end, _)| name.ends_with(end)).map_or(1, |(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_loop_with_products_is_counted() {
        let text = "BB0:\n\ts_mov_b32 s0, 0 ; 00\nBB1:\n\tbuffer_load_dwordx4 v[0:3], v0, s[0:3], 0 offen ; 11\nBB2:\n\
                    \tds_read_b128 v[4:7], v9 ; 22\n\tds_read2_b32 v[4:5], v9 ; 22\n\tv_fmac_f32_e32 v8, v4, v5 ; 33\n\
                    \ts_cbranch_scc1 BB2 ; 44\n\tv_fma_f32 v1, v2, v3, v4 ; 55\n\ts_branch BB1 ; 66\n\ts_endpgm ; 77\n";
        let told = read(text);
        let expected = Inner { instructions: 4, products: 1, shared_loads: 2, shared_words: 6, loads: 0, words: 0 };
        assert_eq!(told.inner, expected);
        assert!((told.weighed_products - (32.0 + 8.0)).abs() < 1e-9);
        assert_eq!(read("\tbuffer_load_dword v0 ; 1\n\ts_endpgm ; 2\n").inner.words, 1);
    }
}
