"""Tables of a report: one row for each cell, donor, control, probe or rank, with the column names of the program's CSV files."""

from __future__ import annotations

import sys
from html import escape
from typing import Any, Callable, Dict, Iterable, NamedTuple

from .errors import StitchscopeError

Row = Dict[str, Any]
# Half the width of a 95 % interval, in standard deviations.
Z = 1.959963984540054


class Counts(NamedTuple):
    """Images that count, out of those that were looked at."""

    correct: int
    total: int

    @property
    def share(self) -> float:
        """In [0, 1]; NaN without images."""
        return self.correct / self.total if self.total else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share; NaN without images. It reflects the drawing of test images only."""
        if not self.total:
            return float("nan"), float("nan")
        share, n = min(self.share, 1.0), self.total
        shrink = 1 + Z * Z / n
        centre = (share + Z * Z / (2 * n)) / shrink
        half = Z / shrink * (share * (1 - share) / n + Z * Z / (4 * n * n)) ** 0.5
        return min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.correct} of {self.total}, {100 * self.share:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"


def counts(found: dict[str, int] | None) -> Counts | None:
    """A report's `{correct, total}` or `{same, total}`."""
    return None if found is None else Counts(found.get("correct", found.get("same", 0)), found["total"])


def shares(prefix: str, found: dict[str, int] | None, hits: str = "correct") -> Row:
    """`clean` in [0, 1], `clean_correct`, `clean_total`, and the ends of the interval `clean_low`, `clean_high`."""
    number = counts(found)
    if number is None:
        return {}
    low, high = number.interval
    return {
        prefix: number.share,
        f"{prefix}_{hits}": number.correct,
        f"{prefix}_total": number.total,
        f"{prefix}_low": low,
        f"{prefix}_high": high,
    }


def numbers(prefix: str, found: dict[str, Any] | None) -> Row:
    """Each number of `found` as a column of its own."""
    return {f"{prefix}{key}": value for key, value in (found or {}).items()}


def cells(report: dict[str, Any]) -> list[Row]:
    """A row for each pair of taps and seed."""
    return filled(map(cell, report["cells"]))


def cell(found: dict[str, Any]) -> Row:
    """The row of one cell; what was not measured is left out."""
    direct, transfer = found["direct"], found.get("transfer") or {}
    return {
        **{key: found[key] for key in ("front_tap", "end_tap", "seed")},
        **{key: found["stitch"][key] for key in ("form", "init", "train")},
        **shares("clean", found["clean"]),
        **shares("robust", found.get("robust")),
        **shares("also", found.get("also")),
        **shares("agreement", found["agreement"], "same"),
        **shares("direct_clean", direct["clean"]),
        **shares("direct_robust", direct.get("robust")),
        **shares("transfer_front", transfer.get("front")),
        **shares("transfer_end", transfer.get("end")),
        **{key: direct[key] for key in ("residual", "condition")},
        **likeness(found),
        **numbers("ood_", found.get("ood")),
        **numbers("direct_ood_", direct.get("ood")),
        **numbers("shift_", found.get("shift")),
        **numbers("change_", found.get("change")),
        "seconds": found["seconds"],
        "badges": "; ".join(badge["name"] for badge in found.get("badges", [])),
        "flags": "; ".join(found["flags"]),
        "not_computed": "; ".join(f"{', '.join(left['measures'])}: {left['why']}" for left in found.get("not_computed", [])),
        **numbers("", found.get("against_front")),
    }


def likeness(found: dict[str, Any]) -> Row:
    """CKA and its kin of the two taps of a cell."""
    return {**{key: found[key] for key in ("cka", "cka_unbiased")}, **numbers("", found.get("similarity"))}


def likenesses(report: dict[str, Any]) -> list[Row]:
    """A row for each pair of taps; seeds change nothing in it."""
    rows: dict[tuple[str, str], Row] = {}
    for found in report["cells"]:
        pair = {key: found[key] for key in ("front_tap", "end_tap")}
        rows.setdefault(tuple(pair.values()), {**pair, **likeness(found)})
    return filled(rows.values())


def donors(report: dict[str, Any]) -> list[Row]:
    """A row for front and end each."""
    return filled(
        {
            **{key: found[key] for key in ("role", "model")},
            **shares("clean", found["clean"]),
            **shares("robust", found.get("robust")),
            **shares("also", found.get("also")),
            **numbers("change_", found.get("change")),
        }
        for found in report["donors"]
    )


def controls(report: dict[str, Any]) -> list[Row]:
    """A row for each control."""
    return filled(
        {
            **{key: found[key] for key in ("kind", "front_tap", "end_tap", "seed")},
            **shares("clean", found["clean"]),
            **shares("agreement", found["agreement"], "same"),
            **shares("direct_clean", found.get("direct")),
        }
        for found in report.get("controls", [])
    )


def probes(report: dict[str, Any]) -> list[Row]:
    """A row for each linear classifier at a donor's tap."""
    return filled(
        {**{key: found.get(key) for key in ("role", "tap", "rank")}, **shares("clean", found["clean"])}
        for found in report.get("probes", [])
    )


def ranks(report: dict[str, Any]) -> list[Row]:
    """A row for each pair of taps, seed and rank of direct matching."""
    return filled(
        {
            **{key: found[key] for key in ("front_tap", "end_tap", "seed")},
            "rank": rank["rank"],
            **shares("truncated", rank["truncated"]),
            **shares("reduced", rank["reduced"]),
        }
        for found in report["cells"]
        for rank in found.get("ranks", [])
    )


KINDS: dict[str, Callable[[dict[str, Any]], list[Row]]] = {
    "cells": cells,
    "similarity": likenesses,
    "donors": donors,
    "controls": controls,
    "probes": probes,
    "ranks": ranks,
}


def rows(report: dict[str, Any], what: str) -> list[Row]:
    """The rows of one of :data:`KINDS`."""
    if what not in KINDS:
        raise StitchscopeError(f"there is no table {what!r}; there are {', '.join(KINDS)}")
    return KINDS[what](report)


def filled(some: Iterable[Row]) -> list[Row]:
    """Rows with the same columns: None where one was not measured, and no column that no row has."""
    found = list(some)
    columns = dict.fromkeys(key for row in found for key in row)
    return [{key: row.get(key) for key in columns} for row in found]


def frame(found: list[Row], library: str | None) -> Any:
    """The rows as a data frame of `library`: "pandas", "polars" or "list"; None takes what is there, imported ones first."""
    if library is None:
        library = next((name for name in ("pandas", "polars") if name in sys.modules), None) or installed()
    if library == "list":
        return found
    if library == "pandas":
        import pandas

        return pandas.DataFrame(found)
    if library == "polars":
        import polars

        return polars.DataFrame(found, infer_schema_length=None)
    raise StitchscopeError(f"tables come as pandas, polars or list, not as {library!r}")


def installed() -> str:
    """The library for data frames that can be imported, else "list"."""
    from importlib.util import find_spec

    return next((name for name in ("pandas", "polars") if find_spec(name)), "list")


def html(found: list[Row]) -> str:
    """The rows as a table of HTML. Names of taps are a stranger's, so everything is escaped."""
    columns = list(found[0]) if found else []
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(told(row[name]))}</td>" for name in columns) + "</tr>" for row in found)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def told(value: Any) -> str:
    """A value in few digits; nothing where there is none."""
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
