"""How far a study is, on one line of a terminal or notebook."""

from __future__ import annotations

import sys
from typing import Any, TextIO

WIDTH = 78


class Bar:
    """Shows the program's events: one line that is written over, and a line for each note.

    Where nobody watches (standard error is a file or a pipe), nothing is shown.
    """

    def __init__(self, stream: TextIO | None = None):
        self.stream = stream or sys.stderr
        self.shown = watched(self.stream)
        self.cells = self.done = 0
        self.text = ""

    def __call__(self, event: dict[str, Any]) -> None:
        kind = event.get("event")
        if kind == "planned":
            self.cells, self.done = event["cells"], event["finished"]
        elif kind == "cell":
            self.done = event["index"] + 1
        elif kind == "note":
            self._above(event["text"])
        self._line(told(event, self.done, self.cells))

    def close(self) -> None:
        """Takes the line away."""
        self._line("")
        if self.shown:
            self.stream.write("\r")
            self.stream.flush()

    def _above(self, text: str) -> None:
        self._line("")
        if self.shown:
            self.stream.write(f"\r{text}\n")

    def _line(self, text: str) -> None:
        text = text[:WIDTH]
        if self.shown and text != self.text:
            self.stream.write("\r" + text.ljust(len(self.text)))
            self.stream.flush()
        self.text = text


def watched(stream: TextIO) -> bool:
    """Whether a person sees `stream` at once: a terminal, or the output of a notebook's cell."""
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")


def told(event: dict[str, Any], done: int, cells: int) -> str:
    """`cells 3/14: attack pgd, layer1.0.relu 120/500`."""
    start = f"cells {done}/{cells}" if cells else "donors"
    if event.get("event") != "progress":
        return start
    what = " ".join(filter(None, [event["stage"].replace("-", " "), event.get("attack"), event.get("control")]))
    pair = event.get("pair")
    place = "" if not pair else f", {pair[0]}" if pair[0] == pair[1] else f", {pair[0]} > {pair[1]}"
    return f"{start}: {what}{place} {event['step']}/{event['of']}"
