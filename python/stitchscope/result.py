"""What a study leaves, in Python's hands: tables, figures, the page, the stitched networks."""

from __future__ import annotations

import base64
import html
import json
import os
import shutil
import sys
import tempfile
import weakref
import webbrowser
from pathlib import Path
from typing import Any, Union

from . import program, tables
from .errors import StitchscopeError

Place = Union[str, "os.PathLike[str]"]
# Columns of the short table that a notebook shows, where they were measured.
SHOWN = ("front_tap", "end_tap", "seed", "clean", "robust", "agreement", "direct_clean", "cka", "flags")
PERCENT = ("clean", "robust", "agreement", "direct_clean")


class Picture(bytes):
    """A picture's bytes, which a notebook shows: SVG or PNG."""

    format: str
    # Lines that tell what is in it.
    told: list[str]

    def __new__(cls, content: bytes, format: str, told: list[str] | None = None) -> Picture:
        picture = super().__new__(cls, content)
        picture.format, picture.told = format, told or []
        return picture

    def save(self, path: Place) -> Path:
        """Writes the picture as it is; its ending is not looked at."""
        path = Path(path)
        path.write_bytes(self)
        return path

    def _repr_svg_(self) -> str | None:
        return self.decode() if self.format == "svg" else None

    def _repr_png_(self) -> bytes | None:
        return bytes(self) if self.format == "png" else None


class Page(str):
    """A page of HTML that needs nothing beside it; a notebook shows it in a frame of its own."""

    def _repr_html_(self) -> str:
        # No scripts and none of the notebook's data: a report may come from a stranger.
        return f'<iframe sandbox srcdoc="{html.escape(self)}" style="width: 100%; height: 40em; border: 0"></iframe>'


class Result:
    """A study's report with the folder that it lies in.

    The folder holds all that `docs/report.md` lists. One that the study made for itself lives as long as this object: `save` keeps it.
    """

    def __init__(self, folder: Path, own: bool = False):
        self.folder = folder
        if own:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.report: dict[str, Any] = read(folder / "report.json")

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The measurements, one entry for each pair of taps and seed (docs/report.md)."""
        return self.report["cells"]

    @property
    def donors(self) -> list[dict[str, Any]]:
        """Front and end, measured whole."""
        return self.report["donors"]

    @property
    def recipe(self) -> str:
        """The study as a recipe; running it again gives the same report."""
        return self.report["recipe"]

    def table(self, what: str = "cells", library: str | None = None) -> Any:
        """A data frame, or a list of dicts where neither pandas nor polars is there.

        Args:
            what: "cells", "similarity", "donors", "controls", "probes" or "ranks".
            library: "pandas", "polars" or "list"; None takes the one that is there.

        Columns have the names of the program's CSV files, and `clean`, `robust` and so on are shares in [0, 1]. What no row has
        measured is no column.
        """
        return tables.frame(tables.rows(self.report, what), library)

    def figure(self, format: str = "svg", *, dark: bool = False) -> Picture:
        """Accuracies and similarities by tap: the bytes of an SVG or PNG."""
        return figure(self, format=format, dark=dark)

    def page(self) -> Page:
        """The whole report as one page of HTML: figure, tables, flags in words, recipe."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.html"
            self._call("report", "-o", str(path))
            return Page(path.read_text(encoding="utf-8"))

    def show(self) -> Page | None:
        """Opens the page: in the notebook where this is one, else in the browser."""
        page = self.page()
        if in_notebook():
            return page
        path = self.folder / "report.html"
        path.write_text(page, encoding="utf-8")
        webbrowser.open(path.absolute().as_uri())
        return None

    def export(self, cell: int, path: Place) -> Path:
        """Writes the stitched network of a cell, counted from 0, as ONNX."""
        path = Path(path).absolute()
        self._call("export", "--cell", str(cell), "-o", str(path))
        return path

    def save(self, folder: Place) -> Result:
        """Copies the study into `folder`, which must be new or empty, with the networks and images that were handed over as objects.

        Returns:
            The result in its new place.
        """
        target = Path(folder).absolute()
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise StitchscopeError(f"{target} is there and not empty; give a new folder")
        shutil.copytree(self.folder, target, dirs_exist_ok=True)
        return Result(target)

    @property
    def place(self) -> Path | None:
        """The folder from which the recipe names its files: the study's own where Python laid them down there, else the present one."""
        return self.folder if (self.folder / "inputs" / "recipe.toml").is_file() else None

    def _call(self, command: str, *arguments: str) -> str:
        return program.call([command, str(self.folder / "report.json"), *arguments], self.place)

    def __repr__(self) -> str:
        front, end = (donor["model"] for donor in self.donors)
        return f"<stitchscope.Result: {front} > {end}, {len(self.cells)} cells, in {self.folder}>"

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.figure()).decode()
        return f'<img alt="" style="max-width: 100%" src="data:image/svg+xml;base64,{picture}">' + short_table(self.report)


def read(path: Path) -> dict[str, Any]:
    """A report from its file."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as why:
        raise StitchscopeError(f"there is no {path}; a study that has ended leaves one in its folder") from why
    except (OSError, ValueError) as why:
        raise StitchscopeError(f"{path} cannot be read as a report: {why}") from why
    if not isinstance(report, dict) or not {"cells", "donors", "recipe"} <= report.keys():
        raise StitchscopeError(f"{path} is no report of a study")
    return report


def open(report: Place) -> Result:  # noqa: A001  the name that people look for
    """The result of a study that has ended: its `report.json`, or the folder that holds it."""
    path = Path(report).expanduser().absolute()
    if path.is_dir():
        return Result(path)
    return Result(path.parent) if path.name == "report.json" else alone(path)


def alone(path: Path) -> Result:
    """A report under another name, in a folder of its own, so that everything finds it."""
    read(path)
    folder = Path(tempfile.mkdtemp(prefix="stitchscope-"))
    shutil.copy(path, folder / "report.json")
    return Result(folder, own=True)


def figure(*results: Result, format: str = "svg", dark: bool = False) -> Picture:
    """The figure of several studies, side by side: the bytes of an SVG or PNG."""
    if format not in ("svg", "png"):
        raise StitchscopeError(f"a figure is svg or png, not {format!r}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"figure.{format}"
        reports = [str(result.folder / "report.json") for result in results]
        program.call(["figure", *reports, "-o", str(path), *(["--dark"] if dark else [])])
        return Picture(path.read_bytes(), format)


def in_notebook() -> bool:
    """Whether what a cell ends with is shown as HTML."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python else None
    return shell is not None and "IPKernelApp" in getattr(shell, "config", {})


def short_table(report: dict[str, Any]) -> str:
    """The cells' main numbers as HTML."""
    rows = tables.cells(report)
    columns = [name for name in SHOWN if any(row.get(name) not in (None, "") for row in rows)]
    return tables.html([{name: shown(name, row.get(name)) for name in columns} for row in rows])


def shown(name: str, value: Any) -> Any:
    """A value as people read it."""
    return f"{100 * value:.1f} %" if name in PERCENT and value is not None else value
