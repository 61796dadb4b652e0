//! Likeness of two signals by which examples they put near each other: kernels, dissimilarities, neighbours.
//!
//! These compare every example with every other one, so they take a batch of examples and cost its square; over many images they
//! are averaged over batches ([`Hsic`] adds up what may be added before the quotient).
//!
//! - CKA with a Gaussian kernel (Kornblith et al. 2019): `exp(-d^2 / (2 s^2))` with `s` a fraction of the median distance; unbiased
//!   HSIC (Song et al. 2012) over batches as Nguyen et al. 2021 average it.
//! - RSA (Kriegeskorte et al. 2008): correlation of the two matrices of dissimilarities, `1 - Pearson correlation` of two examples.
//! - Neighbour overlap: mean share of an example's k nearest others (Euclidean) that both signals agree on.

/// Examples as rows.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// `rows * channels` numbers, row-major.
    pub values: &'a [f64],
    /// Numbers per example, at least 1.
    pub channels: usize,
}

impl Examples<'_> {
    /// Number of examples.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / self.channels.max(1)
    }

    fn row(&self, index: usize) -> &[f64] {
        self.values.get(index * self.channels..(index + 1) * self.channels).unwrap_or_default()
    }

    /// Squared distances [n, n].
    fn distances(&self) -> Vec<f64> {
        let apart = |i: usize, j: usize| self.row(i).iter().zip(self.row(j)).map(|(a, b)| (a - b) * (a - b)).sum();
        square(self.count(), apart)
    }
}

/// Which products of examples a kernel takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// `<a, b>`.
    Linear,
    /// `exp(-||a - b||^2 / (2 s^2))` with `s` this fraction of the median distance between two different examples.
    Gaussian(f64),
}

impl Kernel {
    /// The kernel matrix [n, n].
    #[must_use]
    pub fn matrix(self, examples: Examples<'_>) -> Vec<f64> {
        match self {
            Self::Linear => {
                square(examples.count(), |i, j| examples.row(i).iter().zip(examples.row(j)).map(|(a, b)| a * b).sum())
            }
            Self::Gaussian(fraction) => {
                let distances = examples.distances();
                let apart = upper(&distances, examples.count()).into_iter().map(f64::sqrt).collect();
                let width = (fraction * median(apart)).powi(2);
                distances.iter().map(|d| if *d == 0.0 { 1.0 } else { (-d / (2.0 * width)).exp() }).collect()
            }
        }
    }
}

/// Sums of HSIC over batches: of the pair and of each signal with itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hsic {
    pair: f64,
    a: f64,
    b: f64,
}

impl Hsic {
    /// Adds a batch by the unbiased estimate; needs 4 examples or more.
    pub fn add_unbiased(&mut self, kernel: Kernel, a: Examples<'_>, b: Examples<'_>) {
        self.add(kernel, a, b, unbiased);
    }

    /// Adds a batch by the usual, biased estimate.
    pub fn add_biased(&mut self, kernel: Kernel, a: Examples<'_>, b: Examples<'_>) {
        self.add(kernel, a, b, biased);
    }

    fn add(&mut self, kernel: Kernel, a: Examples<'_>, b: Examples<'_>, of: fn(&[f64], &[f64], usize) -> f64) {
        let (k, l, n) = (kernel.matrix(a), kernel.matrix(b), a.count().min(b.count()));
        self.pair += of(&k, &l, n);
        self.a += of(&k, &k, n);
        self.b += of(&l, &l, n);
    }

    /// `HSIC(a, b) / sqrt(HSIC(a, a) HSIC(b, b))` of the sums.
    #[must_use]
    pub fn cka(&self) -> f64 {
        self.pair / (self.a * self.b).sqrt()
    }
}

/// `tr(K H L H)`, up to a factor that CKA does not see.
fn biased(k: &[f64], l: &[f64], n: usize) -> f64 {
    let (k, l) = (centred(k, n), centred(l, n));
    k.iter().zip(&l).map(|(x, y)| x * y).sum()
}

