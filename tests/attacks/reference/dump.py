"""Writes dump.json: APGD, FAB-T and Square turn by turn in f64, for `cargo test --test attacks steps`.

Written for this comparison from the papers (Croce & Hein ICML 2020 twice, ICML 2021; Andriushchenko et al. ECCV 2020), with PyTorch's
own gradients. Where the Rust code bisects or iterates, this sorts. Run: python dump.py (PyTorch 2, any CPU).
"""

import json
import math
import pathlib

import torch

from squares import Stream, bump

torch.set_default_dtype(torch.float64)
SHAPE = (2, 6, 5)
PIXELS = 60
HIDDEN, CLASSES = 12, 5


def rounded(t):
    """Numbers that JSON and f64 keep exactly, and that are short."""
    return torch.round(t * 4096) / 4096


torch.manual_seed(5)
W1, B1 = rounded(torch.randn(PIXELS, HIDDEN) * 0.4), rounded(torch.randn(HIDDEN) * 0.3)
W2, B2 = rounded(torch.randn(HIDDEN, CLASSES) * 1.2), rounded(torch.randn(CLASSES) * 0.2)
CLEAN = torch.round(torch.rand(SHAPE) * 256).clamp(13, 243) / 256
CLEAN.view(-1)[:6] = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.03125, 0.96875])


def logits(x):
    return torch.tanh(x.reshape(1, -1) @ W1 + B1) @ W2 + B2


ORDER = logits(CLEAN)[0].argsort(descending=True)
LABEL, TARGET = int(ORDER[0]), int(ORDER[1])


def cross_entropy(z):
    return torch.logsumexp(z, 1) - z[:, LABEL]


def targeted_dlr(z):
    s = z.sort(dim=1, descending=True)[0]
    return (z[:, TARGET] - z[:, LABEL]) / (s[:, 0] - (s[:, 2] + s[:, 3]) / 2 + 1e-12)


def difference(z):
    return z[:, TARGET] - z[:, LABEL]


def value_and_gradient(x, loss):
    x = x.clone().requires_grad_()
    value = loss(logits(x)).sum()
    return value.item(), torch.autograd.grad(value, x)[0]


def fooled(x):
    return int(logits(x)[0].argmax()) != LABEL


# --- APGD, L-infinity and L2


def direction(g, norm):
    return g.sign() if norm == "linf" else g / g.norm()


def project(x, norm, eps):
    d = x - CLEAN
    d = d.clamp(-eps, eps) if norm == "linf" else d * min(1.0, eps / max(d.norm().item(), 1e-30))
    return (CLEAN + d).clamp(0, 1)


def apgd(norm, eps, loss, start, steps):
    window, shrink, least = max(int(0.22 * steps), 1), max(int(0.03 * steps), 1), max(int(0.06 * steps), 1)
    x, before, eta = start.clone(), start.clone(), 2 * eps
    f, g = value_and_gradient(x, loss)
    best, best_f, best_g = x, f, g
    history, since, halved_last, best_at_check, recorded = [0.0], 0, True, f, []
    recorded.append((x, f))
    etas = [eta]
    for i in range(steps):
        momentum, before = x - before, x
        z = project(x + eta * direction(g, norm), norm, eps)
        a = 1.0 if i == 0 else 0.75
        x = project(x + a * (z - x) + (1 - a) * momentum, norm, eps)
        f, g = value_and_gradient(x, loss)
        recorded.append((x, f))
        history.append(f)
        if f > best_f:
            best, best_f, best_g = x, f, g
        since += 1
        if since == window:
            rises = sum(history[-k] > history[-k - 1] for k in range(1, window + 1))
            halve = rises <= 0.75 * window or (not halved_last and best_at_check >= best_f)
            halved_last, best_at_check = halve, best_f
            if halve:
                eta, x, g = eta / 2, best, best_g
            window, since = max(window - shrink, least), 0
        etas.append(eta)
    return recorded, etas


# --- APGD, L1


def project_l1(x, eps):
    """Onto L1 ball and box: changes shrink by a common amount; the amount is between two of the sorted break points."""
    eps = eps * (1 - (1e-5 + 1e-9 * PIXELS))
    d = (x - CLEAN).reshape(-1)
    room = torch.where(d > 0, 1 - CLEAN.reshape(-1), CLEAN.reshape(-1))

    def kept(t):
        return torch.minimum((d.abs() - t).clamp(min=0), room)

    t = 0.0
    if kept(0.0).sum() > eps:
        breaks = sorted({0.0, *d.abs().tolist(), *(d.abs() - room).clamp(min=0).tolist()})
        low = max(b for b in breaks if kept(b).sum() > eps)
        high = min(b for b in breaks if kept(b).sum() <= eps)
        a, b = kept(low).sum().item(), kept(high).sum().item()
        t = low + (a - eps) / (a - b) * (high - low)
    return (CLEAN + (kept(t) * d.sign()).reshape(SHAPE)).clamp(0, 1)


