"""Train, export and measure the networks of the bundled model zoo.

    python train.py fashion-robust-a      train, export and measure one network
    python train.py --measure             measure every exported network again

A run downloads the images (see images.py), trains one network from its fixed
seed and writes ``models/NAME.onnx``. It reads the weights back from that file
and counts correct answers, clean and under PGD-20, on the bundled 1,000 test
images and on all 10,000, into ``CACHE/NAME.json`` (published in zoo.toml).

All are residual networks of six basic blocks. Robust ones are trained with one
FGSM step from a random start (L-infinity, eps 0.1), at last with PGD steps; an
exponential average of the weights is exported.
"""

import argparse
import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import images

HERE = Path(__file__).resolve().parent
EPS = 0.1
PGD_ALPHA = 0.01
PGD_STEPS = 20
NORMALISATION = {"fashion": (0.286, 0.353), "mnist": (0.1307, 0.3081)}


@dataclass
class Recipe:
    """How one network is trained."""

    task: str
    seed: int
    epochs: int
    robust: bool = False
    pgd_epochs: int = 0  # closing epochs with PGD_TRAIN_STEPS steps
    batch: int = 128
    peak_rate: float = 0.2
    weight_decay: float = 5e-4
    smoothing: float = 0.05


RECIPES = {
    "fashion-robust-a": Recipe("fashion", 11, 10, robust=True, pgd_epochs=2),
    "fashion-standard-a": Recipe("fashion", 1, 7),
    "mnist-standard-a": Recipe("mnist", 21, 3),
    "fashion-robust-b": Recipe("fashion", 12, 8, robust=True, pgd_epochs=2),
    "fashion-standard-b": Recipe("fashion", 2, 7),
}
PGD_TRAIN_STEPS = 2


# ---------------------------------------------------------------- the network


class Normalise(nn.Module):
    """Shift and scale the pixels; part of the network, not of the data."""

    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.full((1, 1, 1, 1), mean))
        self.register_buffer("std", torch.full((1, 1, 1, 1), std))

    def forward(self, x):
        return (x - self.mean) / self.std


class Add(nn.Module):
    """Addition as a module, so that the exported node carries its name."""

    def forward(self, x, y):
        return x + y


