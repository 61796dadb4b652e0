"""Direct matching and CKA of all pairs of taps, a pass per pair: pairs.py FRONT END IMAGES TENSOR...

For each pair: both networks run on the training images, the front's activations are resized to the end's, the least-squares map comes
from float64 least squares, and linear CKA from a second pass over the test images.
"""

import sys

import torch
import torch.nn.functional as F

from common import Network, images, serve

BATCH = 128
front_file, end_file, count, taps = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
front, end = Network(front_file), Network(end_file)
train, _ = images(count, front.shape, 0)
test, _ = images(count, front.shape, 1)


def rows(inputs, i, j):
    """Activations of the pair as rows (image x position) of channels."""
    a, b = [], []
    for x in inputs.split(BATCH):
        a.append(front(x, keep=(i,))[1][i])
        b.append(end(x, keep=(j,))[1][j])
    a, b = torch.cat(a), torch.cat(b)
    if a.shape[2:] != b.shape[2:]:
        a = F.interpolate(a, size=b.shape[2:], mode="bilinear", align_corners=False)
    return [t.permute(0, 2, 3, 1).flatten(0, 2).double() for t in (a, b)]


def cka(a, b):
    """Linear CKA of rows."""
    a, b = a - a.mean(0), b - b.mean(0)
    return (a.T @ b).square().sum() / ((a.T @ a).norm() * (b.T @ b).norm())


@torch.no_grad()
def all_pairs():
    """Fits and compares each pair."""
    for i in taps:
        for j in taps:
            a, b = rows(train, i, j)
            ones = torch.ones(len(a), 1, dtype=a.dtype)
            torch.linalg.lstsq(torch.cat([a, ones], dim=1), b)
            cka(*rows(test, i, j))


serve(f"PyTorch {torch.__version__}, {len(taps) ** 2} pairs one by one", all_pairs)
