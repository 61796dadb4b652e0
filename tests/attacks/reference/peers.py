"""Does a published package fool an image that our `standard` left standing? Compares with what tests/attacks/peers.rs wrote.

    STITCHSCOPE_IMAGES=100 STITCHSCOPE_OUT=ours.json cargo test --test attacks peers -- --ignored
    pip install torch onnx2torch pyautoattack
    python tests/attacks/reference/peers.py ours.json [--attacks apgd-ce,apgd-t]

pyautoattack is the AutoAttack authors' code as a package. It attacks the same images of the same ONNX file, in f32 on the processor.
"""

import argparse
import gzip
import json
import logging
import pathlib
import time

import numpy as np
import onnx
import onnx2torch
import torch
from pyautoattack import AutoAttack

ROOT = pathlib.Path(__file__).resolve().parents[3]


def idx(name):
    """The images and labels of a set of the zoo, [N, 1, 28, 28] in [0, 1]."""
    folder = ROOT / "zoo" / "data" / name
    arrays = []
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        rank = data[3]
        shape = np.frombuffer(data, ">u4", rank, 4)
        arrays.append(np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape))
    images, labels = sorted(arrays, key=lambda a: -a.ndim)
    return torch.from_numpy(images[:, None] / np.float32(255)), torch.from_numpy(labels.astype(np.int64))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ours")
    parser.add_argument("--attacks", help="only these, separated by commas; else `standard`")
    options = parser.parse_args()
    ours = json.loads(pathlib.Path(options.ours).read_text())
    model = onnx2torch.convert(onnx.load(ROOT / "zoo" / "models" / f"{ours['network']}.onnx")).eval()
    model.requires_grad_(False)
    images, labels = idx("fashion-test")
    images, labels = images[: ours["images"]], labels[: ours["images"]]
    with torch.no_grad():
        correct = (model(images).argmax(1) == labels).nonzero().flatten().tolist()
    print("clean:", len(correct), "as ours" if correct == ours["correct"] else f"ours {len(ours['correct'])}")
    x, y = images[correct], labels[correct]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    started = time.time()
    chosen = {"version": "custom", "attacks": options.attacks.split(",")} if options.attacks else {"version": "standard"}
    attack = AutoAttack(model, norm="Linf", eps=ours["eps"], seed=0, **chosen)
    if options.attacks:
        attack.apgd.n_restarts = attack.fab.n_restarts = 1
    adversarial = attack.run_standard_evaluation(x, y, batch_size=128)
    adversarial = adversarial[0] if isinstance(adversarial, tuple) else adversarial
    seconds = time.time() - started
    with torch.no_grad():
        robust = (model(adversarial).argmax(1) == y).tolist()
    theirs = {i for i, r in zip(correct, robust) if r}
    mine = set(ours["robust"])
    print(f"survivors: theirs {len(theirs)}, ours {len(mine)}; fooled by them alone: {sorted(mine - theirs)}, "
          f"by us alone: {sorted(theirs - mine)}")
    print(f"seconds: theirs {seconds:.0f}, ours {ours['seconds']:.0f}; largest change {(adversarial - x).abs().max():.6f}")


main()
