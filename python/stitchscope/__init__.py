"""Stitchscope from Python: where two neural networks fit together.

    import stitchscope

    result = stitchscope.stitch(front, end, train, test, attack="pgd", eps="8/255")
    result.table()

`front` and `end` are `torch.nn.Module`s or ONNX files, `train` and `test` arrays, tensors, data loaders or paths. The program
`stitchscope` does the work; this package hands it networks and images, and its answers back. docs/python.md shows everything.
"""

from .errors import ProgramMissing, Refused, StitchscopeError
from .result import Page, Picture, Result, figure, open  # noqa: A004
from .single import Evaluation, evaluate, inspect, invert
from .study import Similarity, similarity, stitch
from .tables import Counts

__all__ = [
    "Counts",
    "Evaluation",
    "Page",
    "Picture",
    "ProgramMissing",
    "Refused",
    "Result",
    "Similarity",
    "StitchscopeError",
    "evaluate",
    "figure",
    "inspect",
    "invert",
    "open",
    "similarity",
    "stitch",
]
