"""What the tests share. From the checkout's folder, with the program built:

    STITCHSCOPE_PROGRAM=target/debug/stitchscope python -m unittest discover -s python/tests
"""

import gzip
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if "STITCHSCOPE_INSTALLED" not in os.environ:  # the wheel's test sets it: what is installed is tried then
    sys.path.insert(0, str(ROOT / "python"))

from stitchscope import program  # noqa: E402

FRONT, END = "zoo:fashion-robust-a", "zoo:fashion-standard-a"
TRAIN, TEST = "zoo:fashion-train", "zoo:fashion-test"
FEW = {"train_images": 120, "test_images": 40}
SHORT = {"epochs": 1, "batch": 40}
TAPS = ["layer1.1.relu", "layer3.0.relu"]
ATTACK = {"method": "pgd", "eps": "0.1", "steps": 3}


def needs(*packages):
    """Leaves a test out, and says so, where a package is not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


def command(*arguments, folder=None):
    """What the program prints on a command line, which must be right."""
    done = subprocess.run([program.find(), *map(str, arguments)], cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.stderr}")
    return done.stdout


def zoo_images(name):
    """A bundled set as bytes [N, 28, 28] and labels [N], read from its files."""
    import numpy as np

    def values(kind, start):
        path = ROOT / "zoo/data" / name / f"{kind}-ubyte.gz"
        return np.frombuffer(gzip.decompress(path.read_bytes())[start:], np.uint8)

    return values("images-idx3", 16).reshape(-1, 28, 28), values("labels-idx1", 8)


def without_times(report):
    """A report's measurements as text, without what differs between two runs: places of files and times."""
    kept = {key: report[key] for key in ("donors", "cells", "controls") if key in report}
    kept = json.loads(json.dumps(kept))
    for cell in kept["cells"]:
        del cell["seconds"]
    for donor in kept["donors"]:
        del donor["model"]
    return kept


@contextmanager
def changed(**variables):
    """The environment with other variables; None takes one away."""
    before = dict(os.environ)
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = str(value)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class InFolder(unittest.TestCase):
    """A test with a folder of its own, `self.folder`."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()
