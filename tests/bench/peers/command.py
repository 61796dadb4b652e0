"""What `stitchscope run` does for direct matching, as a script would: command.py FRONT END CIFAR10 IMAGES TENSOR...

One process from start to end, nothing is served: both networks (BatchNorm folded) run once over the training images, sums for
least squares and CKA are made in float64, and each stitched network is run over the test images from the front's kept activations on.
"""

import json
import sys

import numpy as np
import torch

from common import Network, run

BATCH = 250
front_file, end_file, folder, count, taps = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5:]
front, end = Network(front_file, fold=True), Network(end_file, fold=True)


def cifar(name):
    """Images [N, 3, 32, 32] in [0, 1] and labels."""
    records = np.fromfile(f"{folder}/{name}.bin", dtype=np.uint8).reshape(-1, 3073)[:count]
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
    return torch.from_numpy(pixels), torch.from_numpy(records[:, 0].astype(np.int64))


def rows(x):
    """Positions of all images by channels, in float64."""
    return x.permute(0, 2, 3, 1).flatten(0, 2).double()


def sums(images, see=None):
    """Per tap: rows, sums and products of both sides."""
    found = {tap: None for tap in taps}
    for start in range(0, len(images), BATCH):
        x = images[start : start + BATCH]
        (p, a), (q, b) = front(x, keep=taps), end(x, keep=taps)
        if see is not None:
            see(start, p, q, a)
        for tap in taps:
            u, v = rows(a[tap]), rows(b[tap])
            part = [len(u), u.sum(0), v.sum(0), u.T @ u, v.T @ v, u.T @ v]
            found[tap] = part if found[tap] is None else [s + t for s, t in zip(found[tap], part)]
    return found


def centred(part):
    n, su, sv, uu, vv, uv = part
    return uu - torch.outer(su, su) / n, vv - torch.outer(sv, sv) / n, uv - torch.outer(su, sv) / n


def after(tap, y):
    """The end behind a tap."""
    live = {tap: y}
    for op, settings, inputs, made in end.steps[next(i for i, s in enumerate(end.steps) if s[3] == tap) + 1 :]:
        live[made] = run(op, settings, [live[i] if i in live else end.values[i] for i in inputs])
    return live[end.output]


with torch.no_grad():
    train, _ = cifar("data_batch_1")
    stitches = {}
    for tap, part in sums(train).items():
        uu, _, uv = centred(part)
        weight = torch.linalg.solve(uu, uv).T
        bias = part[2] / part[0] - weight @ part[1] / part[0]
        stitches[tap] = weight.float()[:, :, None, None].contiguous(), bias.float()
    test, labels = cifar("test_batch")
    right, same, donors = dict.fromkeys(taps, 0), dict.fromkeys(taps, 0), [0, 0]

    def see(start, p, q, a):
        y = labels[start : start + BATCH]
        donors[0] += int((p.argmax(1) == y).sum())
        donors[1] += int((q.argmax(1) == y).sum())
        for tap in taps:
            answer = after(tap, torch.nn.functional.conv2d(a[tap], *stitches[tap])).argmax(1)
            right[tap] += int((answer == y).sum())
            same[tap] += int((answer == q.argmax(1)).sum())

    cka = {}
    for tap, part in sums(test, see).items():
        uu, vv, uv = centred(part)
        cka[tap] = float((uv**2).sum() / (uu.norm() * vv.norm()))
print(json.dumps({"donors": donors, "right": right, "same": same, "cka": cka}))
