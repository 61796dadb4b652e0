"""Turn a PyTorch image classifier into an ONNX file that Stitchscope can cut.

    python -m stitchscope.export torchvision:resnet18 --weights net.pt --size 32 --classes 10 \\
        --mean 0.4914 0.4822 0.4465 --std 0.2471 0.2435 0.2616 -o net.onnx
    python -m stitchscope.export timm:vit_tiny_patch16_224 --pretrained --pixels own -o vit.onnx
    python -m stitchscope.export robustbench:WideResNet-28-10 --weights net.pt --pixels none -o wrn.onnx

The file takes pixels in [0, 1] as `image` [batch, channels, size, size] and
gives `logits` [batch, classes]. Batch normalisation stays as nodes of its own,
modules keep their names, and the normalisation of the pixels is inside. What
was written is then compared with PyTorch on random images.

Weights are state dicts (`torch.save(net.state_dict(), ...)`, or safetensors);
a file with pickled code is refused. See docs/networks.md.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, Iterable, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from torch import nn

from . import cifar, sizes, weights
from ..errors import Refused

# Mean and standard deviation of the pixels, by channel; a single number holds for all.
Pixels = Optional[Tuple[Sequence[float], Sequence[float]]]
# Channels, rows, columns.
Shape = Tuple[int, int, int]

OPSETS = range(17, 22)
TOLERANCE = 1e-4
CONTROL_FLOW = {"If", "Loop", "Scan", "SequenceAt", "SequenceConstruct", "SplitToSequence", "ConcatFromSequence"}
PIXELS: dict[str, Pixels] = {
    "none": None,
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2471, 0.2435, 0.2616)),
    "cifar100": ((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "mnist": ((0.1307,), (0.3081,)),
    "half": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


# ------------------------------------------------------------------ networks


class Normalise(nn.Module):
    """Shift and scale the pixels; part of the network, not of the data."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pixels [N, channels, rows, columns] in [0, 1], normalised."""
        return (x - self.mean) / self.std


def with_pixels(net: nn.Module, pixels: Pixels) -> nn.Module:
    """`net` on pixels in [0, 1]; `pixels` is (mean, std) by channel, or None. `model` vanishes from the names of taps."""
    return nn.Sequential(OrderedDict(normalise=Normalise(*pixels), model=net)) if pixels else net


def build(
    spec: str, classes: int | None = None, keys: Iterable[str] = (), pretrained: bool = False, **options: Any
) -> nn.Module:
    """The network `SOURCE:NAME`, freshly made, or with the weights that the library downloads."""
    try:
        return constructed(spec, classes, keys, pretrained, options)
    except (RuntimeError, TypeError, ValueError) as why:
        raise Refused(f"{spec} cannot be made: {why}") from why


def constructed(spec, classes, keys, pretrained, options):
    source, _, name = spec.partition(":")
    if classes is not None:
        options["num_classes"] = classes
    if source == "torchvision":
        import torchvision

        return torchvision.models.get_model(name, weights="DEFAULT" if pretrained else None, **options)
    if source == "timm":
        import timm

        return timm.create_model(name, pretrained=pretrained, exportable=True, **options)
    if source == "robustbench":
        return cifar.build(name, options.pop("num_classes", 10), keys, **options)
    raise Refused(f"{spec}: write torchvision:NAME, timm:NAME or robustbench:NAME")


def own_pixels(spec: str, net: nn.Module) -> Pixels:
    """Mean and std of the weights that the library itself publishes for this network."""
    if spec.startswith("timm:") and "mean" in getattr(net, "pretrained_cfg", {}):
        return tuple(net.pretrained_cfg["mean"]), tuple(net.pretrained_cfg["std"])
    if spec.startswith("torchvision:"):
        return PIXELS["imagenet"]
    raise Refused(f"{spec} has no pixels of its own; give --mean and --std, or --pixels none if it takes [0, 1]")


# -------------------------------------------------------------------- export


def write(net: nn.Module, path: Union[str, Path], shape: Shape, opset: int = 17) -> None:
    """Writes `net`, in evaluation mode, for images of `shape` (channels, rows, columns)."""
    net.eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its fused operator has no ONNX form
    try:
        torch.onnx.export(
            net,
            torch.rand(2, *shape),
            str(path),
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            dynamo=False,
            opset_version=opset,
            input_names=["image"],
            output_names=["logits"],
            dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        )
    except (RuntimeError, torch.onnx.errors.OnnxExporterError) as why:
        raise Refused(f"PyTorch cannot export it for images of {list(shape)}: {str(why).splitlines()[0]}") from why
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
    sizes.fold(path, shape)


