"""What Square in dump.py draws with: Stitchscope's random numbers, written anew, and the bumps of L2."""

import torch

MASK = 0xFFFFFFFF


def philox(counter, key):
    a, b, c, d = counter
    k, l = key
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32) ^ b ^ k, q & MASK, (p >> 32) ^ d ^ l, p & MASK
        k, l = (k + 0x9E3779B9) & MASK, (l + 0xBB67AE85) & MASK
    return [a, b, c, d]


class Stream:
    """Stitchscope's random numbers for (seed, purpose 5, image, start 0)."""

    def __init__(self, seed, image):
        self.key = philox([5, 0, 0, 0], [seed, 0])[:2]
        self.image, self.block, self.words = image, 0, []

    def below(self, bound):
        while True:
            if not self.words:
                self.words = philox([self.block, self.image, 0, 0], self.key)
                self.block += 1
            product = self.words.pop(0) * bound
            if product & MASK >= (2**32 - bound) % bound:
                return product >> 32

    def sign(self):
        return -1.0 if self.below(2) == 0 else 1.0


def hill(h, w):
    y = torch.zeros(h, w)
    for k in range(max(h // 2, w // 2) + 1):
        y[max(h // 2 - k, 0) : h // 2 + k + 1, max(w // 2 - k, 0) : w // 2 + k + 1] += 1 / (k + 1) ** 2
    return y / y.norm()


def bump(side, turned):
    if side == 1:
        y = torch.full((1, 1), -1.0)
    else:
        y = torch.cat([hill(side // 2, side), -hill(side - side // 2, side)])
        y = y / y.norm()
    return y.T if turned else y
