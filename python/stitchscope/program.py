"""The program `stitchscope`: where it is, and what it answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Generator, Iterable, Iterator, Sequence

from .errors import ProgramMissing, StitchscopeError

VARIABLE = "STITCHSCOPE_PROGRAM"
# Seconds that a program which was asked to end has for its last step; what is finished is in its journal at any moment.
PATIENCE = 5.0


def find() -> str:
    """Path of the program: what `STITCHSCOPE_PROGRAM` names, else beside the scripts of the running Python, else in `PATH`.

    Raises:
        ProgramMissing: with the remedy.
    """
    if named := os.environ.get(VARIABLE):
        if Path(named).is_file():
            return named
        raise ProgramMissing(f"{VARIABLE} names {named}, which is not a file; correct or unset it")
    folders = list(_scripts())
    beside = (shutil.which("stitchscope", path=str(folder)) for folder in folders)
    found = next(filter(None, beside), None) or shutil.which("stitchscope")
    if found is None:
        looked = ", ".join(str(folder) for folder in folders)
        raise ProgramMissing(
            f"the program stitchscope is neither in {looked} nor in PATH; `pip install stitchscope` brings it, a checkout "
            f"builds it with `cargo build --release`, and {VARIABLE} may name it"
        )
    return found


def _scripts() -> Iterator[Path]:
    """Where this Python's package installers put programs, without repetitions."""
    user = f"{os.name}_user"
    places = [Path(sys.executable).parent, Path(sysconfig.get_path("scripts"))]
    if user in sysconfig.get_scheme_names():
        places.append(Path(sysconfig.get_path("scripts", user)))
    yield from dict.fromkeys(Path(os.path.normpath(place)) for place in places)


def environment() -> dict[str, str]:
    """The program's environment: it is told which Python environment it is called from, for that one's `onnxruntime`."""
    own = dict(os.environ)
    if "VIRTUAL_ENV" not in own and "CONDA_PREFIX" not in own:
        own["VIRTUAL_ENV"] = sys.prefix
    return own


def call(arguments: Sequence[str], folder: Path | None = None) -> str:
    """What the program prints when called with `arguments` in `folder`.

    Raises:
        StitchscopeError: the program's own sentence.
    """
    with closing(_lines(arguments, folder)) as lines:
        return "".join(lines)


def events(arguments: Sequence[str], folder: Path, show: Callable[[dict[str, Any]], object]) -> None:
    """Runs a command that prints an event on each line (`--json`), and shows each event.

    Raises:
        StitchscopeError: the program's own sentence.
    """
    with closing(_lines(arguments, folder)) as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except ValueError:
                continue  # a driver or library that writes to the same output
            if isinstance(event, dict):
                show(event)


def _lines(arguments: Sequence[str], folder: Path | None) -> Generator[str, None, None]:
    """The lines of standard output as they come. The program ends with this iterator, whatever ends it."""
    process = subprocess.Popen(
        [find(), *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None and process.stderr is not None
    said: list[str] = []
    # Read beside: a full pipe of remarks would hold the program up.
    listener = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
    listener.start()
    try:
        yield from process.stdout
        code = process.wait()
    except BaseException:
        # A program that waits for its reader hears nothing; one whose reader has gone writes no more.
        process.stdout.close()
        _end(process)
        raise
    finally:
        listener.join(PATIENCE)
        process.stdout.close()
        if not listener.is_alive():
            process.stderr.close()
    if code != 0:
        raise StitchscopeError(sentence(said, code))


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the program. From a terminal it may have heard Ctrl-C itself, so it is first waited for: asked twice, it drops its work."""
    for ask in (lambda: None, process.terminate, process.kill):
        ask()
        try:
            process.wait(PATIENCE)
            return
        except subprocess.TimeoutExpired:
            continue


def sentence(said: Iterable[str], code: int) -> str:
    """The sentence after `error: ` among what the program said; of a wrong command line the first paragraph."""
    text = "".join(said)
    _, found, after = text.rpartition("error: ") if text.startswith("error: ") else text.rpartition("\nerror: ")
    if found:
        return " ".join(after.split("\n\n")[0].split())
    tail = " ".join(text.split()[-40:])
    return f"the program ended with exit code {code}" + (f" and said: {tail}" if tail else " and said nothing")
