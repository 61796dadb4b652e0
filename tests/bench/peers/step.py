"""One PGD step (input gradient, sign step, projection) in PyTorch: step.py MODEL BATCH. Takes the best of four variants."""

import sys
import time

import torch
import torch.nn.functional as F

from common import Network, images, serve

model, batch = sys.argv[1], int(sys.argv[2])
x, y = images(batch, Network(model).shape)
EPS, ALPHA = 8 / 255, 2 / 255


def variant(fold, last):
    """A step with or without folded BatchNorm and channels_last."""
    net, clean = Network(model, fold=fold), x
    if last:
        net, clean = net.channels_last(), x.contiguous(memory_format=torch.channels_last)

    def step():
        image = clean.detach().requires_grad_(True)
        loss = F.cross_entropy(net(image), y, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, image)
        with torch.no_grad():
            moved = image + ALPHA * gradient.sign()
            torch.min(torch.max(moved, clean - EPS), clean + EPS).clamp_(0, 1)

    return step


def main():
    """Times each variant a few times, in turns, and serves the fastest."""
    names = {"BatchNorm, contiguous": (False, False), "BatchNorm, channels_last": (False, True)}
    names |= {"folded, contiguous": (True, False), "folded, channels_last": (True, True)}
    steps = {name: variant(*how) for name, how in names.items()}
    best = {name: float("inf") for name in steps}
    for _ in range(3):
        for name, step in steps.items():
            # Processor time: another program on the machine must not decide which variant is best.
            start = time.process_time()
            step()
            best[name] = min(best[name], time.process_time() - start)
    chosen = min(best, key=best.get)
    serve(f"PyTorch {torch.__version__}, {chosen}", steps[chosen])


main()
