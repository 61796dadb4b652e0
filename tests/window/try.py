#!/usr/bin/env python3
"""Tries the window as somebody would who opens it for the first time, on a virtual screen, and measures it there.

    python3 tests/window/try.py target/release/stitchscope OUT [--idle 30] [--example 1]

Starts the program under Xvfb (`apt install xvfb xdotool`), presses what a newcomer presses, by mouse, and leaves a picture
of the screen after each action in OUT. Prints what it measured as one line of JSON: milliseconds from the start of the
process to the first picture (the second start, so that caches are warm), processor time of the window at rest, what its
frames took. Ends with an error when something that should come does not.
"""

import argparse
import ctypes
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib

WIDTH, HEIGHT = 1366, 768
# Where things are in a window of this size; a change of the layout moves them.
PLAY, STITCH, ATTACK, COMPARE = [(245, 337), (620, 337), (1080, 337)], (41, 230), (41, 291), (41, 352)
SLIDER, EXPORT, WRITE = (580, 150), (1256, 93), (521, 489)
# Left, top, right, bottom of places that show by their colours that something has come; the last one is bare page.
RIBBON, PICTURE, ATTACKED, PAGE = (160, 215, 1250, 245), (130, 205, 330, 400), (590, 205, 790, 400), (1346, 724, 1362, 734)


class Screen:
    """A virtual screen whose memory is a file: pictures cost nothing."""

    def __init__(self, folder):
        self.file = os.path.join(folder, "Xvfb_screen0")
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-fbdir", folder]
        self.server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as line:
            self.display = f":{line.readline().strip()}"

    def pixels(self):
        """Rows of BGRX, one after the other."""
        with open(self.file, "rb") as file:
            data = file.read()
        words = struct.unpack(">25I", data[:100])
        start = words[0] + words[19] * 12
        return data[start : start + words[12] * HEIGHT], words[12]

    def is_painted(self):
        pixels, stride = self.pixels()
        sample = pixels[:: 4 * 97]
        return stride > 0 and len(set(sample)) > 3

    def part(self, place):
        """Colours (blue, green, red) in a place, row by row."""
        left, top, right, bottom = place
        pixels, stride = self.pixels()
        rows = [pixels[y * stride + left * 4 : y * stride + right * 4] for y in range(top, bottom)]
        return [row[x : x + 3] for row in rows for x in range(0, len(row), 4)]

    def is_open(self, place, view):
        """Whether something has come in a place, and the view is marked in the rail."""
        blue, green, _ = self.part((10, view[1], 11, view[1] + 1))[0]
        return blue > green + 8 and len(set(self.part(place))) >= 3

    def is_dimmed(self):
        """Whether a sheet lies above the page."""
        return max(self.part(PAGE)[0]) < 200

    def save(self, path):
        pixels, stride = self.pixels()
        rows = []
        for y in range(HEIGHT):
            row = pixels[y * stride : y * stride + WIDTH * 4]
            rgb = bytearray(WIDTH * 3)
            rgb[0::3], rgb[1::3], rgb[2::3] = row[2::4], row[1::4], row[0::4]
            rows.append(b"\0" + bytes(rgb))
        chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
            file.write(chunk(b"IDAT", zlib.compress(b"".join(rows), 6)) + chunk(b"IEND", b""))


class Message(ctypes.Structure):
    """Xlib's XClientMessageEvent, as long as an XEvent."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 12),
    ]


def ask_to_close(name, window):
    """What a window manager sends when somebody closes a window; there is none on the virtual screen."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype, x.XInternAtom.restype = ctypes.c_void_p, ctypes.c_ulong
    display = ctypes.c_void_p(x.XOpenDisplay(name.encode()))
    atom = lambda word: x.XInternAtom(display, word, 0)
    event = Message(33, 0, 1, display, window, atom(b"WM_PROTOCOLS"), 32)
    event.data[0] = atom(b"WM_DELETE_WINDOW")
    x.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(event))
    x.XCloseDisplay(display)


