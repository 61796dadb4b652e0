"""The networks that robustness papers train on CIFAR, under the names of their published weights.

torchvision's and timm's networks are made for large images. For 32 x 32 pixels
the field shares three other definitions, and checkpoints (RobustBench's among
them) hold the names of their modules: ``layer1.0.shortcut.0``, ``linear``,
``block1.layer.0.convShortcut``. Sums and rectifiers are modules or plain
operators inside their block, so that an exported network's taps carry the
block's name: ``layer1.0.add``, ``block2.layer.1.relu1``.
"""

import re

from torch import nn


def conv3x3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


def projection(inputs, outputs, stride, norm):
    """A 1x1 convolution where a block changes shape, else nothing."""
    if stride == 1 and inputs == outputs:
        return nn.Sequential()
    conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs)) if norm else nn.Sequential(conv)


class BasicBlock(nn.Module):
    """Two convolutions, normalised after each; rectified after the sum."""

    expansion = 1

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(inputs, planes, stride), nn.BatchNorm2d(planes)
        self.relu1 = nn.ReLU()
        self.conv2, self.bn2 = conv3x3(planes, planes), nn.BatchNorm2d(planes)
        self.shortcut = projection(inputs, planes, stride, norm=True)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu1(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1; four times as many channels leave it."""

    expansion = 4

    def __init__(self, inputs, planes, stride):
        super().__init__()
        outputs = planes * self.expansion
        self.conv1, self.bn1 = nn.Conv2d(inputs, planes, 1, bias=False), nn.BatchNorm2d(planes)
        self.relu1 = nn.ReLU()
        self.conv2, self.bn2 = conv3x3(planes, planes, stride), nn.BatchNorm2d(planes)
        self.relu2 = nn.ReLU()
        self.conv3, self.bn3 = nn.Conv2d(planes, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.shortcut = projection(inputs, outputs, stride, norm=True)
        self.relu = nn.ReLU()

    def forward(self, x):
        y = self.relu2(self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x))))))
        return self.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class PreActBlock(nn.Module):
    """Normalised and rectified before each convolution; nothing after the sum."""

    expansion = 1

    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.bn1, self.relu1 = nn.BatchNorm2d(inputs), nn.ReLU()
        self.conv1 = conv3x3(inputs, planes, stride)
        self.bn2, self.relu2 = nn.BatchNorm2d(planes), nn.ReLU()
        self.conv2 = conv3x3(planes, planes)
        self.projects = stride != 1 or inputs != planes
        if self.projects:
            self.shortcut = projection(inputs, planes, stride, norm=False)

    def forward(self, x):
        y = self.relu1(self.bn1(x))
        x = self.shortcut(y) if self.projects else x
        return self.conv2(self.relu2(self.bn2(self.conv1(y)))) + x


class ResNet(nn.Module):
    """Stem without pooling, four stages, average pool, `linear`."""

    def __init__(self, block, blocks, classes=10, widths=(64, 128, 256, 512)):
        super().__init__()
        self.conv1, self.bn1, self.relu = conv3x3(3, widths[0]), nn.BatchNorm2d(widths[0]), nn.ReLU()
        add_stages(self, block, blocks, widths)
        self.pool, self.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.linear = nn.Linear(widths[-1] * block.expansion, classes)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.linear(self.flatten(self.pool(x)))


class PreActResNet(nn.Module):
    """As `ResNet`, of pre-activation blocks; `last_norm`: a normalisation and rectifier before the pool."""

    def __init__(self, blocks, classes=10, widths=(64, 128, 256, 512), last_norm=True):
        super().__init__()
        self.conv1 = conv3x3(3, widths[0])
        add_stages(self, PreActBlock, blocks, widths)
        self.last_norm = last_norm
        if last_norm:
            self.bn, self.relu = nn.BatchNorm2d(widths[-1]), nn.ReLU()
        self.pool, self.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.linear = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        x = self.relu(self.bn(x)) if self.last_norm else x
        return self.linear(self.flatten(self.pool(x)))


def add_stages(net, block, blocks, widths):
    """Sets `layer1` to `layer4`; all but the first halve the size."""
    inputs = widths[0]
    for stage, (count, width) in enumerate(zip(blocks, widths)):
        layers = []
        for index in range(count):
            layers.append(block(inputs, width, 2 if stage > 0 and index == 0 else 1))
            inputs = width * block.expansion
        setattr(net, f"layer{stage + 1}", nn.Sequential(*layers))


class WideBlock(nn.Module):
    """A pre-activation block of a wide network."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.relu1 = nn.BatchNorm2d(inputs), nn.ReLU()
        self.conv1 = conv3x3(inputs, outputs, stride)
        self.bn2, self.relu2 = nn.BatchNorm2d(outputs), nn.ReLU()
        self.conv2 = conv3x3(outputs, outputs)
        self.convShortcut = None
        if inputs != outputs:
            self.convShortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        y = self.relu1(self.bn1(x))
        x = x if self.convShortcut is None else self.convShortcut(y)
        return x + self.conv2(self.relu2(self.bn2(self.conv1(y))))


class WideStage(nn.Module):
    """Blocks of one width."""

    def __init__(self, count, inputs, outputs, stride):
        super().__init__()
        first = WideBlock(inputs, outputs, stride)
        rest = [WideBlock(outputs, outputs, 1) for _ in range(count - 1)]
        self.layer = nn.Sequential(first, *rest)

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    """WideResNet-depth-widen: three stages of (depth - 4) / 6 blocks."""

    def __init__(self, depth, widen, classes=10, base=16, bias=True):
        super().__init__()
        if (depth - 4) % 6:
            raise ValueError(f"a WideResNet's depth is 6 n + 4, such as 28 or 34; this is {depth}")
        count, widths = (depth - 4) // 6, [base] + [int(base * widen * 2**i) for i in range(3)]
        self.conv1 = conv3x3(3, base)
        for i in range(3):
            setattr(self, f"block{i + 1}", WideStage(count, widths[i], widths[i + 1], 1 if i == 0 else 2))
        self.bn1, self.relu = nn.BatchNorm2d(widths[3]), nn.ReLU()
        self.pool, self.flatten = nn.AdaptiveAvgPool2d(1), nn.Flatten()
        self.fc = nn.Linear(widths[3], classes, bias=bias)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(self.flatten(self.pool(self.relu(self.bn1(x)))))


DEPTHS = {
    "18": (BasicBlock, (2, 2, 2, 2)),
    "34": (BasicBlock, (3, 4, 6, 3)),
    "50": (Bottleneck, (3, 4, 6, 3)),
    "101": (Bottleneck, (3, 4, 23, 3)),
    "152": (Bottleneck, (3, 8, 36, 3)),
}
NAMES = "ResNet18/34/50/101/152, PreActResNet18/34, WideResNet-DEPTH-WIDEN"


def build(name, classes, keys=(), **options):
    """The network `name`; `keys`, a checkpoint's, decide what variants leave open (last norm, last bias)."""
    family, _, rest = name.partition("-")
    if family.lower() in ("wideresnet", "wrn") and rest.count("-") == 1:
        depth, widen = rest.split("-")
        if keys:
            options.setdefault("bias", "fc.bias" in keys)
        return WideResNet(int(depth), float(widen), classes, **options)
    family, depth = re.fullmatch(r"(.*?)(\d*)", name.lower()).groups()
    if family == "resnet" and depth in DEPTHS:
        block, blocks = DEPTHS[depth]
        return ResNet(block, options.pop("blocks", blocks), classes, **options)
    if family == "preactresnet" and depth in ("18", "34"):
        if keys:
            options.setdefault("last_norm", "bn.weight" in keys)
        return PreActResNet(options.pop("blocks", DEPTHS[depth][1]), classes, **options)
    raise ValueError(f"there is no network {name}; there are {NAMES}")