def sparse_sign(g, count):
    k = min(max(math.ceil(count), 1), PIXELS)
    threshold = g.abs().reshape(-1).sort(descending=True)[0][k - 1]
    s = g.sign() * (g.abs() >= threshold)
    return s / s.abs().sum()


def apgd_l1(eps, loss, start, steps):
    recorded, x = [], start
    third = 3 * steps // 10
    for radius, n in ((3 * eps, third), (2 * eps, third), (eps, steps - 2 * third)):
        x = project_l1(x, radius) if recorded else x
        f, g = value_and_gradient(x, loss)
        recorded.append((x, f))
        best, best_f, best_g = x, f, g
        last = int((x != CLEAN).sum())
        count, eta, every = last / 1.5, radius, max(int(0.04 * n), 1)
        for i in range(n):
            x = project_l1(x + eta * sparse_sign(g, max(count, 1.0)), radius)
            f, g = value_and_gradient(x, loss)
            recorded.append((x, f))
            if f > best_f:
                best, best_f, best_g = x, f, g
            if (i + 1) % every == 0:
                now = int((best != CLEAN).sum())
                count = now / 1.5
                if now < 0.95 * last:
                    eta, x, g = radius, best, best_g
                else:
                    eta = max(eta / 1.5, radius / 10)
                last = now
        x = best
    return recorded


# --- FAB-T


def onto_plane(x, w, excess, norm):
    """The shortest move with <w, d> = -excess within the box, by sorting where each pixel runs out of room."""
    v, w = x.reshape(-1), w.reshape(-1)
    sign = 1.0 if excess > 0 else -1.0
    along = -torch.sign(w) * sign
    room = torch.where(along > 0, 1 - v, v)
    weight, need = w.abs(), abs(excess)
    if (weight * room).sum() <= need:
        return (along * room).reshape(SHAPE)
    if norm == "l1":
        amount = torch.zeros(PIXELS)
        for i in weight.argsort(descending=True).tolist():
            amount[i] = min(room[i].item(), need / weight[i].item())
            need -= (weight[i] * amount[i]).item()
            if need <= 1e-15:
                break
        return (along * amount).reshape(SHAPE)
    speed = torch.ones(PIXELS) if norm == "linf" else weight
    ends = room / speed
    gained, slope, at = 0.0, (weight * speed).sum().item(), 0.0
    for i in ends.argsort().tolist():
        step = ends[i].item() - at
        if gained + slope * step >= need:
            break
        gained, at = gained + slope * step, ends[i].item()
        slope -= (weight[i] * speed[i]).item()
    t = at + (need - gained) / slope
    return (along * torch.minimum(t * speed, room)).reshape(SHAPE)


def size(d, norm):
    return {"linf": d.abs().max(), "l2": d.norm(), "l1": d.abs().sum()}[norm].item()


def fab(norm, steps):
    x, recorded, best = CLEAN.clone(), [CLEAN], math.inf
    for step in range(steps):
        f, w = value_and_gradient(x, difference)
        near = onto_plane(x, w, f, norm)
        far = onto_plane(CLEAN, w, f - (w * (x - CLEAN)).sum().item(), norm)
        a, b = max(size(near, norm), 1e-8), max(size(far, norm), 1e-8)
        bias = min(a / (a + b), 0.1)
        x = ((1 - bias) * (x + 1.05 * near) + bias * (CLEAN + 1.05 * far)).clamp(0, 1)
        recorded.append(x)
        if fooled(x):
            best = min(best, size(x - CLEAN, norm))
            x = CLEAN + 0.9 * (x - CLEAN)
            # Nothing looks at a pull-back after the last step.
            recorded += [x] if step + 1 < steps else []
    return recorded, best


# --- Square


def side_of(query, norm):
    halvings = sum(query > k for k in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000))
    c, h, w = SHAPE
    side = round(math.sqrt(0.8 / 2**halvings * h * w))
    side = max(side, 1) if norm == "linf" else max(side, 3) + (1 - max(side, 3) % 2)
    return min(side, h, w)


def margin(x):
    z = logits(x)[0]
    return (z[LABEL] - torch.cat([z[:LABEL], z[LABEL + 1 :]]).max()).item()


