"""Make the fixtures of this folder: small networks as both exporters of torch.onnx write them at their default settings.

    python tests/networks/exports/make.py [--all FOLDER]

NAME.EXPORTER-OPSET-BATCH.onnx is the network (with NAME....onnx.data beside it where the exporter writes one), NAME.safetensors holds
``image`` (bytes; 255 is 1) and PyTorch's ``logits`` in f32. ``--all`` writes every family in many operator sets, with a fixed batch of
two and with any, into a folder of your own; `STITCHSCOPE_EXPORTS=FOLDER cargo xtask test networks --long` tries it.
"""

import argparse
import logging
import sys
import warnings
from pathlib import Path

import onnx
import torch
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[2] / "python"), str(HERE.parent / "families")]

import make as families  # noqa: E402
from stitchscope import export  # noqa: E402

IMAGES = 4
DEIT = ("deit_tiny_distilled_patch16_224", dict(img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=2))
NAMES = ["resnet", "vgg", "mobilenet-v3", "convnext", "vit", "swin", "timm-vit", "timm-swin", "deit"]
# What is kept here: (network, exporter, operator set, whether the batch is any).
KEPT = [
    ("resnet", "legacy", None, False),
    ("vgg", "dynamo", None, False),
    ("mobilenet-v3", "dynamo", 25, True),
    ("convnext", "dynamo", None, True),
    ("convnext", "dynamo", 21, False),
    ("vit", "legacy", None, False),
    ("vit", "dynamo", 23, True),
    ("swin", "legacy", 20, True),
    ("deit", "dynamo", None, False),
]


def network(name):
    torch.manual_seed(0)
    build, pixels, size = families.FAMILIES[name] if name != "deit" else (families.timm_net(DEIT[0], **DEIT[1]), "half", 32)
    net = export.with_pixels(build(), export.PIXELS[pixels])
    families.settle(net, (3, size, size))
    torch.manual_seed(1)
    return net.eval(), (torch.rand(IMAGES, 3, size, size) * 255).round().to(torch.uint8)


def write(net, image, path, exporter, opset, any_batch):
    more = {} if opset is None else {"opset_version": opset}
    if exporter == "legacy":
        if any_batch:
            more |= {"input_names": ["image"], "dynamic_axes": {"image": {0: "batch"}}}
        torch.onnx.export(net, (image[:2],), str(path), dynamo=False, **more)
        return
    if any_batch:
        more["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(net, (image[:2],), str(path), verbose=False, **more)


def bare(path):
    """Without the traces of the source that nodes carry: nothing reads them, and they are most of the file."""
    model = onnx.load(path, load_external_data=False)
    for part in [*model.graph.node, *model.graph.value_info, *model.graph.initializer]:
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, path)


def made(folder, wanted):
    for name in sorted({row[0] for row in wanted}):
        net, image = network(name)
        pixels = image.float() / 255
        with torch.no_grad():
            save_file({"image": image.numpy(), "logits": net(pixels).numpy()}, folder / f"{name}.safetensors")
        for _, exporter, opset, any_batch in (row for row in wanted if row[0] == name):
            path = folder / f"{name}.{exporter}-{opset or 'default'}-{'any' if any_batch else 'two'}.onnx"
            write(net, pixels, path, exporter, opset, any_batch)
            bare(path)
            print(path.name, flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", type=Path)
    folder = parser.parse_args().all
    sets = [("legacy", o) for o in (None, 17, 20)] + [("dynamo", o) for o in (None, 17, 21, 23, 25)]
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    every = [(name, exporter, opset, free) for name in NAMES for exporter, opset in sets for free in (False, True)]
    made(folder or HERE, every if folder else KEPT)