fn centred(k: &[f64], n: usize) -> Vec<f64> {
    let size = float(n);
    let means: Vec<f64> = k.chunks(n.max(1)).map(|row| row.iter().sum::<f64>() / size).collect();
    let all = means.iter().sum::<f64>() / size;
    square(n, |i, j| k[i * n + j] - means[i] - means[j] + all)
}

/// Song et al. 2012, without the diagonal.
fn unbiased(k: &[f64], l: &[f64], n: usize) -> f64 {
    let hollow = |m: &[f64]| square(n, |i, j| if i == j { 0.0 } else { m[i * n + j] });
    let (k, l, size) = (hollow(k), hollow(l), float(n));
    let sums = |m: &[f64]| m.chunks(n.max(1)).map(|row| row.iter().sum::<f64>()).collect::<Vec<_>>();
    let (of_k, of_l) = (sums(&k), sums(&l));
    let product: f64 = k.iter().zip(&l).map(|(x, y)| x * y).sum();
    let mixed: f64 = of_k.iter().zip(&of_l).map(|(x, y)| x * y).sum();
    let totals = of_k.iter().sum::<f64>() * of_l.iter().sum::<f64>();
    (product + totals / ((size - 1.0) * (size - 2.0)) - 2.0 * mixed / (size - 2.0)) / (size * (size - 3.0))
}

/// How RSA compares dissimilarities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// By value.
    Pearson,
    /// By rank; equal ones share their mean rank.
    Spearman,
}

/// Representational similarity analysis, in [-1, 1].
#[must_use]
pub fn rsa(a: Examples<'_>, b: Examples<'_>, by: Comparison) -> f64 {
    let dissimilarities = |e: Examples<'_>| {
        let n = e.count();
        upper(&square(n, |i, j| 1.0 - correlation(e.row(i), e.row(j))), n)
    };
    let (x, y) = (dissimilarities(a), dissimilarities(b));
    match by {
        Comparison::Pearson => correlation(&x, &y),
        Comparison::Spearman => correlation(&ranks(&x), &ranks(&y)),
    }
}

/// Mean share of the `k` nearest other examples that both signals have in common, in [0, 1]; of equally near ones the first count.
#[must_use]
pub fn neighbour_overlap(a: Examples<'_>, b: Examples<'_>, k: usize) -> f64 {
    let n = a.count().min(b.count());
    let (near_a, near_b) = (nearest(a, k), nearest(b, k));
    let common: usize = near_a.iter().zip(&near_b).map(|(x, y)| x.iter().filter(|i| y.contains(i)).count()).sum();
    float(common) / float(n * k.min(n.saturating_sub(1)))
}

fn nearest(examples: Examples<'_>, k: usize) -> Vec<Vec<usize>> {
    let (n, distances) = (examples.count(), examples.distances());
    let of = |i: usize| {
        let mut others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
        others.sort_by(|x, y| distances[i * n + x].total_cmp(&distances[i * n + y]));
        others.truncate(k);
        others
    };
    (0..n).map(of).collect()
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let count = float(x.len());
    let (mx, my) = (x.iter().sum::<f64>() / count, y.iter().sum::<f64>() / count);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        xy += (a - mx) * (b - my);
        xx += (a - mx) * (a - mx);
        yy += (b - my) * (b - my);
    }
    xy / (xx * yy).sqrt()
}

/// Ranks from 0; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|i, j| values[*i].total_cmp(&values[*j]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|i| values[**i] == values[order[from]]).count().max(1);
        order[from..from + equal].iter().for_each(|i| ranks[*i] = float(from) + float(equal - 1) / 2.0);
        from += equal;
    }
    ranks
}

fn square(n: usize, cell: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..n * n).map(|place| cell(place / n, place % n)).collect()
}

/// Above the diagonal, row by row.
fn upper(matrix: &[f64], n: usize) -> Vec<f64> {
    (0..n).flat_map(|i| (i + 1..n).map(move |j| i * n + j)).map(|place| matrix[place]).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n => (values[(n - 1) / 2] + values[n / 2]) / 2.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count")]
fn float(count: usize) -> f64 {
    count as f64
}
