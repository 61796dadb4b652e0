"""A virtual screen with a window manager, the program on it, and a person's hands and eyes: keys, pointer, words that can be read.

Needs `apt install xvfb openbox xdotool imagemagick tesseract-ocr python3-xlib`. Words are found by reading the picture (tesseract), so a
layout may change without the walks.
"""

import atexit
import csv
import io
import os
import signal
import subprocess
import sys
import time

# Small letters are read better three times as large.
LARGER = 3


class Screen:
    """An X server without a screen, and openbox."""

    def __init__(self, size):
        read, write = os.pipe()
        # The window as large as `size`, with its frame around.
        shape = f"{size[0] + 2}x{size[1] + 24}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", shape, "-nolisten", "tcp"]
        self.server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as line:
            self.display = f":{line.readline().strip()}"
        self.size = size
        self.env = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        self.env |= {"DISPLAY": self.display, "WINIT_UNIX_BACKEND": "x11"}
        self.manager = subprocess.Popen(["openbox"], env=self.env, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        atexit.register(self.close)

    def close(self):
        for process in (self.manager, self.server):
            if process.poll() is not None:
                continue
            process.terminate()
            process.wait(timeout=10)

    def tool(self, *arguments):
        return subprocess.run(["xdotool", *map(str, arguments)], env=self.env, capture_output=True, text=True).stdout

    def save(self, path):
        subprocess.run(["import", "-window", "root", path], env=self.env, check=True)

    def words(self):
        """Every word that can be read, with its middle: (word, x, y), line by line."""
        enlarge = ["import", "-window", "root", "-colorspace", "gray", "-resize", f"{100 * LARGER}%", "png:-"]
        picture = subprocess.run(enlarge, env=self.env, check=True, capture_output=True).stdout
        # As a block, which finds words on buttons, and as sparse text, which finds labels that stand alone.
        rows = []
        for mode in ["6", "11"]:
            command = ["tesseract", "-", "-", "--psm", mode, "tsv"]
            read = subprocess.run(command, input=picture, check=True, capture_output=True).stdout.decode()
            rows += csv.DictReader(io.StringIO(read), delimiter="\t", quoting=csv.QUOTE_NONE)
        middle = lambda row, start, length: (int(row[start]) + int(row[length]) / 2) / LARGER
        return [
            (row["text"], round(middle(row, "left", "width")), round(middle(row, "top", "height")))
            for row in rows
            if row.get("text") and row["text"].strip()
        ]

    def find(self, phrase, words=None):
        """Where the words of a phrase stand beside each other: the middle of the first one."""
        wanted, words = phrase.split(), words or self.words()
        for at in range(len(words) - len(wanted) + 1):
            part = words[at : at + len(wanted)]
            if all(said.strip(".,:;…|").lower() == word.lower() for (said, _, _), word in zip(part, wanted)):
                if max(y for _, _, y in part) - min(y for _, _, y in part) < 12:
                    return part[0][1:]
        return None


class Program:
    """The program on a screen."""

    def __init__(self, program, screen, home, arguments=(), scale=1, clean=None):
        self.screen, self.home = screen, home
        env = screen.env | {"STITCHSCOPE_HOME": home, "WINIT_X11_SCALE_FACTOR": str(scale)} | (clean or {})
        self.began = time.monotonic()
        command = [os.path.abspath(program), *arguments]
        log = open(os.path.join(home, "log.txt"), "a")
        self.process = subprocess.Popen(command, env=env, cwd=home, stdout=log, stderr=log)
        self.wait("the window", lambda: self.windows(), 120)
        time.sleep(2.5)
        self.id = self.windows()[0]
        screen.tool("windowfocus", "--sync", self.id)

    def windows(self):
        return self.screen.tool("search", "--onlyvisible", "--name", "Stitchscope").split()

    def fill(self):
        """The window as large as the screen."""
        self.screen.tool("windowsize", "--sync", self.id, *self.screen.size)
        self.screen.tool("windowmove", self.id, 0, 0)
        self.rest()
        time.sleep(1.5)

    def rest(self):
        """The pointer where it points at nothing."""
        self.screen.tool("mousemove", self.screen.size[0] // 2, 4)

    def wait(self, what, found, seconds=900, pause=0.3):
        begin = time.monotonic()
        while True:
            if result := found():
                return result
            if self.process.poll() is not None:
                sys.exit(f"the program ended while waiting for {what}")
            if time.monotonic() - begin > seconds:
                self.screen.save("/tmp/walk-stuck.png")
                sys.exit(f"{what} did not come; the screen is in /tmp/walk-stuck.png")
            time.sleep(pause)

    def key(self, *keys, pause=0.7):
        for key in keys:
            self.screen.tool("key", "--clearmodifiers", key)
            time.sleep(pause)

    def type(self, text):
        for number, line in enumerate(text.split("\n")):
            if number:
                self.key("Return", pause=0.2)
            self.screen.tool("type", "--delay", "60", "--", line)
        time.sleep(0.7)

    def command(self, label):
        """A command from the palette."""
        # A window manager may give the keys to nobody when a window leaves the full screen.
        self.screen.tool("windowfocus", "--sync", self.id)
        self.key("ctrl+k")
        self.type(label)
        self.key("Return", pause=1.2)

    def press(self, phrase, seconds=60):
        """Presses where a phrase stands."""
        place = self.wait(f"the words {phrase!r}", lambda: self.screen.find(phrase), seconds)
        self.point(place)

    def point(self, place):
        self.screen.tool("mousemove", *place, "sleep", "0.2", "mousedown", "1", "sleep", "0.3", "mouseup", "1")
        time.sleep(1.2)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.screen.tool("windowclose", self.id)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()

    def studies(self, name):
        """Files of that name in the studies' folders."""
        folder = os.path.join(self.home, "studies")
        found = [os.path.join(folder, study, name) for study in (os.listdir(folder) if os.path.isdir(folder) else [])]
        return [path for path in found if os.path.exists(path)]

    def lines(self, word):
        """Lines of the journals that have a word."""
        count = 0
        for path in self.studies("journal.jsonl"):
            with open(path) as file:
                count += sum(word in line for line in file)
        return count
