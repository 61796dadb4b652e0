"""A result in the tools that people keep their runs in: one function each. None of them is needed by anything else here.

Each logs, for every pair of taps in their order (the step), the mean over seeds of what was measured, and keeps figure and report.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from .errors import StitchscopeError
from .result import Result
from .tables import cells

PREFIX = "stitchscope"
MEASURES = ("clean", "robust", "agreement", "direct_clean", "direct_robust", "cka", "residual")
# What a study leaves that is small enough to keep with every run.
KEPT = ("report.json", "cells.csv", "figure.svg", "figure.png", "recipe.toml")


def curves(result: Result) -> list[tuple[str, dict[str, float]]]:
    """For each pair of taps its name and, by measure, the mean over seeds; shares in [0, 1]."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in cells(result.report):
        front, end = row["front_tap"], row["end_tap"]
        for measure in MEASURES:
            if row.get(measure) is not None:
                found[front if front == end else f"{front} > {end}"][measure].append(row[measure])
    return [(tap, {key: sum(all_) / len(all_) for key, all_ in by.items()}) for tap, by in found.items()]


def to_wandb(result: Result, run: Any = None) -> None:
    """Logs into `run`, or the run that is going on, of Weights & Biases: a table of the cells, the figure, and the curves."""
    import wandb

    run = run or wandb.run
    if run is None:
        raise StitchscopeError("no run of Weights & Biases is going on: call wandb.init first, or give one")
    rows = result.table("cells", "list")
    columns = list(rows[0]) if rows else []
    for step, (tap, values) in enumerate(curves(result)):
        run.log({f"{PREFIX}/pair": step, f"{PREFIX}/tap": tap, **{f"{PREFIX}/{key}": value for key, value in values.items()}})
    table = wandb.Table(columns=columns, data=[[row[name] for name in columns] for row in rows])
    run.log({f"{PREFIX}/cells": table, f"{PREFIX}/figure": wandb.Image(str(result.folder / "figure.png"))})


def to_mlflow(result: Result, run_id: str | None = None) -> None:
    """Logs into the run `run_id`, or the one that is going on, of MLflow: the curves, and report, table and figure as artifacts."""
    import mlflow

    for step, (_, values) in enumerate(curves(result)):
        mlflow.log_metrics({f"{PREFIX}/{key}": value for key, value in values.items()}, step=step, run_id=run_id)
    for name in KEPT:
        if (result.folder / name).is_file():
            mlflow.log_artifact(str(result.folder / name), PREFIX, run_id=run_id)


def to_tensorboard(result: Result, writer: Any) -> None:
    """Logs into a `SummaryWriter` of TensorBoard: the curves, the report's short table and recipe as text."""
    for step, (tap, values) in enumerate(curves(result)):
        for key, value in values.items():
            writer.add_scalar(f"{PREFIX}/{key}", value, step)
        told = ", ".join(f"{key} {value:.3f}" for key, value in values.items())
        writer.add_text(f"{PREFIX}/taps", f"`{tap}`: {told}", step)
    writer.add_text(f"{PREFIX}/recipe", "\n".join("    " + line for line in result.recipe.splitlines()))
