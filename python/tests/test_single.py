"""One network by itself: the numbers are the command line's."""

import json
import unittest

from support import FRONT, TEST, InFolder, command, needs, zoo_images

import stitchscope


class Evaluate(InFolder):
    def test_the_numbers_are_the_command_lines(self):
        found = stitchscope.evaluate(FRONT, TEST, attack="pgd", eps=0.1, images=30, out=self.folder / "out")
        theirs = json.loads(command("evaluate", FRONT, "--data", TEST, "--images", 30, "--attack", "pgd", "--eps", "0.1", "--json"))
        self.assertEqual(found.clean._asdict(), theirs["clean"])
        self.assertEqual(found.robust._asdict(), theirs["robust"])
        self.assertEqual(found.attacks, theirs["attacks"])
        self.assertTrue((self.folder / "out/verdicts.csv").is_file())

    def test_every_image_has_a_verdict(self):
        found = stitchscope.evaluate(FRONT, TEST, images=20)
        right = [row["verdict"] == "correct" for row in found.table("list")]
        self.assertEqual((sum(right), len(right)), found.clean)
        self.assertTrue(all(row["attack"] is None and isinstance(row["label"], int) for row in found.verdicts))
        self.assertIsNone(found.robust)
        low, high = found.clean.interval
        self.assertTrue(low < found.clean.share <= high)

    @needs("numpy")
    def test_images_that_fool_are_kept(self):
        images, labels = zoo_images("fashion-test")
        found = stitchscope.evaluate("zoo:fashion-standard-a", (images[:20], labels[:20]), attack="pgd", eps="0.1", keep=True)
        kept = found.adversarial
        fooled = [row for row in found.verdicts if row["verdict"] == "fooled"]
        self.assertEqual(kept["images"].shape, (len(fooled), 1, 28, 28))
        self.assertEqual(list(kept["indices"]), [row["image"] for row in fooled])
        change = abs(kept["images"][:, 0] - images[kept["indices"]] / 255).max()
        self.assertLessEqual(change, 0.1 + 1e-6)

    def test_what_it_does_not_take_is_told(self):
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "--loss"):
            stitchscope.evaluate(FRONT, TEST, attack={"method": "pgd", "eps": 0.1, "loss": "dlr"})
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "without an attack"):
            stitchscope.evaluate(FRONT, TEST, eps=0.1)


class Look(unittest.TestCase):
    def test_taps_are_the_command_lines(self):
        self.assertEqual(stitchscope.inspect(FRONT), json.loads(command("inspect", FRONT, "--json")))

    def test_a_representation_becomes_a_picture(self):
        picture = stitchscope.invert([FRONT, "zoo:fashion-standard-a"], "layer2.1.relu", images=2, steps=2)
        self.assertTrue(picture._repr_png_().startswith(b"\x89PNG"))
        self.assertEqual(len(picture.told), 3)
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "layer9"):
            stitchscope.invert(FRONT, "layer9", images=1, steps=1)
        with self.assertRaisesRegex(stitchscope.StitchscopeError, "as their files say"):
            stitchscope.invert({"model": FRONT, "output": "logits"}, "layer2.1.relu")


class Gradient(InFolder):
    @needs("numpy", "onnxruntime")
    def test_onnx_runtime_runs_it_and_differences_agree(self):
        import numpy as np
        import onnxruntime

        path = self.folder / "grad.onnx"
        command("grad", FRONT, "-o", path)
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        names = [port.name for port in session.get_inputs()], [port.name for port in session.get_outputs()]
        self.assertEqual(names, (["image", "label"], ["loss", "gradient", "logits"]))
        images, labels = zoo_images("fashion-test")
        image, label = (images[:4, None] / 255).astype(np.float32), labels[:4].astype(np.int64)

        def at(image, label):
            return [values.astype(np.float64) for values in session.run(None, {"image": image, "label": label})]

        loss, gradient, logits = at(image, label)
        told = np.log(np.exp(logits).sum(1)) - logits[np.arange(4), label]
        np.testing.assert_allclose(loss, told, rtol=1e-4, atol=1e-5)
        # Along each image's own gradient the loss rises by the gradient's length.
        length = np.sqrt((gradient**2).sum((1, 2, 3)))
        step = (gradient / length[:, None, None, None] / 2048).astype(np.float32)
        slope = (at(image + step, label)[0] - at(image - step, label)[0]) * 1024
        np.testing.assert_allclose(slope, length, rtol=0.05)
        # An image's gradient is its own, whatever stands beside it.
        np.testing.assert_allclose(at(image[2:3], label[2:3])[1], gradient[2:3], rtol=1e-4, atol=1e-6)

    def test_a_loss_that_is_not_known_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "cross-entropy"):
            command("grad", FRONT, "--loss", "hinge", "-o", self.folder / "grad.onnx")


if __name__ == "__main__":
    unittest.main()
