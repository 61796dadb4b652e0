"""Studies from Python give the numbers of the command line; what a result offers."""

import csv
import json
import unittest
from unittest import mock

from support import ATTACK, END, FEW, FRONT, SHORT, TAPS, TEST, TRAIN, InFolder, command, needs, without_times, zoo_images

import stitchscope
from stitchscope import result as results

RECIPE = f"""
[front]
model = "{FRONT}"
[end]
model = "{END}"
[data]
train = "{TRAIN}"
test = "{TEST}"
train_images = 120
test_images = 40
[taps]
pairs = [["layer1.1.relu", "layer1.1.relu"], ["layer3.0.relu", "layer3.0.relu"]]
[stitch]
epochs = 1
batch = 40
[attack]
method = "pgd"
eps = "0.1"
steps = 3
[controls]
kinds = ["identity"]
"""


class Study(InFolder):
    """One study by the command line and one from Python; everything else looks at them."""

    @classmethod
    def setUpClass(cls):
        cls.events = []
        cls.result = stitchscope.stitch(
            FRONT, END, TRAIN, TEST, TAPS, attack=ATTACK, data=FEW, stitch=SHORT, controls=["identity"], progress=cls.events.append
        )

    @classmethod
    def tearDownClass(cls):
        del cls.result

    def test_the_numbers_are_the_command_lines(self):
        (self.folder / "study.toml").write_text(RECIPE)
        command("run", "study.toml", "--out", "out", folder=self.folder)
        theirs = json.loads((self.folder / "out/report.json").read_text())
        self.assertEqual(without_times(self.result.report), without_times(theirs))
        self.assertEqual([cell["front_tap"] for cell in self.result.cells], TAPS)
        # A study of the command line names its files from where it was run.
        self.assertIsNone(stitchscope.open(self.folder / "out").place)
        self.assertEqual(self.result.place, self.result.folder)

    def test_events_told_how_far_it_was(self):
        kinds = {event["event"] for event in self.events}
        self.assertLessEqual({"planned", "progress", "donor", "cell", "control"}, kinds)

    def test_the_table_has_the_columns_and_values_of_the_csv_file(self):
        rows = self.result.table(library="list")
        with (self.result.folder / "cells.csv").open(newline="") as file:
            for row, line in zip(rows, csv.DictReader(file)):
                written = {name: text for name, text in line.items() if text != ""}
                for name, text in written.items():
                    found = row[name]
                    self.assertTrue(text == found or abs(float(text) - found) < 1e-6, f"{name}: {text} and {found}")
        self.assertEqual(rows[0]["clean"], rows[0]["clean_correct"] / 40)

    def test_there_are_tables_of_the_rest(self):
        self.assertEqual([row["role"] for row in self.result.table("donors", "list")], ["front", "end"])
        self.assertEqual({row["kind"] for row in self.result.table("controls", "list")}, {"identity"})
        self.assertEqual(self.result.table("probes", "list"), [])
        self.assertEqual(self.result.table("ranks", "list"), [])
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "there are cells, similarity"):
            self.result.table("cell")

    @needs("pandas")
    def test_pandas_reads_it(self):
        frame = self.result.table(library="pandas")
        self.assertEqual(list(frame["front_tap"]), TAPS)
        self.assertEqual(frame["clean_total"].sum(), 80)

    @needs("polars")
    def test_polars_reads_it(self):
        frame = self.result.table(library="polars")
        self.assertEqual(frame["clean_total"].sum(), 80)

    def test_figures_are_the_programs(self):
        drawn = self.result.figure()
        self.assertEqual(drawn, (self.result.folder / "figure.svg").read_bytes())
        self.assertTrue(drawn._repr_svg_().startswith("<svg") and drawn._repr_png_() is None)
        dark = stitchscope.figure(self.result, self.result, format="png", dark=True)
        self.assertTrue(dark._repr_png_().startswith(b"\x89PNG") and dark._repr_svg_() is None)
        self.assertEqual(dark.save(self.folder / "a.png").read_bytes(), dark)
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "svg or png"):
            self.result.figure("pdf")

    def test_a_notebook_shows_figure_and_table(self):
        html = self.result._repr_html_()
        self.assertIn("data:image/svg+xml;base64,", html)
        self.assertIn("<td>layer1.1.relu</td>", html)

    def test_the_page_opens(self):
        with mock.patch("webbrowser.open") as opened:
            self.assertIsNone(self.result.show())
        self.assertTrue(opened.call_args.args[0].startswith("file:"))
        self.assertIn("<!", (self.result.folder / "report.html").read_text()[:2])
        with mock.patch.object(results, "in_notebook", lambda: True):
            self.assertIn("<iframe sandbox srcdoc=", self.result.show()._repr_html_())

    def test_a_stitched_network_is_written_and_read(self):
        path = self.result.export(1, self.folder / "stitched.onnx")
        found = stitchscope.evaluate(path, TEST, images=40)
        self.assertEqual(found.clean.correct, self.result.cells[1]["clean"]["correct"])
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "there is no cell 7"):
            self.result.export(7, path)

    def test_a_saved_study_is_opened(self):
        kept = self.result.save(self.folder / "kept")
        for place in (kept.folder, kept.folder / "report.json"):
            self.assertEqual(stitchscope.open(place).report, self.result.report)
        (self.folder / "other.json").write_bytes((kept.folder / "report.json").read_bytes())
        self.assertEqual(len(stitchscope.open(self.folder / "other.json").figure()), len(self.result.figure()))
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "not empty"):
            self.result.save(kept.folder)
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "there is no"):
            stitchscope.open(self.folder)

    def test_a_stranger_commands_no_notebook(self):
        report = json.loads(json.dumps(self.result.report))
        report["cells"][0]["front_tap"] = "<script>alert(1)</script>"
        self.assertNotIn("<script", results.short_table(report))


