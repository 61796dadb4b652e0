"""Does a published package fool an image that our `standard` left standing, and how long does each take?

    STITCHSCOPE_IMAGES=100 STITCHSCOPE_OUT=ours.json cargo test --test attacks peers -- --ignored
    pip install torch onnx onnx2torch pyautoattack
    python tests/attacks/reference/peers.py ours.json [--threads 1] [--attacks apgd-ce,apgd-t] [--standing] [--out theirs.json]

pyautoattack is the AutoAttack authors' code as a package. It attacks the same images of the same ONNX file, in f32 on the processor, stage
by stage on what the stages before left. Seconds are told twice: on the wall, and of the processor, which a busy machine changes less.
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
from onnx import numpy_helper
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


def stages(options, model, eps, x, y):
    """Which images survive, and what each stage took: name, images attacked, fooled, seconds, processor seconds."""
    chosen = {"version": "custom", "attacks": options.attacks.split(",")} if options.attacks else {"version": "standard"}
    attack = AutoAttack(model, norm="Linf", eps=eps, seed=0, **chosen)
    if options.attacks:
        attack.apgd.n_restarts = attack.fab.n_restarts = 1
    names, left, rows, largest = attack.attacks_to_run, torch.arange(len(y)), [], 0.0
    for name in names:
        attack.attacks_to_run = [name]
        wall, processor = time.time(), time.process_time()
        adversarial = attack.run_standard_evaluation(x[left], y[left], batch_size=options.batch)
        adversarial = adversarial[0] if isinstance(adversarial, tuple) else adversarial
        row = {"attack": name, "attacked": len(left), "seconds": time.time() - wall,
               "processor_seconds": time.process_time() - processor}
        largest = max(largest, float((adversarial - x[left]).abs().max()))
        with torch.no_grad():
            left = left[model(adversarial).argmax(1) == y[left]]
        rows.append(row | {"fooled": row["attacked"] - len(left)})
        print(json.dumps(rows[-1]), flush=True)
        if not len(left):
            break
    return left.tolist(), rows, largest


def readable(network):
    """The same network as onnx2torch reads it; whether it is the same is seen where both count what is right before the attack."""
    # It knows no operator of opset 21, and those of our files mean the same in 18.
    for used in network.opset_import:
        used.version = min(used.version, 18)
    # Weights must be weights, not results of nodes: those that depend on nothing are computed.
    graph = network.graph
    known = {weights.name: numpy_helper.to_array(weights) for weights in graph.initializer}
    for node in list(graph.node):
        if node.op_type == "Reshape" and all(name in known for name in node.input):
            known[node.output[0]] = known[node.input[0]].reshape(known[node.input[1]])
            graph.initializer.append(numpy_helper.from_array(known[node.output[0]], node.output[0]))
            graph.node.remove(node)
    return network


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ours")
    parser.add_argument("--attacks", help="only these, separated by commas; else `standard`")
    parser.add_argument("--standing", action="store_true", help="attack only what ours left standing, which is what matters most")
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch; as many as it likes where left out")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--out", help="where to write the package's own verdicts")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    ours = json.loads(pathlib.Path(options.ours).read_text())
    file = pathlib.Path(ours.get("file") or ROOT / "zoo" / "models" / f"{ours['network']}.onnx")
    network = readable(onnx.load(file))
    model = onnx2torch.convert(network).eval()
    model.requires_grad_(False)
    first = ours.get("first", 0)
    images, labels = (part[: first + ours["images"]] for part in idx("fashion-test"))
    with torch.no_grad():
        correct = [first + i for i in (model(images[first:]).argmax(1) == labels[first:]).nonzero().flatten().tolist()]
    print("clean:", len(correct), "as ours" if correct == ours["correct"] else f"ours {len(ours['correct'])}")
    if options.standing:
        correct = [i for i in correct if i in set(ours["robust"])]
    if not correct:
        raise SystemExit("ours left nothing standing: there is nothing to find")
    left, rows, largest = stages(options, model, ours["eps"], images[correct], labels[correct])
    theirs, mine = {correct[i] for i in left}, set(ours["robust"])
    alone = sorted(mine & set(correct) - theirs), sorted(theirs & set(ours["correct"]) - mine)
    print(f"survivors: theirs {len(theirs)}, ours {len(mine)}; fooled by them alone: {alone[0]}, by us alone: {alone[1]}")
    total = {key: sum(row[key] for row in rows) for key in ("seconds", "processor_seconds")}
    for key, sum_ in total.items():
        print(f"{key}: theirs {sum_:.1f}, ours {ours.get(key, float('nan')):.1f}, ratio {sum_ / ours.get(key, float('nan')):.2f}")
    print(f"largest change {largest:.6f}")
    if options.out:
        result = {"robust": sorted(theirs), "stages": rows, "fooled_by_them_alone": alone[0], "fooled_by_us_alone": alone[1]}
        pathlib.Path(options.out).write_text(json.dumps(result | total))


main()