class Block(nn.Module):
    """A basic residual block, named as in the usual CIFAR networks."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                nn.BatchNorm2d(outputs),
            )
        self.add = Add()
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu(self.add(y, self.downsample(x) if self.downsample else x))


class Network(nn.Module):
    """Stem (stride 2), three layers of two blocks, average pool, classifier."""

    def __init__(self, task, widths=(16, 32, 48)):
        super().__init__()
        self.normalise = Normalise(*NORMALISATION[task])
        self.conv1 = nn.Conv2d(1, widths[0], 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU()
        before = (widths[0],) + tuple(widths)
        for i, width in enumerate(widths):
            first = Block(before[i], width, 1 if i == 0 else 2)
            layer = nn.Sequential(first, Block(width, width, 1))
            setattr(self, f"layer{i + 1}", layer)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(widths[-1], 10)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(self.normalise(x))))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.flatten(self.avgpool(x)))


# ------------------------------------------------------------------- attacks


def input_gradient(net, x, y):
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(net(x), y), x)
    return gradient


def attack(net, x, y, alpha, steps, generator=None):
    """L-infinity PGD within EPS of `x`, from a uniformly random start."""
    noise = torch.rand(x.shape, generator=generator) * 2 * EPS - EPS
    adversarial = (x + noise).clamp(0, 1)
    low, high = (x - EPS).clamp(min=0), (x + EPS).clamp(max=1)
    for _ in range(steps):
        step = alpha * input_gradient(net, adversarial, y).sign()
        adversarial = torch.min(torch.max(adversarial + step, low), high)
    return adversarial.detach()


def to_pixels(array):
    return torch.from_numpy(array.astype(np.float32) / 255).unsqueeze(1)


def augment(x, generator):
    """Shift the whole batch by up to 2 pixels in each direction."""
    dy, dx = torch.randint(-2, 3, (2,), generator=generator).tolist()
    padded = F.pad(x, (2, 2, 2, 2))
    return padded[:, :, 2 + dy : 30 + dy, 2 + dx : 30 + dx].contiguous()


def rate(progress, peak):
    """One cycle: rise over the first 30 %, then fall linearly to zero."""
    return peak * (progress / 0.3 if progress < 0.3 else (1 - progress) / 0.7)


def average(ema, net, decay):
    with torch.no_grad():
        for kept, new in zip(ema.state_dict().values(), net.state_dict().values()):
            if kept.dtype.is_floating_point:
                kept.lerp_(new, 1 - decay)
            else:
                kept.copy_(new)


def training_batch(net, recipe, x, y, epoch):
    """The images one step trains on: as they are, or attacked."""
    if not recipe.robust:
        return x
    if epoch >= recipe.epochs - recipe.pgd_epochs:
        return attack(net, x, y, 0.75 * EPS, PGD_TRAIN_STEPS)
    return attack(net, x, y, 1.25 * EPS, 1)


def train(name, cache, report):
    """Train the network `name`; `report(ema, epoch)` runs after each epoch.

    What is reported, and in the end exported, is the average of the weights.
    """
    recipe = RECIPES[name]
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    (xs, ys), _ = images.load(recipe.task, cache)
    xs, ys = to_pixels(xs), torch.from_numpy(ys.astype(np.int64))
    net = Network(recipe.task).to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net).eval()
    optimiser = torch.optim.SGD(
        net.parameters(), 0.1, 0.9, weight_decay=recipe.weight_decay, nesterov=True
    )
    steps = len(xs) // recipe.batch
    for epoch in range(recipe.epochs):
        net.train()
        order = torch.randperm(len(xs), generator=generator)
        for step in range(steps):
            done = epoch * steps + step
            for group in optimiser.param_groups:
                group["lr"] = rate(done / (recipe.epochs * steps), recipe.peak_rate)
            rows = order[step * recipe.batch : (step + 1) * recipe.batch]
            x, y = augment(xs[rows], generator), ys[rows]
            x = training_batch(net, recipe, x, y, epoch)
            loss = F.cross_entropy(net(x), y, label_smoothing=recipe.smoothing)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            average(ema, net, min(0.998, done / (done + 10)))
        report(ema, epoch)


# ------------------------------------------------------- export and measuring


def unshare(model):
    """Give every parameter its own tensor again.

    The exporter stores equal parameters once and copies them with Identity
    nodes; the two shifts that meet in a downsampling block are always equal.
    """
    stored = {t.name: t for t in model.graph.initializer}
    for node in [n for n in model.graph.node if n.op_type == "Identity"]:
        tensor = model.graph.initializer.add()
        tensor.CopyFrom(stored[node.input[0]])
        tensor.name = node.output[0]
        model.graph.node.remove(node)
    return model


def export(net, path):
    """Write ONNX with BatchNormalization nodes kept; compare with onnxruntime."""
    import onnx
    import onnxruntime

    net.eval()
    unfinished = path.with_suffix(".tmp")
    torch.onnx.export(
        net,
        torch.zeros(2, 1, 28, 28),
        str(unfinished),
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        dynamo=False,
        opset_version=17,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
    )
    model = unshare(onnx.load(str(unfinished)))
    assert "BatchNormalization" in [node.op_type for node in model.graph.node]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(unfinished))
    x = torch.rand(7, 1, 28, 28)
    session = onnxruntime.InferenceSession(str(unfinished))
    (logits,) = session.run(None, {"image": x.numpy()})
    with torch.no_grad():
        worst = np.abs(logits - net(x).numpy()).max()
    assert worst < 1e-4, worst
    unfinished.rename(path)
    print(f"{path.name}: {path.stat().st_size} bytes, onnxruntime within {worst:.1e}")


def restore(path, task):
    """The network stored in an exported file."""
    import onnx
    from onnx import numpy_helper

    stored = {t.name: t for t in onnx.load(str(path)).graph.initializer}
    net = Network(task)
    state = net.state_dict()
    for key in state:
        if key in stored:
            value = numpy_helper.to_array(stored[key])
            state[key] = torch.from_numpy(value.copy())
        else:
            assert key.endswith("num_batches_tracked"), key
    net.load_state_dict(state)
    return net.eval().to(memory_format=torch.channels_last)


def correct(net, x, y, robust, seed=0):
    """A boolean per image: is it classified correctly (under PGD-20)?"""
    generator = torch.Generator().manual_seed(seed)
    hits = []
    for xb, yb in zip(x.split(500), y.split(500)):
        if robust:
            xb = attack(net, xb, yb, PGD_ALPHA, PGD_STEPS, generator)
        with torch.no_grad():
            hits.append(net(xb).argmax(1) == yb)
    return torch.cat(hits)


def measure(name, cache, count=10000):
    """Counts of correct answers, clean and attacked; kept in CACHE/NAME.json."""
    task = RECIPES[name].task
    net = restore(HERE / "models" / f"{name}.onnx", task)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    _, (x, y) = images.load(task, cache)
    x, y = to_pixels(x[:count]), torch.from_numpy(y[:count].astype(np.int64))
    result = {"file_bytes": (HERE / "models" / f"{name}.onnx").stat().st_size}
    for label, robust in (("clean", False), ("pgd20", True)):
        hits = correct(net, x, y, robust)
        for part in (min(1000, count), count):
            result[f"{label}_{part}"] = {"correct": int(hits[:part].sum()), "total": part}
    (Path(cache) / f"{name}.json").write_text(json.dumps(result, indent=1))
    print(name, json.dumps(result), flush=True)


def progress(name, cache):
    """A report for train(): quick counts, and the network as it stands."""
    recipe = RECIPES[name]
    _, (x, y) = images.load(recipe.task, cache)
    x, y = to_pixels(x[:500]), torch.from_numpy(y[:500].astype(np.int64))
    start = time.time()

    def report(ema, epoch):
        clean = int(correct(ema, x, y, False).sum())
        robust = int(correct(ema, x, y, True).sum()) if recipe.robust else 0
        seconds = time.time() - start
        export(ema, HERE / "models" / f"{name}.onnx")
        print(f"{name} {epoch + 1} {seconds:.0f}s {clean} {robust} /500", flush=True)

    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[[], *RECIPES])
    parser.add_argument("--measure", action="store_true", help="measure only")
    parser.add_argument("--cache", default=images.CACHE, help="download folder")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for name in args.names or RECIPES:
        if not args.measure:
            train(name, args.cache, progress(name, args.cache))
        measure(name, args.cache)


if __name__ == "__main__":
    main()