class Refusals(unittest.TestCase):
    def test_the_programs_sentence_comes_through(self):
        with self.assertRaisesRegex(stitchscope.StitchscopeError, 'unknown key "epoch".*did you mean "epochs"'):
            stitchscope.stitch(FRONT, END, TRAIN, TEST, stitch={"epoch": 1})
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "nowhere.onnx"):
            stitchscope.stitch("nowhere.onnx", END, TRAIN, TEST)

    def test_what_is_no_network_is_told(self):
        for network, told in [(5, "front is int"), ({"output": "x"}, "without a model")]:
            with self.assertRaisesRegex(stitchscope.StitchscopeError, told):
                stitchscope.stitch(network, END, TRAIN, TEST)


@needs("numpy")
class Arrays(InFolder):
    def test_arrays_give_what_their_files_give_and_a_study_goes_on(self):
        (train, test), few = (zoo_images("fashion-train"), zoo_images("fashion-test")), slice(40)
        pairs = [(images[few], labels[few]) for images, labels in (train, test)]
        settings = {"taps": TAPS[:1], "stitch": SHORT, "controls": [], "progress": False}
        from_files = stitchscope.stitch(FRONT, END, TRAIN, TEST, data={"train_images": 40, "test_images": 40}, **settings)
        out = self.folder / "out"
        from_arrays = stitchscope.stitch(FRONT, END, *pairs, out=out, **settings)
        self.assertEqual(without_times(from_arrays.report), without_times(from_files.report))
        events = []
        again = stitchscope.stitch(FRONT, END, *pairs, out=out, **{**settings, "progress": events.append})
        self.assertEqual(again.report["cells"], from_arrays.report["cells"])
        self.assertEqual(events[0]["finished"], 1)
        moved = from_arrays.save(self.folder / "moved")
        again.folder.rename(self.folder / "gone")
        moved.export(0, self.folder / "stitched.onnx")

    def test_similarities_need_no_labels(self):
        images = zoo_images("fashion-test")[0][:60]
        found = stitchscope.similarity(FRONT, FRONT, images, TAPS, progress=False)
        for row in found.table("list"):
            self.assertAlmostEqual(row["cka"], 1, places=5)
        front, end, values = found.matrix("cca")
        self.assertEqual((front, end), (TAPS, TAPS))
        self.assertIsNone(values[0][1])
        self.assertAlmostEqual(values[1][1], 1, places=3)
        self.assertIn("<table>", found._repr_html_())
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "there are cka, cka_unbiased"):
            found.matrix("ckaa")


if __name__ == "__main__":
    unittest.main()
