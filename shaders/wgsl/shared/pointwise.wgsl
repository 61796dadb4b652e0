//! The scalar functions of pointwise operators, each as `core/src/ops` defines it. NaN comes out where NaN goes in: GPUs' own
//! `max`, `min` and `clamp` may drop it, so it is asked for by its bits.
//# import nan

// max(x, 0)
fn relu(x: f32) -> f32 {
    return select(max(x, 0.0), x, is_nan(x));
}

// -1, 0 or 1; zero stays zero and NaN stays NaN.
fn sign_of(x: f32) -> f32 {
    return select(select(x, -1.0, x < 0.0), 1.0, x > 0.0);
}

fn maximum(a: f32, b: f32) -> f32 {
    return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

fn minimum(a: f32, b: f32) -> f32 {
    return select(select(min(a, b), b, is_nan(b)), a, is_nan(a));
}

// min(max(x, low), high): where the bounds contradict each other, `high` wins.
fn clip(x: f32, low: f32, high: f32) -> f32 {
    return select(min(max(x, low), high), x, is_nan(x));
}

// sqrt and log are left undefined by some GPUs outside their domain.
fn square_root(x: f32) -> f32 {
    return select(sqrt(max(x, 0.0)), not_a_number(), x < 0.0 || is_nan(x));
}

fn logarithm(x: f32) -> f32 {
    if (x == 0.0) { return -infinity(); }
    if (x < 0.0 || is_nan(x)) { return not_a_number(); }
    return log(x);
}

// e^x - 1. Near 0 the difference would cancel: there it is the series.
fn exp_minus_one(x: f32) -> f32 {
    if (abs(x) > 0.5) { return exp(x) - 1.0; }
    var s = fma(x, 1.0 / 40320.0, 1.0 / 5040.0);
    s = fma(s, x, 1.0 / 720.0);
    s = fma(s, x, 1.0 / 120.0);
    s = fma(s, x, 1.0 / 24.0);
    s = fma(s, x, 1.0 / 6.0);
    s = fma(s, x, 0.5);
    return fma(s * x, x, x);
}

// ln(1 + u) for u in [0, 1], as 2 artanh(u / (2 + u)): `log(1 + u)` would lose small u.
fn log_one_plus(u: f32) -> f32 {
    let s = u / (2.0 + u);
    let q = s * s;
    var r = fma(q, 1.0 / 15.0, 1.0 / 13.0);
    r = fma(r, q, 1.0 / 11.0);
    r = fma(r, q, 1.0 / 9.0);
    r = fma(r, q, 1.0 / 7.0);
    r = fma(r, q, 1.0 / 5.0);
    r = fma(r, q, 1.0 / 3.0);
    return 2.0 * fma(r * q, s, s);
}

// tanh by e^2|x| - 1. GPUs' own `tanh` may divide two overflown numbers; past 10 the result is 1 in f32.
fn tangent(x: f32) -> f32 {
    let e = exp_minus_one(2.0 * min(abs(x), 10.0));
    let t = e / (e + 2.0);
    return select(select(t, -t, x < 0.0), x, is_nan(x));
}

fn sigmoid(x: f32) -> f32 {
    let small = exp(-abs(x));
    return select(select(1.0, small, x < 0.0) / (1.0 + small), x, is_nan(x));
}

// max(x, 0) + ln(1 + e^-|x|), which does not overflow.
fn softplus(x: f32) -> f32 {
    return relu(x) + log_one_plus(exp(-abs(x)));
}

// The error function, by two minimax polynomials; at most 1.2e-7 off. Past 4 it is 1 in f32.
fn erf(x: f32) -> f32 {
    let t = min(abs(x), 4.0);
    let s = t * t;
    var r: f32;
    if (t > 0.927734375) {
        r = fma(-1.72853470e-5, t, 3.83197126e-4);
        r = fma(r, s, fma(-3.88396438e-3, t, 2.42546219e-2));
        r = fma(r, t, -1.06777877e-1);
        r = fma(r, t, -6.34846687e-1);
        r = fma(r, t, -1.28717512e-1);
        r = 1.0 - exp(fma(r, t, -t));
    } else {
        r = fma(-5.96761703e-4, s, 4.99119423e-3);
        r = fma(r, s, -2.67681349e-2);
        r = fma(r, s, 1.12819925e-1);
        r = fma(r, s, -3.76125336e-1);
        r = fma(r, s, 1.28379166e-1);
        r = fma(r, t, t);
    }
    return select(select(r, -r, x < 0.0), x, is_nan(x));
}

fn gelu(x: f32) -> f32 {
    return 0.5 * x * (1.0 + erf(x * 0.70710678118));
}

fn gelu_tanh(x: f32) -> f32 {
    return 0.5 * x * (1.0 + tangent(0.79788456080 * fma(0.044715 * x * x, x, x)));
}

fn elu(x: f32, alpha: f32) -> f32 {
    return select(x, alpha * exp_minus_one(x), x < 0.0);
}

fn selu(x: f32, alpha: f32, gamma: f32) -> f32 {
    return gamma * elu(x, alpha);
}

fn leaky_relu(x: f32, slope: f32) -> f32 {
    return select(x, slope * x, x < 0.0);
}

fn hard_sigmoid(x: f32, alpha: f32, beta: f32) -> f32 {
    return clip(fma(alpha, x, beta), 0.0, 1.0);
}

fn hard_swish(x: f32) -> f32 {
    return x * hard_sigmoid(x, 1.0 / 6.0, 0.5);
}

// x sigmoid(alpha x)
fn silu(x: f32, alpha: f32) -> f32 {
    return x * sigmoid(alpha * x);
}

fn mish(x: f32) -> f32 {
    return x * tangent(softplus(x));
}

// x^y as `powf`: x^0 is 1 even for NaN; a negative base needs an exponent without fraction; 0 to a negative power is infinite.
fn power(x: f32, y: f32) -> f32 {
    if (y == 0.0 || x == 1.0) { return 1.0; }
    if (is_nan(x) || is_nan(y)) { return not_a_number(); }
    if (y == 1.0) { return x; }
    if (y == 2.0) { return x * x; }
    let negative = bitcast<u32>(x) >= 0x80000000u;
    let whole = y == floor(y);
    // Floats from 2^24 on are even; below, the half tells.
    let odd = whole && abs(y) < 16777216.0 && floor(0.5 * y) * 2.0 != y;
    if (x < 0.0 && !whole && x != -infinity()) { return not_a_number(); }
    var size = exp2(y * log2(abs(x)));
    if (x == 0.0) { size = select(0.0, infinity(), y < 0.0); }
    return select(size, -size, negative && odd);
}

// sin(x + turns * pi / 2) by the nearest multiple of pi / 2, taken away in three pieces, and the two polynomials of Cephes:
// GPUs' own `sin` may be off by 5e-4. Exact to a few units in the last place up to some thousands.
fn sine_from(x: f32, turns: f32) -> f32 {
    let k = round(x * 0.636619772);
    var r = fma(-k, 1.5703125, x);
    r = fma(-k, 4.837512969970703125e-4, r);
    r = fma(-k, 7.54978995489188e-8, r);
    let s = r * r;
    let odd = fma(fma(fma(-1.9515295891e-4, s, 8.3321608736e-3), s, -1.6666654611e-1) * s, r, r);
    let even = fma(fma(fma(2.443315711809948e-5, s, -1.388731625493765e-3), s, 4.166664568298827e-2) * s, s, fma(-0.5, s, 1.0));
    let quarter = (k + turns) - 4.0 * floor((k + turns) * 0.25);
    let value = select(odd, even, quarter == 1.0 || quarter == 3.0);
    return select(value, -value, quarter >= 2.0);
}

fn sine(x: f32) -> f32 {
    return select(sine_from(x, 0.0), not_a_number(), is_nan(x) || abs(x) > 3.4e38);
}

fn cosine(x: f32) -> f32 {
    return select(sine_from(x, 1.0), not_a_number(), is_nan(x) || abs(x) > 3.4e38);
}