class Window:
    """The program on a screen."""

    def __init__(self, program, screen, home):
        self.screen, self.home, self.times = screen, home, os.path.join(home, "times.json")
        outside = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        self.env = outside | {
            "DISPLAY": screen.display,
            "WINIT_UNIX_BACKEND": "x11",
            "STITCHSCOPE_HOME": home,
            "STITCHSCOPE_TIMES": self.times,
        }
        begin = time.monotonic()
        self.process = subprocess.Popen([os.path.abspath(program)], env=self.env, cwd=home)
        while not screen.is_painted():
            self.check(begin, 120, "the first picture")
            time.sleep(0.002)
        self.first, self.first_work = 1e3 * (time.monotonic() - begin), 1e3 * self.seconds()
        time.sleep(2)
        self.id = self.tool("search", "--onlyvisible", "--name", "^Stitchscope$").split()[0]
        self.tool("windowfocus", self.id)

    def check(self, begin, seconds, what):
        if self.process.poll() is not None:
            sys.exit(f"the program ended while waiting for {what}")
        if time.monotonic() - begin > seconds:
            sys.exit(f"{what} did not come")

    def tool(self, *arguments):
        return subprocess.run(["xdotool", *arguments], env=self.env, check=True, capture_output=True, text=True).stdout

    def press(self, place):
        # Held for as long as people do: a slider moves while the button is down.
        self.tool("mousemove", *map(str, place), "sleep", "0.2", "mousedown", "1", "sleep", "0.4", "mouseup", "1")
        time.sleep(1.5)

    def wait(self, what, found, seconds=900):
        begin = time.monotonic()
        while not found():
            self.check(begin, seconds, what)
            time.sleep(0.5)
        time.sleep(1.5)

    def studies(self, name):
        """Files of that name in the studies' folders."""
        folder = os.path.join(self.home, "studies")
        found = [os.path.join(folder, study, name) for study in (os.listdir(folder) if os.path.isdir(folder) else [])]
        return [path for path in found if os.path.exists(path)]

    def seconds(self):
        """Processor time so far, all threads."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        ask_to_close(self.screen.display, int(self.id))
        self.process.wait(timeout=60)
        with open(self.times) as file:
            return json.load(file)


def cells(window):
    """Finished cells of all studies."""
    count = 0
    for path in window.studies("journal.jsonl"):
        with open(path) as file:
            count += sum('"cell"' in line for line in file)
    return count


def first_time(window, out, example):
    """What a newcomer does; a picture after each action."""
    screen = window.screen
    opened = lambda place, view: lambda _: screen.is_open(place, view)
    results = os.path.join(window.home, "results", "figure.svg")
    actions = [
        ("play", PLAY[example], lambda _: cells(window) >= 1),
        ("look-into-the-connector", STITCH, opened(RIBBON, STITCH)),
        ("attack", ATTACK, opened(PICTURE, ATTACK)),
        ("move-the-strength", SLIDER, lambda before: screen.part(ATTACKED) != before),
        ("back-to-the-curves", COMPARE, opened(PICTURE, COMPARE)),
        ("export-the-figure", EXPORT, lambda _: screen.is_dimmed()),
        ("write-it", WRITE, lambda _: os.path.exists(results)),
    ]
    for number, (name, place, found) in enumerate(actions, 1):
        before = screen.part(ATTACKED)
        window.press(place)
        window.wait(name, lambda: found(before))
        window.screen.save(os.path.join(out, f"{number}-{name}.png"))
    return len(actions)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("out")
    parser.add_argument("--example", type=int, default=1, help="which example is played, from 1; the first is the demo")
    parser.add_argument("--idle", type=float, default=30, help="seconds at rest that are measured")
    arguments = parser.parse_args()
    os.makedirs(arguments.out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        screen = Screen(folder)
        try:
            print(json.dumps(measured(screen, folder, arguments)))
        finally:
            screen.server.terminate()


def measured(screen, folder, arguments):
    home = os.path.join(folder, "home")
    os.makedirs(home)
    cold = Window(arguments.program, screen, home)
    cold.close()
    time.sleep(1)
    window = Window(arguments.program, screen, home)
    screen.save(os.path.join(arguments.out, "0-start.png"))
    time.sleep(10)
    before = window.seconds()
    time.sleep(arguments.idle)
    idle = window.seconds() - before
    actions = first_time(window, arguments.out, arguments.example - 1)
    return {
        "first_picture_ms": round(window.first),
        "first_picture_processor_ms": round(window.first_work),
        "first_picture_cold_ms": round(cold.first),
        "idle_processor_seconds": round(idle, 2),
        "of_seconds": arguments.idle,
        "actions": actions,
        **window.close(),
    }


if __name__ == "__main__":
    main()
