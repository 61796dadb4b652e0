#!/usr/bin/env python3
"""Four walks in the real window on a virtual screen, with pictures, and every view at four sizes.

    python3 tests/window/walks.py PROGRAM OUT [newcomer] [kill] [yesterday] [talk] [sizes]

Leaves pictures and exports in OUT and prints a line of JSON for each walk. What must come and does not ends it with an error.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from screen import Program, Screen

DESK = (1366, 768)
SIZES = [((1024, 640), 1), ((1366, 768), 1), ((1920, 1080), 1), ((3840, 2160), 2)]
VIEWS = ["start", "models", "data", "stitch", "attack", "compare", "runs", "slides", "settings"]
PLAY = "Run the example"


class Walk:
    def __init__(self, program, out, name, size=DESK):
        self.program, self.out = program, os.path.join(out, name)
        os.makedirs(self.out, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="walk-")
        self.home = os.path.join(self.folder, "home")
        os.makedirs(self.home)
        self.screen, self.shots, self.actions = Screen(size), 0, 0

    def open(self, *arguments, scale=1):
        window = Program(self.program, self.screen, self.home, arguments, scale)
        window.fill()
        return window

    def shoot(self, name):
        self.shots += 1
        self.screen.save(os.path.join(self.out, f"{self.shots}-{name}.png"))

    def act(self, name, does):
        """One thing that a person does, with a picture of what came of it."""
        self.actions += 1
        does()
        self.shoot(name)

    def end(self, window=None, **found):
        if window and window.process.poll() is None:
            window.close()
        self.screen.close()
        keep = os.path.join(self.home, "results")
        if os.path.isdir(keep):
            shutil.copytree(keep, os.path.join(self.out, "results"), dirs_exist_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        print(json.dumps({"walk": os.path.basename(self.out), **found}), flush=True)


def finished(program, out):
    """The folder of a study that the command line has run, made once."""
    study, recipe = os.path.join(out, "study"), os.path.join(out, "small.toml")
    if not os.path.exists(os.path.join(study, "report.json")):
        with open(recipe, "w") as file:
            file.write(SMALL)
        subprocess.run([os.path.abspath(program), "run", recipe, "--out", study], check=True, stdout=subprocess.DEVNULL)
    return os.path.abspath(study)


def newcomer(program, out):
    """From nothing to an exported figure in seven actions, all by mouse."""
    walk = Walk(program, out, "newcomer")
    window = walk.open()
    walk.shoot("start")
    began = time.monotonic()
    walk.act("play", lambda: window.press(PLAY))
    window.wait("the first number", lambda: walk.screen.find("clean"), 300, 0.1)
    first = time.monotonic() - began
    window.wait("a cell", lambda: window.lines('"cell"') >= 1)
    time.sleep(2)
    walk.act("stitch", lambda: window.press("Stitch"))
    walk.act("attack", lambda: window.press("Attack"))
    window.wait("the attack", lambda: walk.screen.find("Who fools whom"), 300)
    place = walk.screen.find("Strength")
    walk.act("strength", lambda: window.point((place[0] + 70, place[1])))
    walk.act("compare", lambda: window.press("Compare"))
    walk.act("export", lambda: window.press("Export the figure"))
    walk.act("write", lambda: window.press("Write the file"))
    results = os.path.join(walk.home, "results")
    window.wait("the file", lambda: os.path.isdir(results) and os.listdir(results), 60)
    walk.end(window, actions=walk.actions, first_number_s=round(first, 1))


def kill(program, out):
    """kill -9 in the middle of a study; back in two actions: start the program, Go on."""
    walk = Walk(program, out, "kill")
    window = walk.open()
    window.press(PLAY)
    window.wait("two cells", lambda: window.lines('"cell"') >= 2)
    window.kill()
    kept = window.lines('"cell"')
    walk.actions = 0
    opened = []
    walk.act("opened-again", lambda: opened.append(walk.open()))
    window = opened[0]
    walk.act("go-on", lambda: window.press("Go on"))
    window.wait("a further cell", lambda: window.lines('"cell"') > kept)
    time.sleep(2)
    walk.shoot("further")
    window.key("7")
    walk.shoot("runs")
    walk.end(window, actions=walk.actions, cells_before=kept, cells_after=window.lines('"cell"'))


def yesterday(program, out):
    """A study that `stitchscope run` left: opened by its folder's path, by drop, with its stitches; attacked."""
    walk = Walk(program, out, "yesterday", (1920, 1080))
    study = finished(program, out)
    window = walk.open(study)
    window.wait("the study", lambda: walk.screen.find("clean"), 60)
    walk.shoot("by-path")
    window.close()
    shutil.rmtree(walk.home)
    os.makedirs(walk.home)
    window = walk.open()
    place = (walk.screen.size[0] // 2, walk.screen.size[1] // 2)
    drop = [sys.executable, os.path.join(os.path.dirname(__file__), "drop.py"), study, window.id, *map(str, place)]
    taken = subprocess.run(drop, env=walk.screen.env, check=True, capture_output=True, text=True).stdout.strip()
    window.wait("the dropped study", lambda: walk.screen.find("clean"), 60)
    walk.shoot("by-drop")
    window.key("4", pause=4)
    window.wait("the stitch", lambda: walk.screen.find("channels in"), 60)
    walk.shoot("stitch")
    window.key("5")
    window.wait("the attack", lambda: walk.screen.find("Who fools whom"), 120)
    walk.shoot("attack")
    stitches = len(os.listdir(os.path.join(study, "stitches")))
    walk.end(window, dropped=taken == "True", stitches=stitches)


def talk(program, out):
    """A talk of six slides: made, rehearsed, presented, exported as HTML and PDF."""
    walk = Walk(program, out, "talk", (1920, 1080))
    window = walk.open(finished(program, out))
    window.wait("the study", lambda: window.studies("report.json"))
    time.sleep(2)
    window.key("p", "4", pause=3)
    window.key("p", "5", pause=2)
    window.wait("the attack", lambda: walk.screen.find("Who fools whom"), 120)
    window.key("p", "2", pause=2)
    window.key("p", "8", pause=1.5)
    window.command("Add a text slide") if walk.screen.find("Add a text slide") is None else window.press("Add a text slide")
    # Below the field for the text stands what it may hold.
    below = window.wait("the text", lambda: walk.screen.find("and nothing else is shown"), 30)
    window.point((below[0], below[1] - 50))
    window.type("Questions?\n- the recipe is in every figure\nhttps://example.org/stitchscope")
    picture = os.path.join(walk.folder, "photo.png")
    subprocess.run(["convert", "-size", "1200x800", "plasma:orange-navy", picture], check=True)
    place = (walk.screen.size[0] // 2, walk.screen.size[1] // 2)
    drop = [sys.executable, os.path.join(os.path.dirname(__file__), "drop.py"), picture, window.id, *map(str, place)]
    subprocess.run(drop, env=walk.screen.env, check=True, capture_output=True)
    time.sleep(2)
    walk.shoot("slides")
    window.rest()
    window.key("F11", pause=3)
    for number in range(1, 7):
        time.sleep(2.2)
        walk.shoot(f"slide-{number}")
        window.key("Next", pause=1.0)
    window.key("Escape", pause=1.5)
    walk.shoot("rehearsed")
    for ending, across in [("html", -45), ("pdf", 17)]:
        window.command("Export the talk")
        # White words on a coloured button are not always read: places by the sentence above.
        x, y = window.wait("the sheet", lambda: walk.screen.find("every slide with"), 60)
        window.point((x + across, y + 70))
        walk.shoot(f"export-{ending}")
        window.point((x - 3, y + 183))
        time.sleep(2)
    results = os.path.join(walk.home, "results")
    window.wait("both files", lambda: os.path.isdir(results) and len(os.listdir(results)) >= 2, 60)
    walk.end(window, files=sorted(os.listdir(results)))


def sizes(program, out):
    """Every view at four sizes in both themes, with a finished study."""
    for size, scale in SIZES:
        walk = Walk(program, out, f"sizes-{size[0]}x{size[1]}", size)
        window = walk.open(finished(program, out), scale=scale)
        time.sleep(3)
        for theme in ["light", "dark"]:
            for number, view in enumerate(VIEWS, 1):
                window.rest()
                window.key(str(number), pause=6 if view == "attack" else 2.5)
                if view in ("stitch", "compare") and theme == "light":
                    window.key("p")
                walk.screen.save(os.path.join(walk.out, f"{theme}-{number}-{view}.png"))
            window.key("1", "l", pause=1.5)
        walk.end(window, size=size, scale=scale)


# Seconds on a slow machine, and every part of the window has something to show.
SMALL = """
[front]
model = "zoo:fashion-robust-a"
[end]
model = "zoo:fashion-standard-a"
[data]
train = "zoo:fashion-train"
test = "zoo:fashion-test"
train_images = 400
test_images = 120
[taps]
pairs = "same"
[stitch]
epochs = 1
seeds = [0, 1, 2]
[attack]
eps = "0.1"
steps = 3
[controls]
kinds = ["identity", "random-front"]
"""

WALKS = {"newcomer": newcomer, "kill": kill, "yesterday": yesterday, "talk": talk, "sizes": sizes}


def main():
    if len(sys.argv) < 3 or any(name not in WALKS for name in sys.argv[3:]):
        sys.exit(__doc__)
    for name in sys.argv[3:] or WALKS:
        WALKS[name](sys.argv[1], sys.argv[2])


if __name__ == "__main__":
    main()
