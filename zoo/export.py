"""Your own networks as ONNX: the exporter of the package `stitchscope`, from a checkout in which nothing is installed.

    python zoo/export.py torchvision:resnet18 --weights net.pt --size 32 --classes 10 --pixels cifar10 -o net.onnx

The same as `python -m stitchscope.export`; `--help` lists everything.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

from stitchscope.export import main  # noqa: E402

if __name__ == "__main__":
    main()
