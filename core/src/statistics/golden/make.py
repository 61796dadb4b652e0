"""Golden values of rank correlations and of their intervals over networks, from SciPy and NumPy.

Nothing here is shared with the Rust code: the correlations are SciPy's, the generator is written out from the paper
(Philox4x32-10, Salmon et al. 2011), the resample is a list of rows.

    python make.py > values.json          (pip install numpy scipy)
"""

import json

import numpy as np
from scipy.stats import kendalltau, spearmanr

PURPOSE = 14  # core/src/random.rs, Purpose::Resample
MASK = 0xFFFFFFFF


def philox(counter, key):
    a, b, c, d = counter
    k, m = key
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32) ^ b ^ k, q & MASK, (p >> 32) ^ d ^ m, p & MASK
        k, m = (k + 0x9E3779B9) & MASK, (m + 0xBB67AE85) & MASK
    return a, b, c, d


def words(seed, index, restart=0):
    key = philox((PURPOSE, 0, 0, 0), (seed & MASK, seed >> 32))[:2]
    block = 0
    while True:
        yield from philox((block, index & MASK, index >> 32, restart), key)
        block += 1


def below(stream, bound):
    """Lemire's method, without its shortcut."""
    unfair = (2**32 - bound) % bound
    while True:
        product = next(stream) * bound
        if product & MASK >= unfair:
            return product >> 32


def drawn(seed, resample, units):
    stream = words(seed, resample)
    return np.bincount([below(stream, units) for _ in range(units)], minlength=units)


def interval(pairs, x, y, networks, seed, resamples, statistic):
    values = []
    for resample in range(resamples):
        times = drawn(seed, resample, networks)
        rows = []
        for at, (front, end) in enumerate(pairs):
            rows += [at] * int(times[front] if front == end else times[front] * times[end])
        value = statistic(x[rows], y[rows]) if len(set(x[rows])) > 1 and len(set(y[rows])) > 1 else np.nan
        if np.isfinite(value):
            values.append(value)
    low, high = np.quantile(values, [0.025, 0.975])
    return {"low": low, "high": high, "resamples": len(values)}


def nested(pairs, repetitions, networks, seed, resamples):
    """The mean over pairs of the means over repetitions: networks and repetitions drawn, or repetitions alone."""
    values = []
    for resample in range(resamples):
        rows = range(len(pairs))
        if networks is not None:
            times = drawn(seed, resample, networks)
            counts = [int(times[f] if f == e else times[f] * times[e]) for f, e in pairs]
            rows = np.repeat(np.arange(len(pairs)), counts)
        stream = words(seed, resample, 1)
        means = [np.mean([repetitions[r][below(stream, len(repetitions[r]))] for _ in repetitions[r]]) for r in rows]
        if means:
            values.append(np.mean(means))
    low, high = np.quantile(values, [0.025, 0.975])
    return {"low": low, "high": high, "resamples": len(values)}


def case(rng, name, networks, taps, digits, within):
    pairs = [(f, e) for f in range(networks) for e in range(networks) if within or f != e for _ in range(taps)]
    skill = rng.normal(size=networks)
    x = np.array([skill[f] - skill[e] for f, e in pairs]) + rng.normal(size=len(pairs))
    y = 0.6 * x + rng.normal(size=len(pairs))
    # Rounded, so that there are ties.
    x, y = np.round(x, digits), np.round(y, digits)
    taus, rhos = (lambda a, b: kendalltau(a, b).statistic), (lambda a, b: spearmanr(a, b).statistic)
    seed, resamples = 3, 200
    repetitions = [np.round(v + 0.3 * rng.normal(size=1 + at % 3), 3).tolist() for at, v in enumerate(y)]
    return {
        "name": name, "networks": networks, "seed": seed, "resamples": resamples,
        "repetitions": repetitions,
        "over_networks": nested(pairs, repetitions, networks, seed, resamples),
        "over_seeds": nested(pairs, repetitions, None, seed, resamples),
        "pairs": pairs, "x": x.tolist(), "y": y.tolist(),
        "kendall": {"value": taus(x, y), **interval(pairs, x, y, networks, seed, resamples, taus)},
        "spearman": {"value": rhos(x, y), **interval(pairs, x, y, networks, seed, resamples, rhos)},
    }


rng = np.random.default_rng(11)
cases = [
    case(rng, "five networks, few ties", 5, 4, 3, False),
    case(rng, "four networks, many ties, within too", 4, 3, 0, True),
    case(rng, "three networks", 3, 2, 1, False),
]
print(json.dumps(cases, separators=(",", ":")).replace('{"name"', '\n{"name"'))
