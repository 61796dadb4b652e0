"""What a call was given, laid down where the program reads it: the tables of a recipe, and options of a command."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence, Tuple, Union

from . import images as sets
from . import networks
from .errors import StitchscopeError
from .images import Images
from .networks import Network, Shape
from .options import Attack, Data, Strength
from .result import Place

Taps = Union[str, Sequence[Tuple[str, str]], Sequence[str]]
# The bundled sets are of one shape.
ZOO: Shape = (1, 28, 28)


@contextlib.contextmanager
def scratch(out: Place | None = None) -> Iterator[Path]:
    """The folder `out`, made if it is missing; or one that is gone at the end."""
    if out is not None:
        yield made(out)
        return
    with tempfile.TemporaryDirectory(prefix="stitchscope-") as folder:
        yield Path(folder).resolve()


@contextlib.contextmanager
def lasting(out: Place | None) -> Iterator[tuple[Path, bool]]:
    """The folder `out`, made if it is missing; or, and then the second is true, one that is gone only when something fails."""
    if out is not None:
        yield made(out), False
        return
    folder = Path(tempfile.mkdtemp(prefix="stitchscope-")).resolve()
    try:
        yield folder, True
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def made(out: Place) -> Path:
    """The folder, there."""
    folder = Path(out).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def donor_tables(
    pair: tuple[Network, Network],
    halves: tuple[Images, Images],
    folder: Path,
    shape: Shape | None,
    names: tuple[str, str] | None,
    data: Data | None,
) -> dict[str, dict[str, Any]]:
    """The tables `[front]`, `[end]` and `[data]`, with their files laid down in `folder`."""
    unit = in_unit(data)
    test, known = image_set(halves[1], "test", folder, unit)
    train = test if halves[0] is halves[1] else image_set(halves[0], "train", folder, unit)[0]
    first, second = networks.names(*pair, names)
    return {
        "front": networks.table(pair[0], "front", folder, first, shape or known),
        "end": networks.table(pair[1], "end", folder, second, shape or known),
        "data": {"train": train, "test": test, **(data or {})},
    }


def in_unit(data: Data | None) -> bool:
    """Whether pixels must lie in [0, 1]."""
    return (data or {}).get("pixel_range") is None


def image_set(given: Images, what: str, folder: Path, unit: bool = True) -> tuple[str, Shape | None]:
    """The reference of a set, laid down where it has none, and the shape of its images where that is known."""
    if sets.is_reference(given):
        named = sets.reference(given)  # type: ignore[arg-type]
        return named, ZOO if named.startswith("zoo:") else None
    found, labels = sets.arrays(given, what, unit=unit)
    file = f"inputs/{what}.npz"
    sets.lay_down(folder / file, found, labels)
    return file, sets.shape_of(found)


def tap_pairs(taps: Taps) -> Any:
    """The recipe's `pairs`; a name alone stands for itself on both sides."""
    if isinstance(taps, str):
        return taps
    return [[tap, tap] if isinstance(tap, str) else list(tap) for tap in taps]


def attack_table(attack: str | Attack | None, eps: Strength | None) -> dict[str, Any]:
    """The table `[attack]`; empty without one."""
    if attack is None:
        if eps is not None:
            raise StitchscopeError('eps is given without an attack; give attack="pgd" or another method')
        return {}
    table: dict[str, Any] = {"method": attack} if isinstance(attack, str) else dict(attack)
    return table if eps is None else {**table, "eps": eps}


def attack_options(table: Mapping[str, Any]) -> list[str]:
    """The attack on a command line, where its method has another name."""
    if not table:
        return []
    return options({"attack": table.get("method", "pgd"), **{key: value for key, value in table.items() if key != "method"}})


def network_options(table: Mapping[str, Any]) -> list[str]:
    """A donor's table on a command line: the model, and how its file is to be understood."""
    size = table.get("size")
    words = size if size is None or isinstance(size, str) else "x".join(str(number) for number in size)
    return [table["model"], *options({**{key: value for key, value in table.items() if key != "model"}, "size": words})]


def options(given: Mapping[str, Any]) -> list[str]:
    """`--name=value` for each option that is not None."""
    return [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not None]
