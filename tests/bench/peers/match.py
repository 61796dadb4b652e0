"""Direct matching pair by pair, as the published code does it: match.py FRONT END IMAGES TENSOR...

For each pair: both networks run on the training images, the least-squares map comes from the pseudo-inverse of all activations
in float64, and the stitched network (both networks whole) classifies the test images.
"""

import sys

import torch

from common import Network, images, serve

BATCH = 128
front_file, end_file, count, taps = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
front, end = Network(front_file), Network(end_file)
train, _ = images(count, front.shape, 0)
test, labels = images(count, front.shape, 1)


def rows(network, tap):
    """Activations as rows (image x position) of channels."""
    parts = [network(x, keep=(tap,))[1][tap] for x in train.split(BATCH)]
    return torch.cat(parts).permute(0, 2, 3, 1).flatten(0, 2).double()


@torch.no_grad()
def all_pairs():
    """Fits and evaluates each tap."""
    for tap in taps:
        a, b = rows(front, tap), rows(end, tap)
        a = torch.cat([a, torch.ones(len(a), 1, dtype=a.dtype)], dim=1)
        solution = torch.linalg.lstsq(a, b).solution.float()
        weight, bias = solution[:-1].T[:, :, None, None].contiguous(), solution[-1]
        right = 0
        for x, y in zip(test.split(BATCH), labels.split(BATCH)):
            _, kept = front(x, keep=(tap,))
            stitched = torch.nn.functional.conv2d(kept[tap], weight, bias)
            logits = end(x, replace=(tap, lambda _, s=stitched: s))
            right += int((logits.argmax(1) == y).sum())


serve(f"PyTorch {torch.__version__}, {len(taps)} pairs one by one", all_pairs)
