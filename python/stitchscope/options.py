"""The tables of a recipe as keyword arguments. What is left out has the program's default; docs/ says what each key does.

The keys are those of recipes, so that text and call can be turned into each other; the program checks the values, and a wrong
one raises its sentence.
"""

from __future__ import annotations

from typing import List, Sequence, TypedDict, Union

# The size of a change: a number, or as people write it, `"8/255"`.
Strength = Union[float, str]


class Reading(TypedDict, total=False):
    """How a network's file is to be understood where it does not say so itself (docs/networks.md)."""

    model: str
    output: str
    layout: str
    size: Sequence[int]
    pixels: str


class Data(TypedDict, total=False):
    """Further keys of `[data]` (docs/data.md)."""

    train_images: int
    test_images: int
    also: str
    order: str
    seed: int
    size: Union[int, Sequence[int]]
    fit: str
    shorter_side: int
    pixel_range: str
    labels: str
    class_order: str
    orientation: str


class Stitch(TypedDict, total=False):
    """`[stitch]`: its form and training (docs/training.md)."""

    form: str
    rank: int
    resize: str
    resize_at: str
    mask: str
    init: str
    train: str
    batchnorm: str
    teacher: str
    temperature: float
    beta: float
    distance: str
    l1: float
    flip: bool
    crop: int
    optimizer: str
    momentum: float
    nesterov: bool
    match_epochs: int
    epochs: int
    lr: float
    batch: int
    schedule: str
    weight_decay: float
    validation: float
    patience: int
    seeds: Sequence[int]


class Attack(TypedDict, total=False):
    """`[attack]` (docs/attacks.md); `eps` has no default."""

    method: str
    preset: str
    norm: str
    eps: Strength
    alpha: Strength
    steps: int
    restarts: int
    start: str
    loss: str
    targets: int
    queries: int
    smallest: bool
    transfer: bool
    checks: bool


class TrainAttack(TypedDict, total=False):
    """`[train_attack]`: the attack within adversarial training."""

    norm: str
    eps: Strength
    alpha: Strength
    steps: int
    start: str
    share: float


class Probe(TypedDict, total=False):
    """`[probe]` (docs/critics.md)."""

    ood: bool
    shift: int
    ranks: List[int]
    linear: bool


class Run(TypedDict, total=False):
    """`[run]`: what computes, and with how much memory (docs/engines.md)."""

    engine: str
    batch: int
    cache_mib: int
    memory_mib: int
