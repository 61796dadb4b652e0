"""Every block of Python in docs/python.md runs, one after the other, as a reader would type them."""

import contextlib
import importlib.util
import io
import os
import re
import unittest

from support import ROOT, InFolder


class Documents(InFolder):
    def test_the_blocks_run(self):
        text = (ROOT / "docs/python.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```", text, re.S | re.M)
        self.assertGreater(len(blocks), 4)
        has_torch = all(map(importlib.util.find_spec, ("torch", "onnx", "onnxruntime")))
        names, left_out, printed = {}, 0, io.StringIO()
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        for block in blocks:
            if "import torch" in block and not has_torch:
                left_out += 1
                continue
            with contextlib.redirect_stdout(printed):
                exec(compile(block, "docs/python.md", "exec"), names)  # noqa: S102
        self.assertIn("layer3.1.relu", printed.getvalue())
        self.assertIn('did you mean "epochs"', printed.getvalue())
        if left_out:
            self.skipTest(f"{left_out} of {len(blocks)} blocks, as torch, onnx or onnxruntime is not installed")


if __name__ == "__main__":
    unittest.main()
