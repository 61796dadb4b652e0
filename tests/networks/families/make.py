"""Make the fixtures of this folder: one small network of each family, and what PyTorch computes with it.

    python tests/networks/families/make.py [NAME ...]

Each is the library's own network with few blocks and channels, random weights
of a fixed seed and BatchNorm statistics of its own activations, written by
the package's exporter as a user would. NAME.onnx is the network; NAME.safetensors holds
``image`` (bytes; 255 is 1), ``label``, and PyTorch's results in f64: ``logits``,
and ``gradient`` of the summed cross-entropy to the image (rounded to f32).
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "python"))

from stitchscope import export  # noqa: E402
from stitchscope.export import cifar  # noqa: E402

CLASSES, IMAGES = 5, 2


def resnet():
    from torchvision.models.resnet import BasicBlock, ResNet

    return thin(ResNet(BasicBlock, [2, 1, 1, 1], num_classes=CLASSES), 16)


def resnet_bottleneck():
    from torchvision.models.resnet import Bottleneck, ResNet

    return thin(ResNet(Bottleneck, [1, 1, 1, 1], num_classes=CLASSES), 32)


def vgg():
    from torchvision.models.vgg import VGG, make_layers

    net = VGG(make_layers([8, "M", 12, 12, "M"], batch_norm=True), CLASSES)
    net.classifier = nn.Sequential(nn.Linear(12 * 49, 16), nn.ReLU(True), nn.Dropout(), nn.Linear(16, CLASSES))
    return net


def densenet():
    from torchvision.models import DenseNet

    return DenseNet(4, (2, 2, 2), 8, bn_size=2, num_classes=CLASSES)


def mobilenet_v2():
    from torchvision.models import MobileNetV2
    from torchvision.ops import Conv2dNormActivation

    net = MobileNetV2(CLASSES, 0.25, [[1, 8, 1, 1], [4, 8, 2, 2], [4, 16, 2, 2]])
    net.features[-1] = Conv2dNormActivation(8, 32, kernel_size=1, activation_layer=nn.ReLU6)
    net.classifier[-1] = nn.Linear(32, CLASSES)
    return net


def mobilenet_v3():
    from functools import partial

    from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3

    setting = partial(InvertedResidualConfig, width_mult=1.0)
    blocks = [setting(8, 3, 8, 8, True, "RE", 2, 1), setting(8, 3, 24, 16, False, "RE", 2, 1),
              setting(16, 5, 32, 16, True, "HS", 1, 1)]
    return MobileNetV3(blocks, 32, CLASSES)


def efficientnet():
    from torchvision.models.efficientnet import EfficientNet, FusedMBConvConfig, MBConvConfig

    blocks = [FusedMBConvConfig(2, 3, 1, 8, 8, 1), MBConvConfig(4, 3, 2, 8, 12, 2), MBConvConfig(4, 5, 2, 12, 16, 1)]
    return EfficientNet(blocks, 0.2, 0.2, CLASSES, last_channel=32)


def convnext():
    from torchvision.models.convnext import CNBlockConfig, ConvNeXt

    blocks = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, 24, 2), CNBlockConfig(24, None, 1)]
    return ConvNeXt(blocks, 0.1, num_classes=CLASSES)


def vit():
    from torchvision.models import VisionTransformer

    return VisionTransformer(32, 8, 2, 2, 24, 48, num_classes=CLASSES)


def swin():
    from torchvision.models import SwinTransformer

    return SwinTransformer([4, 4], 12, [2, 2], [2, 4], [4, 4], 2.0, num_classes=CLASSES)


def timm_net(name, **options):
    return lambda: export.build(f"timm:{name}", CLASSES, **options)


# Name -> constructor, pixels, size of the images.
FAMILIES = {
    "resnet": (resnet, "imagenet", 32),
    "resnet-bottleneck": (resnet_bottleneck, "imagenet", 32),
    "resnet-cifar": (lambda: cifar.ResNet(cifar.BasicBlock, (1, 1, 1, 1), CLASSES, (4, 8, 12, 16)), "cifar10", 16),
    "preactresnet": (lambda: cifar.PreActResNet((2, 1, 1, 1), CLASSES, (4, 8, 12, 16)), "cifar10", 16),
    "wideresnet": (lambda: cifar.WideResNet(10, 1, CLASSES, base=8), "none", 16),
    "vgg": (vgg, "imagenet", 28),
    "densenet": (densenet, "imagenet", 32),
    "mobilenet-v2": (mobilenet_v2, "imagenet", 32),
    "mobilenet-v3": (mobilenet_v3, "imagenet", 32),
    "efficientnet": (efficientnet, "imagenet", 32),
    "convnext": (convnext, "imagenet", 32),
    "vit": (vit, "half", 32),
    "swin": (swin, "imagenet", 32),
    "timm-resnet": (timm_net("resnet10t", channels=(4, 8, 12, 16), stem_width=8), "imagenet", 32),
    "timm-convnext": (timm_net("convnext_atto", depths=(1, 1, 1, 1), dims=(8, 12, 16, 24)), "imagenet", 32),
    "timm-vit": (timm_net("vit_tiny_patch16_224", img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=2), "half", 32),
    "timm-swin": (
        timm_net("swin_tiny_patch4_window7_224", img_size=32, window_size=4, embed_dim=12, depths=(2, 2), num_heads=(2, 4)),
        "imagenet",
        32,
    ),
}


def thin(net, by):
    """`net`, a ResNet, with so many times fewer channels."""
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.Conv2d):
            inputs = 3 if module.in_channels == 3 else module.in_channels // by
            new = nn.Conv2d(inputs, module.out_channels // by, module.kernel_size, module.stride, module.padding, bias=False)
        elif isinstance(module, nn.BatchNorm2d):
            new = nn.BatchNorm2d(module.num_features // by)
        elif isinstance(module, nn.Linear):
            new = nn.Linear(module.in_features // by, CLASSES)
        else:
            continue
        parent, _, child = name.rpartition(".")
        setattr(net.get_submodule(parent), child, new)
    return net


def settle(net, shape):
    """Random weights, none zero, and BatchNorm statistics near those of the network's own activations."""
    for weight in net.parameters():
        if weight.ndim == 1:
            nn.init.normal_(weight, 0.0, 0.3)
        elif weight.ndim in (2, 4):
            nn.init.normal_(weight, 0.0, (2.0 / weight[0].numel()) ** 0.5)
        else:  # tokens, positions, scales of layers
            nn.init.normal_(weight, 0.0, 0.5)
    for module in net.modules():
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
    for module in net.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = None
            module.train()
    with torch.no_grad():
        for _ in range(4):
            net(torch.rand(16, *shape))
    for module in net.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean += 0.1 * torch.randn_like(module.running_mean)
            module.running_var *= 1 + 0.2 * torch.rand_like(module.running_var)
    return net.eval()


