"""Studies of two networks: what `stitchscope run` does, with networks and images of Python's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Sequence, Union

from . import images as sets
from . import inputs, program, recipe, tables
from .errors import StitchscopeError
from .images import Images
from .inputs import Taps
from .networks import Network, Shape
from .options import Attack, Data, Probe, Run, Stitch, Strength, TrainAttack
from .progress import Bar
from .result import Place, Result

# True: a line that is written over; False: nothing; or a function that gets every event of the program (a dict).
Progress = Union[bool, Callable[[Dict[str, Any]], object]]


def stitch(
    front: Network,
    end: Network,
    train: Images,
    test: Images,
    taps: Taps = "same",
    *,
    attack: str | Attack | None = None,
    eps: Strength | None = None,
    stitch: Stitch | None = None,
    train_attack: TrainAttack | None = None,
    controls: Sequence[str] | None = None,
    probe: Probe | None = None,
    data: Data | None = None,
    run: Run | None = None,
    shape: Shape | None = None,
    names: tuple[str, str] | None = None,
    out: Place | None = None,
    progress: Progress = True,
) -> Result:
    """Joins `front` and `end` at each of `taps` by a trained linear map, and measures the joined networks.

    Args:
        front: the network that gives the layers before the stitch: a `torch.nn.Module`, an ONNX file, `zoo:NAME`, or a table such
            as `{"model": "network.onnx", "output": "logits"}`. Modules map images [N, channels, rows, columns] in [0, 1] to
            logits [N, classes]; the normalisation of pixels is part of them (`stitchscope.export.with_pixels`).
        end: the network that gives the layers after it.
        train: images with labels that stitches are trained on: (images, labels), a data loader, a data set, a path, or `zoo:NAME`.
            Images are [N, channels, rows, columns], [N, rows, columns, channels] or [N, rows, columns], uint8 or in [0, 1].
        test: images with labels that everything is measured on.
        taps: "same" (block outputs of the same name), "all", names that both networks have, or pairs (front's tap, end's tap).
        attack: a method such as "pgd" or "autoattack", or the table `[attack]`; None measures clean accuracy only.
        eps: radius of the attack, in pixels of [0, 1]: 0.031 or "8/255".
        stitch: the table `[stitch]`, such as `{"train": "none"}` or `{"epochs": 3, "seeds": [0, 1, 2]}`.
        train_attack: the table `[train_attack]`, for adversarial training of stitches.
        controls: some of "identity", "self-stitch", "random-front", "shuffled-labels", "random-end"; None makes
            the first four.
        probe: the table `[probe]`.
        data: further keys of `[data]`, such as `{"test_images": 1000, "fit": "resize"}`.
        run: the table `[run]`, such as `{"engine": "processor"}`.
        shape: (channels, rows, columns) of the images that modules take, where `test` is a path.
        names: what front and end are called in figures, where they are modules.
        out: the study's folder. Called again with the same folder, networks and images, a study goes on where it was stopped. None
            makes a folder that lives as long as the result.
        progress: True shows a line in a terminal or notebook; False nothing; a function gets each event as a dict.

    Raises:
        StitchscopeError: what the program refuses, in its own sentence.
    """
    with inputs.lasting(out) as (folder, own):
        found = {
            **inputs.donor_tables((front, end), (train, test), folder, shape, names, data),
            "taps": {"pairs": inputs.tap_pairs(taps)},
            "stitch": dict(stitch or {}),
            "attack": inputs.attack_table(attack, eps),
            "train_attack": dict(train_attack or {}),
            "controls": {} if controls is None else {"kinds": list(controls)},
            "probe": dict(probe or {}),
            "run": dict(run or {}),
        }
        _run(found, folder, progress)
        return Result(folder, own)


def similarity(
    front: Network,
    end: Network,
    images: Any,
    taps: Taps = "same",
    *,
    resize: str | None = None,
    data: Data | None = None,
    run: Run | None = None,
    shape: Shape | None = None,
    names: tuple[str, str] | None = None,
    progress: Progress = True,
) -> Similarity:
    """CKA, CCA, SVCCA, PWCCA, Procrustes distance and R² of two networks' signals, tap by tap; nothing is trained.

    Args:
        front, end, taps, data, run, shape, names, progress: as for :func:`stitch`.
        images: as for :func:`stitch`, or an array or tensor without labels.
        resize: "bilinear" or "nearest" brings taps of unequal sizes together; without it they are refused.
    """
    with inputs.lasting(None) as (folder, own):
        if not sets.is_reference(images):
            images = sets.arrays(images, "images", labelled=False, unit=inputs.in_unit(data))
        found = {
            **inputs.donor_tables((front, end), (images, images), folder, shape, names, data),
            "taps": {"pairs": inputs.tap_pairs(taps)},
            "stitch": {"train": "none", "resize": resize},
            "controls": {"kinds": []},
            "probe": {"ood": False},
            "run": dict(run or {}),
        }
        _run(found, folder, progress)
        return Similarity(Result(folder, own))


class Similarity:
    """How alike the signals of two networks are, for each pair of taps."""

    def __init__(self, result: Result):
        # The study behind it; its accuracies mean something where images had labels.
        self.result = result

    def table(self, library: str | None = None) -> Any:
        """A row for each pair of taps: `front_tap`, `end_tap`, `cka` and further measures (docs/report.md)."""
        return self.result.table("similarity", library)

    def matrix(self, measure: str = "cka") -> tuple[list[str], list[str], list[list[float | None]]]:
        """Front's taps, end's taps, and the measure of each with each; None for pairs that were not asked for."""
        rows = tables.likenesses(self.result.report)
        if rows and measure not in rows[0]:
            raise StitchscopeError(f"there is no measure {measure!r}; there are {', '.join(list(rows[0])[2:])}")
        front, end = (list(dict.fromkeys(row[key] for row in rows)) for key in ("front_tap", "end_tap"))
        found = {(row["front_tap"], row["end_tap"]): row[measure] for row in rows}
        return front, end, [[found.get((one, other)) for other in end] for one in front]

    def _repr_html_(self) -> str:
        return tables.html(tables.likenesses(self.result.report))


def _run(found: Mapping[str, Mapping[str, Any]], folder: Path, progress: Progress) -> None:
    """Writes the recipe and runs it. Everything is named from the study's folder, so that it can be moved as a whole."""
    path = folder / "inputs" / "recipe.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(recipe.write(found), encoding="utf-8")
    bar = Bar() if progress is True else None
    show = bar or (progress if callable(progress) else lambda event: None)
    try:
        program.events(["run", "inputs/recipe.toml", "--out", ".", "--json"], folder, show)
    finally:
        if bar:
            bar.close()