def check(net: nn.Module, path: Union[str, Path], shape: Shape) -> str:
    """Compares the file with `net` on random images and looks at its nodes; one line that tells what was found."""
    import onnx
    import onnxruntime

    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    if opset not in OPSETS:
        raise Refused(f"operator set {opset} is not among {OPSETS.start} to {OPSETS.stop - 1}")
    kinds = [node.op_type for node in model.graph.node]
    if flow := CONTROL_FLOW.intersection(kinds):
        raise Refused(f"the network decides while it runs ({', '.join(flow)}); take the branch out of its forward()")
    norms = sum(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in net.modules())
    kept = kinds.count("BatchNormalization")
    if kept < norms:
        raise Refused(f"{norms - kept} of {norms} BatchNorm modules are no BatchNormalization node")
    if kinds[-1] in ("Softmax", "LogSoftmax"):
        raise Refused(f"the network ends in {kinds[-1]}; stitching and attacks need the logits before it")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in (1, 2, 7):
        x = torch.rand(count, *shape)
        (found,) = session.run(None, {"image": x.numpy()})
        with torch.no_grad():
            expected = net(x).numpy()
        if found.shape != expected.shape or found.ndim != 2:
            raise Refused(f"{count} images give logits {found.shape}, PyTorch has {expected.shape}; [batch, classes] is needed")
        worst = max(worst, float(np.abs(found - expected).max() / max(1.0, np.abs(expected).max())))
    if not worst <= TOLERANCE:
        raise Refused(f"onnxruntime differs from PyTorch by {worst:.1e} of the largest logit")
    size = Path(path).stat().st_size
    return f"{size} bytes, opset {opset}, {len(kinds)} nodes, {kept} BatchNorm, {found.shape[1]} classes, within {worst:.1e}"


def export(net: nn.Module, path: Union[str, Path], shape: Shape, opset: int = 17) -> str:
    """Writes and checks; `path` appears only when all is well. Returns the line of :func:`check`."""
    path = Path(path)
    unfinished = path.with_suffix(".tmp")
    try:
        write(net, unfinished, shape, opset)
        told = check(net, unfinished, shape)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return told


# -------------------------------------------------------------- command line


def option(text):
    """`depth=2` or `widths=(8, 16)` as name and value."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: write NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "network", help=f"torchvision:NAME, timm:NAME, or robustbench:NAME for CIFAR-sized networks ({cifar.NAMES})"
    )
    parser.add_argument("-o", "--out", required=True, help="the ONNX file to write")
    parser.add_argument("--weights", help="state dict (.pt, .pth, .safetensors); wrappers such as module. are taken off")
    parser.add_argument("--pretrained", action="store_true", help="the library's own weights, which it downloads")
    parser.add_argument("--random", type=int, metavar="SEED", help="random weights of this seed, for a control")
    parser.add_argument("--classes", type=int, help="number of classes (default: the library's)")
    parser.add_argument("--size", type=int, help="rows and columns (default: 32 for robustbench, else 224)")
    parser.add_argument("--channels", type=int, default=3, help="3 for colour (default), 1 for grey")
    parser.add_argument("--mean", type=float, nargs="+", help="subtracted from pixels in [0, 1], one or one per channel")
    parser.add_argument("--std", type=float, nargs="+", help="then divided by")
    parser.add_argument(
        "--pixels",
        choices=[*PIXELS, "own"],
        help="a usual mean and std instead; none: the network takes [0, 1]; own: those of the library's weights",
    )
    parser.add_argument("--opset", type=int, default=17, choices=OPSETS, help="ONNX operator set (default: 17)")
    parser.add_argument(
        "--option", type=option, action="append", default=[], metavar="NAME=VALUE", help="passed on to the network's constructor"
    )
    return parser.parse_args()


def chosen_pixels(args, net, stored):
    """Mean and std from the arguments, else those beside the weights; asking rather than guessing."""
    if args.mean or args.std:
        if not (args.mean and args.std) or {len(args.mean), len(args.std)} - {1, args.channels}:
            raise Refused("--mean and --std go together, with one number or one per channel")
        return args.mean, args.std
    if args.pixels == "own" or (args.pretrained and not args.pixels):
        return own_pixels(args.network, net)
    if args.pixels:
        return PIXELS[args.pixels]
    if stored or args.random is not None:
        return stored
    raise Refused(
        "how were the pixels normalised in training? Give --mean and --std, or --pixels NAME (none: the network takes [0, 1])"
    )


def run(args):
    if sum([bool(args.weights), args.pretrained, args.random is not None]) != 1:
        raise Refused("give one of --weights FILE, --pretrained and --random SEED")
    torch.manual_seed(args.random or 0)
    state, stored = weights.split_pixels(weights.read(args.weights)) if args.weights else ({}, None)
    net = build(args.network, args.classes, state.keys(), args.pretrained, **dict(args.option))
    if args.weights:
        weights.load(net, state)
    pixels = chosen_pixels(args, net, stored)
    size = args.size or (32 if args.network.startswith("robustbench:") else 224)
    told = export(with_pixels(net, pixels).eval(), args.out, (args.channels, size, size), args.opset)
    print(f"{args.out}: {told}; pixels {'as they are' if pixels is None else f'(x - {pixels[0]}) / {pixels[1]}'}")


def main() -> None:
    try:
        run(arguments())
    except Refused as why:
        sys.exit(f"export: {why}")
