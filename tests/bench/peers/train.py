"""One epoch of task matching as the paper's code does it: train.py FRONT END TENSOR IMAGES BATCH.

Both networks run whole at each step: the front to its logits with a hook at the tap, the end from the image with its activation
at the tap replaced by the stitched one. Donors are frozen (eval mode, no gradient), Adam trains the 1x1 convolution.
"""

import sys

import torch
import torch.nn.functional as F

from common import Network, images, serve

front_file, end_file, tap, count, batch = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
front, end = Network(front_file), Network(end_file)
x, y = images(count, front.shape)
with torch.no_grad():
    channels = front(x[:1], keep=(tap,))[1][tap].shape[1]
stitch = torch.nn.Conv2d(channels, channels, 1)
adam = torch.optim.Adam(stitch.parameters(), lr=1e-3)


def epoch():
    """All images once."""
    for chosen in torch.randperm(count).split(batch):
        image, label = x[chosen], y[chosen]
        # Nothing before the stitch takes a gradient, so PyTorch keeps no graph of the front.
        _, kept = front(image, keep=(tap,))
        logits = end(image, replace=(tap, lambda _: stitch(kept[tap])))
        loss = F.cross_entropy(logits, label)
        adam.zero_grad()
        loss.backward()
        adam.step()
        loss.item()


serve(f"PyTorch {torch.__version__}, both networks whole at each step", epoch)