def golden(net, shape, path):
    """PyTorch's own numbers, in f64 from the f32 weights."""
    image = torch.randint(0, 256, (IMAGES, *shape), dtype=torch.uint8)
    label = torch.arange(IMAGES) % CLASSES
    net = net.double()
    x = (image.float() / 255).double().requires_grad_()
    logits = net(x)
    (gradient,) = torch.autograd.grad(F.cross_entropy(logits, label, reduction="sum"), x)
    arrays = {"image": image, "label": label, "logits": logits.detach(), "gradient": gradient.float()}
    save_file({name: np.ascontiguousarray(tensor.numpy()) for name, tensor in arrays.items()}, path)


def make(name):
    make_net, pixels, size = FAMILIES[name]
    torch.manual_seed(7)
    shape = (3, size, size)
    net = settle(export.with_pixels(make_net().eval(), export.PIXELS[pixels]), shape)
    told = export.export(net, HERE / f"{name}.onnx", shape)
    golden(net, shape, HERE / f"{name}.safetensors")
    print(f"{name}: {told}", flush=True)


def main():
    torch.set_num_threads(1)
    failed = 0
    for name in sys.argv[1:] or FAMILIES:
        try:
            make(name)
        except Exception as why:  # one that fails must not hide what the others do
            failed += 1
            print(f"{name}: {type(why).__name__}: {why}", file=sys.stderr, flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
