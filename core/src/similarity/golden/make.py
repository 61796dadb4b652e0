"""Golden values of the similarity measures, from their definitions, in NumPy and f64.

Nothing here is shared with the Rust code: n x n kernels, QR and SVD of the rows themselves instead of streamed sums.

    python make.py > values.json

Rows are random in three cases; in two they are activations of the zoo's networks on test images, computed by the reference
evaluator of the onnx package (`pip install numpy onnx`).
"""

import gzip
import json
import pathlib

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

ZOO = pathlib.Path(__file__).resolve().parents[4] / "zoo"


def centred(x):
    return x - x.mean(axis=0)


def hsic_biased(k, l):
    n = len(k)
    h = np.eye(n) - 1 / n
    return np.trace(k @ h @ l @ h)


def hsic_unbiased(k, l):
    n = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(n)
    a = np.trace(k @ l)
    b = (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2))
    c = 2 / (n - 2) * (one @ k @ l @ one)
    return (a + b - c) / (n * (n - 3))


def linear(x):
    return x @ x.T


def gaussian(x, fraction):
    d = ((x[:, None, :] - x[None, :, :]) ** 2).sum(-1)
    median = np.median(np.sqrt(d[np.triu_indices(len(x), 1)]))
    return np.exp(-d / (2 * (fraction * median) ** 2))


def cka(hsic, kernel, batches):
    sums = np.zeros(3)
    for x, y in batches:
        k, l = kernel(x), kernel(y)
        sums += [hsic(k, l), hsic(k, k), hsic(l, l)]
    return sums[0] / np.sqrt(sums[1] * sums[2])


def cca(x, y):
    qx, _ = np.linalg.qr(centred(x))
    qy, _ = np.linalg.qr(centred(y))
    u, r, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
    return r, qx @ u


def leading(x, share=0.99):
    u, s, _ = np.linalg.svd(centred(x), full_matrices=False)
    held = np.cumsum(s**2) / np.sum(s**2)
    k = int(np.searchsorted(held, share)) + 1
    return u[:, :k] * s[:k]


def pwcca(x, y):
    r, h = cca(x, y)
    weights = np.abs(h.T @ centred(x)).sum(axis=1)
    return (weights * r[: len(weights)]).sum() / weights.sum()


def procrustes(x, y):
    x, y = centred(x), centred(y)
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    u, _, vt = np.linalg.svd(x.T @ y, full_matrices=False)
    # The side with fewer channels is turned into the other's space, which keeps its norm.
    turned = u @ vt
    fewer = x.shape[1] <= y.shape[1]
    return np.linalg.norm(x @ turned - y if fewer else y @ turned.T - x) ** 2


def r2(x, y):
    x, y = centred(x), centred(y)
    w, *_ = np.linalg.lstsq(x, y, rcond=None)
    return 1 - np.linalg.norm(y - x @ w) ** 2 / np.linalg.norm(y) ** 2


def ranks(v):
    order = np.argsort(v)
    r = np.empty(len(v))
    r[order] = np.arange(len(v))
    return r


def rsa(x, y, spearman):
    upper = np.triu_indices(len(x), 1)
    a, b = 1 - np.corrcoef(x)[upper], 1 - np.corrcoef(y)[upper]
    if spearman:
        a, b = ranks(a), ranks(b)
    return np.corrcoef(a, b)[0, 1]


def overlap(x, y, k):
    def near(z):
        d = np.linalg.norm(z[:, None, :] - z[None, :, :], axis=-1)
        np.fill_diagonal(d, np.inf)
        return np.argsort(d, axis=1)[:, :k]

    return np.mean([len(set(a) & set(b)) / k for a, b in zip(near(x), near(y))])


def case(name, x, y):
    r, _ = cca(x, y)
    rs, _ = cca(leading(x), leading(y))
    half = len(x) // 2
    batches = [(x[:half], y[:half]), (x[half:], y[half:])]
    return {
        "name": name,
        "a": x.tolist(),
        "b": y.tolist(),
        "cka_biased": cka(hsic_biased, linear, [(x, y)]),
        "cka_unbiased": cka(hsic_unbiased, linear, [(x, y)]),
        "cka_minibatch": cka(hsic_unbiased, linear, batches),
        "cka_gaussian": cka(hsic_biased, lambda z: gaussian(z, 0.5), [(x, y)]),
        "cka_gaussian_minibatch": cka(hsic_unbiased, lambda z: gaussian(z, 0.5), batches),
        "cca": r.mean(),
        "cca_squared": (r**2).mean(),
        "svcca": rs.mean(),
        "pwcca": pwcca(x, y),
        "procrustes": procrustes(x, y),
        "r2": r2(x, y),
        "relative_l2": np.linalg.norm(x - y) / np.linalg.norm(y) if x.shape == y.shape else None,
        "rsa_pearson": rsa(x, y, False),
        "rsa_spearman": rsa(x, y, True),
        "overlap": overlap(x, y, 4),
    }


def images(count):
    """The first test images, [N, 1, 28, 28] in [0, 1]."""
    (file,) = (file for file in (ZOO / "data" / "fashion-test").iterdir() if "images" in file.name)
    data = file.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    pixels = np.frombuffer(data, np.uint8, offset=16).reshape(-1, 1, 28, 28)[:count]
    return pixels / np.float32(255)


def activations(model, tensor, x):
    """What a tensor of a network holds, [N, channels, rows, columns]."""
    network = onnx.load(ZOO / "models" / f"{model}.onnx")
    kind = onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None)
    network.graph.output.append(kind)
    (y,) = ReferenceEvaluator(network).run([tensor], {network.graph.input[0].name: x})
    return y.astype(np.float64)


def real(rng):
    """Positions of one tap in a robust and an ordinary network; means over positions of another."""
    # More images than channels of both: with fewer, several canonical correlations are 1 and PWCCA has no single value.
    x = images(80)
    early, late = "/layer1/layer1.1/relu/Relu_output_0", "/layer2/layer2.1/relu/Relu_output_0"
    nets = ["fashion-robust-a", "fashion-standard-a"]
    a, b = (activations(net, early, x[:12]).transpose(0, 2, 3, 1).reshape(-1, 16) for net in nets)
    # Rounded, so that the file is short and exact.
    chosen = rng.choice(len(a), 60, replace=False)
    yield "positions of layer1.1.relu", np.round(a[chosen], 4), np.round(b[chosen], 4)
    a, b = (activations(net, late, x).mean(axis=(2, 3)) for net in nets)
    yield "images at layer2.1.relu", np.round(a, 4), np.round(b, 4)


def main():
    rng = np.random.default_rng(7)
    cases = []
    for name, (n, p, q) in {"wide": (20, 4, 6), "narrow": (22, 6, 3), "square": (24, 5, 5)}.items():
        # Rounded, so that the file is short and exact.
        x = np.round(rng.normal(size=(n, p)) * rng.uniform(0.05, 3, size=p) + rng.normal(size=p), 4)
        y = np.round(np.maximum(x @ rng.normal(size=(p, q)), 0) + 0.5 * rng.normal(size=(n, q)), 4)
        cases.append(case(name, x, y))
    cases += [case(*given) for given in real(rng)]
    print(json.dumps(cases, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"'))


main()
