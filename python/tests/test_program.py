"""How the program is found and called, and what becomes of its errors; the program is played by a script."""

import os
import stat
import sys
import threading
import time
import unittest
from unittest import mock

from support import InFolder, changed

import stitchscope
from stitchscope import program
from stitchscope.progress import Bar, told


@unittest.skipIf(os.name == "nt", "scripts are no programs on Windows")
class Played(InFolder):
    def play(self, text):
        """A program that runs this Python code."""
        path = self.folder / "stitchscope"
        path.write_text(f"#!{sys.executable}\nimport sys, time, signal, json\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return changed(STITCHSCOPE_PROGRAM=path)

    def test_it_is_named_or_beside_python_or_in_path(self):
        with self.play(""), mock.patch.object(program, "_scripts", lambda: [self.folder / "nowhere"]):
            self.assertEqual(program.find(), str(self.folder / "stitchscope"))
            with changed(STITCHSCOPE_PROGRAM=None, PATH=self.folder):
                self.assertEqual(program.find(), str(self.folder / "stitchscope"))
            with mock.patch.object(program, "_scripts", lambda: [self.folder]), changed(STITCHSCOPE_PROGRAM=None, PATH=""):
                self.assertEqual(program.find(), str(self.folder / "stitchscope"))

    def test_without_it_the_remedy_is_told(self):
        with mock.patch.object(program, "_scripts", lambda: [self.folder]), changed(STITCHSCOPE_PROGRAM=None, PATH=""):
            with self.assertRaisesRegex(stitchscope.ProgramMissing, "pip install stitchscope.*STITCHSCOPE_PROGRAM"):
                program.find()
        with changed(STITCHSCOPE_PROGRAM=self.folder / "gone"), self.assertRaisesRegex(stitchscope.ProgramMissing, "correct or unset"):
            program.find()

    def test_its_sentence_is_the_exception(self):
        with self.play("print('remark: x', file=sys.stderr); print('error: it is broken; mend it', file=sys.stderr); sys.exit(2)"):
            with self.assertRaises(stitchscope.StitchscopeError) as caught:
                program.call([])
            self.assertEqual(str(caught.exception), "it is broken; mend it")

    def test_a_wrong_option_is_one_line_and_a_crash_is_told(self):
        self.assertEqual(program.sentence(["error: unexpected\n", "  argument '--x'\n", "\n", "Usage: ...\n"], 2), "unexpected argument '--x'")
        self.assertIn("exit code -9 and said nothing", program.sentence([], -9))
        self.assertIn("exit code 101 and said: thread main panicked", program.sentence(["thread main\n", "panicked\n"], 101))

    def test_events_come_while_it_runs_and_other_lines_are_let_go(self):
        seen = []
        with self.play("print('a driver'); print('[1]'); print(json.dumps({'event': 'note', 'text': 'ü'}))"):
            program.events([], self.folder, seen.append)
        self.assertEqual(seen, [{"event": "note", "text": "ü"}])

    def test_many_remarks_do_not_hold_it_up(self):
        with self.play("sys.stderr.write('x' * 1000000); print('done')"):
            self.assertEqual(program.call([]).strip(), "done")

    def test_who_stops_listening_ends_it(self):
        mark = self.folder / "ended"
        code = f"""
def end(*_): open({str(mark)!r}, 'w').close(); sys.exit(143)
signal.signal(signal.SIGTERM, end)
print(json.dumps({{'event': 'note', 'text': ''}}), flush=True)
time.sleep(60)
"""

        def stop(event):
            raise KeyboardInterrupt

        start = time.monotonic()
        with self.play(code), mock.patch.object(program, "PATIENCE", 0.5), self.assertRaises(KeyboardInterrupt):
            program.events([], self.folder, stop)
        self.assertTrue(mark.exists())
        self.assertLess(time.monotonic() - start, 30)
        self.assertEqual([t.name for t in threading.enumerate() if t is not threading.current_thread()], [])

    def test_it_is_told_of_the_environment_it_is_called_from(self):
        with self.play("import os; print(os.environ['VIRTUAL_ENV'])"):
            with changed(VIRTUAL_ENV=None, CONDA_PREFIX=None, STITCHSCOPE_PROGRAM=self.folder / "stitchscope"):
                self.assertEqual(program.call([]).strip(), sys.prefix)
            with changed(VIRTUAL_ENV="mine"):
                self.assertEqual(program.call([]).strip(), "mine")


class Progress(unittest.TestCase):
    def test_events_are_told_on_one_line(self):
        event = {"event": "progress", "stage": "attack", "attack": "pgd", "pair": ["a", "b"], "step": 3, "of": 9}
        self.assertEqual(told(event, 1, 4), "cells 1/4: attack pgd, a > b 3/9")
        self.assertEqual(told({**event, "pair": ["a", "a"], "stage": "own-activations"}, 0, 0), "donors: own activations pgd, a 3/9")

    def test_the_line_is_written_over_and_nobody_watching_sees_nothing(self):
        stream = mock.Mock(isatty=lambda: True)
        bar = Bar(stream)
        for event in [
            {"event": "planned", "cells": 2, "finished": 1},
            {"event": "note", "text": "worth knowing"},
            {"event": "cell", "index": 1},
        ]:
            bar(event)
        bar.close()
        text = "".join(call.args[0] for call in stream.write.call_args_list)
        self.assertIn("\rworth knowing\n", text)
        self.assertTrue(text.index("cells 1/2") < text.index("cells 2/2") and text.endswith("\r"))
        silent = mock.Mock(isatty=lambda: False)
        Bar(silent)({"event": "note", "text": "x"})
        silent.write.assert_not_called()


if __name__ == "__main__":
    unittest.main()