def square(norm, eps, seed, image, queries):
    s, (c, h, w) = Stream(seed, image), SHAPE
    if norm == "linf":
        signs = torch.tensor([s.sign() for _ in range(c * w)]).reshape(c, 1, w)
        x = (CLEAN + eps * signs).clamp(0, 1)
    else:
        d, grid = torch.zeros(SHAPE), max(min(h, w) // 5, 1)
        for place in range((h // grid) * (w // grid)):
            row, column = place // (w // grid) * grid, place % (w // grid) * grid
            b = bump(grid, s.below(2) == 1)
            for channel in range(c):
                d[channel, row : row + grid, column : column + grid] += b * s.sign()
        x = (CLEAN + d / d.norm() * eps).clamp(0, 1)
    recorded, best, best_margin = [x], x, math.inf
    for query in range(queries):
        m = margin(x)
        if m < best_margin:
            best, best_margin = x, m
        side = side_of(query, norm)
        row, column = s.below(h - side + 1), s.below(w - side + 1)
        if norm == "linf":
            d = torch.zeros(SHAPE)
            for channel in range(c):
                d[channel, row : row + side, column : column + side] = 2 * eps * s.sign()
            x = torch.maximum(torch.minimum(best + d, CLEAN + eps), CLEAN - eps).clamp(0, 1)
        else:
            row2, column2 = s.below(h - side + 1), s.below(w - side + 1)
            signs = torch.tensor([s.sign() for _ in range(c)]).reshape(c, 1, 1)
            b = bump(side, s.below(2) == 1)
            one = torch.zeros(1, h, w)
            one[:, row : row + side, column : column + side] = 1
            both = one.clone()
            both[:, row2 : row2 + side, column2 : column2 + side] = 1
            d = best - CLEAN
            old = d[:, row : row + side, column : column + side]
            new = b * signs + old / (1e-12 + old.square().sum((1, 2), keepdim=True).sqrt())
            new = new / (1e-12 + new.square().sum((1, 2), keepdim=True).sqrt())
            spare = max(eps**2 - d.square().sum().item(), 0.0) / c
            new = new * (spare + (d * both).square().sum((1, 2), keepdim=True)).sqrt()
            d = d * (1 - both)
            d[:, row : row + side, column : column + side] = new
            x = (CLEAN + d / d.norm() * eps).clamp(0, 1)
        recorded.append(x)
    return recorded


def numbers(t):
    return [float(v) for v in t.reshape(-1)]


def some(images):
    """A few whole images, and one sum of each."""
    images = [torch.as_tensor(i) for i in images]
    places = sorted({0, 1, 2, len(images) // 2, len(images) - 1})
    weights = torch.arange(1, PIXELS + 1) / PIXELS
    return {
        "images": {str(p): numbers(images[p]) for p in places},
        "sums": [float((i.reshape(-1) * weights).sum()) for i in images],
    }


def main():
    runs = []
    noise = torch.rand(SHAPE) * 2 - 1
    for norm, eps, name, loss, steps in (
        ("linf", 0.0078125, "ce", cross_entropy, 100),
        ("linf", 0.0078125, "t", targeted_dlr, 20),
        ("l2", 0.0625, "ce", cross_entropy, 100),
        ("l2", 0.0625, "t", targeted_dlr, 50),
    ):
        start = project(CLEAN + rounded(noise) * eps, norm, eps)
        recorded, etas = apgd(norm, eps, loss, start, steps)
        run = {"attack": f"apgd-{name}", "norm": norm, "eps": eps, "steps": steps, "start": numbers(start)}
        runs.append(run | {"losses": [f for _, f in recorded], "etas": etas} | some([x for x, _ in recorded]))
        assert not any(fooled(x) for x, _ in recorded), (norm, name)
    eps = 0.125
    start = project_l1(CLEAN + rounded(noise), 3 * eps)
    recorded = apgd_l1(eps, cross_entropy, start, 50)
    assert not any(fooled(x) for x, _ in recorded[-20:])
    run = {"attack": "apgd-ce", "norm": "l1", "eps": eps, "steps": 50, "start": numbers(start), "etas": []}
    runs.append(run | {"losses": [f for _, f in recorded]} | some([x for x, _ in recorded]))
    for norm in ("linf", "l2", "l1"):
        recorded, best = fab(norm, 30)
        run = {"attack": "fab-t", "norm": norm, "eps": best, "steps": 30, "start": numbers(CLEAN), "losses": [], "etas": []}
        runs.append(run | some(recorded))
    for norm, eps, queries in (("linf", 0.0078125, 120), ("l2", 0.0625, 120)):
        recorded = square(norm, eps, 7, 3, queries)
        assert not any(fooled(x) for x in recorded), norm
        run = {"attack": "square", "norm": norm, "eps": eps, "steps": queries, "start": numbers(recorded[0])}
        runs.append(run | {"losses": [], "etas": []} | some(recorded))
    network = {"w1": numbers(W1), "b1": numbers(B1), "w2": numbers(W2), "b2": numbers(B2)}
    dump = {"shape": SHAPE, "hidden": HIDDEN, "classes": CLASSES, "network": network, "clean": numbers(CLEAN)}
    dump |= {"label": LABEL, "target": TARGET, "seed": 7, "image": 3, "runs": runs}
    text = json.dumps(dump, separators=(",", ":"))
    pathlib.Path(__file__).with_name("dump.json").write_text(text + "\n")
    print(f"{len(text)} bytes, label {LABEL}, target {TARGET}, logits {numbers(logits(CLEAN))}")
    print({(r["attack"], r["norm"]): r["eps"] for r in runs})


main()
