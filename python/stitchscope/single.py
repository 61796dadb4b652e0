"""One network by itself: its accuracy, its taps, what its representations keep."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

from . import inputs, networks, program, tables
from .errors import StitchscopeError
from .images import Images
from .networks import Network, Shape
from .options import Attack, Strength
from .result import Picture, Place, Result
from .tables import Counts


@dataclass
class Evaluation:
    """One network's accuracy."""

    # Correct on the images as they are.
    clean: Counts
    # Correct on the image and under every attack; None without an attack.
    robust: Counts | None
    # Attack by attack: `attack`, `attacked`, `fooled`.
    attacks: list[dict[str, Any]]
    # Reasons to doubt `robust`.
    doubts: list[str]
    # What was changed to read the network and the images.
    notes: list[str]
    # A row for each image: `image`, `label`, `class`, `verdict`, `attack`, `distance` (docs/networks.md).
    verdicts: list[dict[str, Any]] = field(repr=False)
    # The images that fool, where they were kept: `images` [n, channels, rows, columns] in [0, 1], `labels`, `indices`.
    adversarial: dict[str, Any] | None = field(default=None, repr=False)

    def table(self, library: str | None = None) -> Any:
        """`verdicts` as a data frame, or as they are."""
        return tables.frame(self.verdicts, library)


def evaluate(
    network: Network,
    data: Images,
    *,
    attack: str | Attack | None = None,
    eps: Strength | None = None,
    seed: int = 0,
    images: int | None = None,
    keep: bool = False,
    engine: str = "auto",
    batch: int = 128,
    shape: Shape | None = None,
    out: Place | None = None,
) -> Evaluation:
    """The accuracy of one network, clean and under attack, with a verdict on every image.

    Args:
        network: as `front` of :func:`stitch`.
        data: labelled images, as `test` of :func:`stitch`.
        attack: a method, or a table with `method`, `preset`, `norm`, `eps`, `alpha`, `steps`, `restarts`.
        eps: radius of the attack, in pixels of [0, 1].
        seed: of the attack's random starts.
        images: so many of the first images; None takes all.
        keep: whether `adversarial` holds the images that fool.
        engine: "auto", "ort", "wgpu", "processor" or "reference".
        batch: images at once.
        shape: as for :func:`stitch`.
        out: a folder for `verdicts.csv` and `adversarial.npz`.
    """
    with inputs.scratch(out) as folder:
        images_, known = inputs.image_set(data, "data", folder)
        table = networks.table(network, "network", folder, networks.name(network), shape or known)
        said = program.call(
            [
                *["evaluate", *inputs.network_options(table)],
                *inputs.options({"data": images_, "images": images, "engine": engine, "batch": batch, "seed": seed}),
                *inputs.attack_options(inputs.attack_table(attack, eps)),
                *(["--keep"] if keep else []),
                *["--out", ".", "--json"],
            ],
            folder,
        )
        found = json.loads(said)
        return Evaluation(
            clean=Counts(**found["clean"]),
            robust=tables.counts(found["robust"]),
            attacks=found["attacks"],
            doubts=found["doubts"],
            notes=found["notes"],
            verdicts=_verdicts(folder / "verdicts.csv"),
            adversarial=_kept(folder / "adversarial.npz") if keep else None,
        )


def inspect(network: Network, *, shape: Shape | None = None) -> dict[str, Any]:
    """Where a network can be cut: `taps` with name, shape and parameters on both sides; inputs, outputs, warnings.

    Args:
        network, shape: as for :func:`stitch`; a module needs a shape.
    """
    with inputs.scratch() as folder:
        table = networks.table(network, "network", folder, networks.name(network), shape)
        return json.loads(program.call(["inspect", *inputs.network_options(table), "--json"], folder))


def invert(
    network: Network | Result | Sequence[Network],
    tap: str,
    data: Images = "zoo:fashion-test",
    *,
    images: int = 10,
    steps: int = 500,
    seed: int = 0,
    from_image: bool = False,
    shape: Shape | None = None,
) -> Picture:
    """What a representation keeps of images: images found from noise that the network cannot tell from the given ones.

    Args:
        network: one or several, as `front` of :func:`stitch`, each a row of the picture; or a study's result, for its donors and
            test images.
        tap: where the representation is read.
        data: labelled images, of which the first of each class come first; not used with a result.
        images: how many.
        steps: of the search.
        seed: of the noise that it begins at.
        from_image: whether it begins at the next image instead of noise.
        shape: as for :func:`stitch`.

    Returns:
        A PNG: the images in the first row, then a row for each network. Its `told` says how near each search came.
    """
    with inputs.scratch() as folder:
        picture = folder / "picture.png"
        options = {"tap": tap, "images": images, "steps": steps, "seed": seed, "out": picture}
        if isinstance(network, Result):
            place, sources = network.place, [str(network.folder / "report.json")]
        else:
            options["data"], known = inputs.image_set(data, "data", folder)
            place, sources = folder, _models(network, folder, shape or known)
        said = program.call(["invert", *sources, *inputs.options(options), *(["--from-image"] if from_image else [])], place)
        return Picture(picture.read_bytes(), "png", said.splitlines()[:-1])


def _models(network: Network | Sequence[Network], folder: Path, shape: Shape | None) -> list[str]:
    """The files of one or several networks, in their order."""
    several = network if isinstance(network, (list, tuple)) else [network]
    named = [f"{place + 1}-{networks.name(one)}" for place, one in enumerate(several)]
    tables_ = [networks.table(one, "network", folder, name, shape) for one, name in zip(several, named)]
    if any(len(table) > 1 for table in tables_):
        raise StitchscopeError("invert reads networks as their files say; give a study's result where a recipe says how to read them")
    return [table["model"] for table in tables_]


def _verdicts(path: Path) -> list[dict[str, Any]]:
    """The rows of `verdicts.csv`, with numbers as numbers and None for what is empty."""
    whole, real = ("image", "label", "class"), ("distance",)
    with path.open(newline="", encoding="utf-8") as file:
        return [
            {k: None if v == "" else int(v) if k in whole else float(v) if k in real else v for k, v in row.items()}
            for row in csv.DictReader(file)
        ]


def _kept(path: Path) -> dict[str, Any]:
    """The arrays of `adversarial.npz`."""
    import numpy as np

    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}
