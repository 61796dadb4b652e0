"""Image sets as Python has them, brought to a form that the program reads.

A path or `zoo:NAME` is handed on. Everything else is laid down as an `.npz` file with `images` and `labels`: a pair of arrays or
tensors, a data loader, a data set whose items are an image and its label, or a generator of either.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Tuple, Union

from .errors import StitchscopeError

if TYPE_CHECKING:
    import numpy as np

# Rounding of a transform may step over an end.
SLACK = 1e-6
# What one may write where images with labels are asked for.
Images = Union[str, "os.PathLike[str]", Tuple[Any, Any], Iterable[Any]]
FORMS = "a path, zoo:NAME, a pair (images, labels) of arrays or tensors, a data loader, or a data set of such pairs"


def is_reference(given: Any) -> bool:
    """Whether `given` names something that the program itself opens."""
    return isinstance(given, (str, os.PathLike))


def reference(named: Union[str, "os.PathLike[str]"]) -> str:
    """`zoo:NAME` as it is, a path as one that holds in every folder."""
    text = os.fspath(named)
    return text if text.startswith("zoo:") else str(Path(text).expanduser().absolute())


def arrays(given: Any, what: str, *, labelled: bool = True, unit: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of `given`; `what` names it in errors.

    Images: [N, channels, rows, columns], [N, rows, columns, channels] or [N, rows, columns], bytes or numbers in [0, 1] (`unit`).
    Labels: whole numbers [N] or one-hot [N, classes]; zeros where none are needed (`labelled`) and none given.

    Raises:
        StitchscopeError: another form, no images, or pixels that were normalised.
    """
    import numpy as np

    if is_array(given):
        if labelled:
            raise StitchscopeError(f"{what}: these are images without labels; give {FORMS}")
        images = array(given)
        labels = np.zeros(len(images), np.int64)
    elif isinstance(given, (tuple, list)) and len(given) == 2 and is_array(given[0]):
        images, labels = array(given[0]), array(given[1])
    else:
        images, labels = gathered(given, what)
    if len(images) != len(labels):
        raise StitchscopeError(f"{what}: there are {len(images)} images and {len(labels)} labels; give one label for each image")
    if unit:
        in_range(images, what)
    return np.ascontiguousarray(images), np.ascontiguousarray(labels)


def is_array(given: Any) -> bool:
    """Whether `given` is an array or a tensor, rather than a collection of them."""
    return hasattr(given, "shape") and hasattr(given, "dtype")


def array(given: Any) -> np.ndarray:
    """`given` as NumPy's: off its device and graph, in at most 32 bits where it is not whole numbers."""
    import numpy as np

    if hasattr(given, "detach"):
        given = given.detach().cpu()
        given = given.float() if given.is_floating_point() else given
        given = given.numpy()
    found = np.asarray(given)
    return found.astype(np.float32) if found.dtype == np.float64 else found


def gathered(given: Any, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of everything that goes through `given`, batches or single ones, in its order."""
    import numpy as np

    images: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    for item in items(given, what):
        if not isinstance(item, (tuple, list)) or len(item) < 2:
            raise StitchscopeError(f"{what} gives {type(item).__name__} instead of an image with its label; give {FORMS}")
        image, label = array(item[0]), array(item[1])
        one = label.ndim == 0
        images.append(image[None] if one else image)
        labels.append(label[None] if one else label)
    if not images:
        raise StitchscopeError(f"{what} holds no images")
    try:
        return np.concatenate(images), np.concatenate(labels)
    except ValueError as why:
        raise StitchscopeError(f"{what}: its images are not of one size; resize them, or give their folder and data={{'fit': ...}}") from why


def items(given: Any, what: str) -> Iterator[Any]:
    """What `given` goes through. Data sets of PyTorch have a length and places but need not know where to end."""
    if hasattr(given, "__getitem__") and hasattr(given, "__len__"):
        return (given[place] for place in range(len(given)))
    if hasattr(given, "__iter__"):
        return iter(given)
    raise StitchscopeError(f"{what} is {type(given).__name__}; give {FORMS}")


def in_range(images: np.ndarray, what: str) -> None:
    """Refuses numbers that are not pixels: attacks are measured in pixels, so their normalisation belongs into the network."""
    if images.dtype.kind != "f" or not images.size:
        return
    low, high = float(images.min()), float(images.max())
    if not (low >= -SLACK and high <= 1 + SLACK):
        raise StitchscopeError(
            f"{what}: the pixels run from {low:.3g} to {high:.3g}, and images are bytes or numbers in [0, 1]. Leave Normalize out of "
            "the transforms and put it into the network: stitchscope.export.with_pixels(net, (mean, std))"
        )


def shape_of(images: np.ndarray) -> tuple[int, int, int] | None:
    """Channels, rows and columns of one image; None where the array does not tell which axis holds the channels."""
    sizes = images.shape[1:]
    if len(sizes) == 2:
        return (1, *sizes)
    if len(sizes) != 3 or (sizes[0] in (1, 3)) == (sizes[2] in (1, 3)):
        return None
    return tuple(sizes) if sizes[0] in (1, 3) else (sizes[2], *sizes[:2])


def lay_down(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """Writes the `.npz` file."""
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, images=images, labels=labels)
