"""Networks as Python has them, brought to files that the program reads."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, Tuple, Union

from .errors import StitchscopeError
from .images import is_reference, reference
from .options import Reading

if TYPE_CHECKING:
    import os

    from torch import nn

Network = Union[str, "os.PathLike[str]", Reading, "nn.Module"]
# Channels, rows, columns.
Shape = Tuple[int, int, int]


def is_module(given: Any) -> bool:
    """Whether it is PyTorch's; where nobody imported PyTorch, nobody has a module."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(given, torch.nn.Module)


def table(given: Network, what: str, folder: Path, name: str, shape: Shape | None) -> dict[str, Any]:
    """The recipe's table for a donor. A module is written to `folder/inputs/name.onnx` first.

    Raises:
        Refused: a module that cannot be exported.
        StitchscopeError: another form, or the image's shape is not known.
    """
    if is_reference(given):
        return {"model": reference(given)}  # type: ignore[arg-type]
    if isinstance(given, Mapping):
        if not is_reference(given.get("model")):
            raise StitchscopeError(f"{what} is a table without a model; give {{'model': 'network.onnx', 'output': ...}}")
        return {**given, "model": reference(given["model"])}
    if not is_module(given):
        raise StitchscopeError(f"{what} is {type(given).__name__}; give a torch.nn.Module, an ONNX file or zoo:NAME")
    if shape is None:
        raise StitchscopeError(f"{what} is exported for images of one shape; give shape=(channels, rows, columns)")
    file = f"inputs/{name}.onnx"
    write(given, folder / file, shape)  # type: ignore[arg-type]
    return {"model": file}


def write(net: nn.Module, path: Path, shape: Shape) -> None:
    """Exports a copy of `net`, on the processor and in evaluation mode, and checks the file against it. `net` stays as it is."""
    import copy

    try:
        from .export import export
    except ImportError as why:
        raise StitchscopeError(f"a module is exported with the packages torch, numpy, onnx and onnxruntime: pip install {why.name}") from why
    net = copy.deepcopy(unwrapped(net)).cpu().eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    export(net, path, shape)


def unwrapped(net: nn.Module) -> nn.Module:
    """The network inside of `torch.compile` and `DataParallel`, whose names would stand before those of all taps."""
    for inner in ("_orig_mod", "module"):
        if type(net).__name__ in ("OptimizedModule", "DataParallel", "DistributedDataParallel") and hasattr(net, inner):
            return unwrapped(getattr(net, inner))
    return net


def names(front: Network, end: Network, given: tuple[str, str] | None) -> tuple[str, str]:
    """File names for modules: those given, else their classes', told apart where they are the same."""
    first, second = (plain(given[0]), plain(given[1])) if given else (name(front), name(end))
    return (first, second) if first != second else (f"{first}-front", f"{second}-end")


def name(network: Network) -> str:
    """What a network's file is called: as its class."""
    return plain(type(unwrapped(network)).__name__)  # type: ignore[arg-type]


def plain(name: str) -> str:
    """`name` with nothing in it that a file's name could not have."""
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "network"
