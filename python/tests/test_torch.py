"""Modules, tensors and loaders of PyTorch; left out where it is not installed."""

import sys
import unittest
from collections import OrderedDict

from support import SHORT, InFolder, command, needs, zoo_images

import stitchscope

SETTINGS = {"stitch": SHORT, "controls": [], "progress": False}


def network(width, seed):
    """A small network on grey images of 28 x 28, made and never trained."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    block = lambda inputs, outputs: nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU())
    layers = OrderedDict(first=block(1, width), second=block(width, 2 * width), pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten())
    return nn.Sequential(OrderedDict(**layers, fc=nn.Linear(2 * width, 10)))


@needs("torch", "numpy", "onnx", "onnxruntime")
class Modules(InFolder):
    def setUp(self):
        import torch

        super().setUp()
        self.torch = torch
        images, labels = zoo_images("fashion-test")
        self.images = torch.tensor(images[:80])[:, None] / 255
        self.labels = torch.tensor(labels[:80]).long()
        self.halves = (self.images[:40], self.labels[:40]), (self.images[40:], self.labels[40:])

    def test_two_modules_are_stitched_and_give_the_command_lines_numbers(self):
        front, end = network(4, 0), network(6, 1).train()
        found = stitchscope.stitch(front, end, *self.halves, names=("narrow", "wide"), **SETTINGS)
        self.assertEqual([cell["front_tap"] for cell in found.cells], ["first.2", "second.2"])
        # Neither the mode nor the weights of what was handed over have changed.
        self.assertTrue(end.training)
        for donor, net in zip(found.donors, (front, end)):
            self.assertEqual(donor["clean"]["correct"], self.right(net))
        kept = found.save(self.folder / "kept")
        self.assertTrue((kept.folder / "inputs/narrow.onnx").is_file())
        command("run", "inputs/recipe.toml", "--out", "again", folder=kept.folder)
        again = stitchscope.open(kept.folder / "again")
        for ours, theirs in zip(found.cells, again.cells):
            self.assertEqual({**ours, "seconds": 0}, {**theirs, "seconds": 0})

    def right(self, net):
        with self.torch.no_grad():
            return int((net.eval()(self.halves[1][0]).argmax(1) == self.halves[1][1]).sum())

    def test_loaders_and_data_sets_are_the_tensors_they_hold(self):
        from torch.utils.data import DataLoader, TensorDataset

        net = network(4, 0)
        expected = stitchscope.evaluate(net, (self.images, self.labels)).clean
        data = TensorDataset(self.images, self.labels)
        self.assertEqual(stitchscope.evaluate(net, data).clean, expected)
        self.assertEqual(stitchscope.evaluate(net, DataLoader(data, batch_size=7)).clean, expected)

    def test_a_module_is_inspected_and_inverted(self):
        net = network(4, 0)
        taps = [tap["name"] for tap in stitchscope.inspect(net, shape=(1, 28, 28))["taps"] if tap["block_output"]]
        self.assertEqual(taps, ["first.2", "second.2"])
        wrapped = stitchscope.inspect(self.torch.nn.DataParallel(net), shape=(1, 28, 28))
        self.assertEqual([tap["name"] for tap in wrapped["taps"] if tap["block_output"]], taps)
        picture = stitchscope.invert(net, "first.2", (self.images, self.labels), images=2, steps=2)
        self.assertEqual(len(picture.told), 2)

    def test_pixels_are_normalised_inside(self):
        from stitchscope.export import with_pixels

        net = network(4, 0)
        inside = stitchscope.evaluate(with_pixels(net, ((0.5,), (0.25,))), (self.images, self.labels)).clean
        with self.torch.no_grad():
            right = (net.eval()((self.images - 0.5) / 0.25).argmax(1) == self.labels).sum()
        self.assertEqual(inside.correct, right)

    def test_what_cannot_be_exported_is_told(self):
        nn = self.torch.nn
        with self.assertRaisesRegex(stitchscope.Refused, "ends in Softmax"):
            stitchscope.evaluate(nn.Sequential(network(4, 0), nn.Softmax(1)), (self.images, self.labels))
        with self.assertRaisesRegex(stitchscope.StitchscopeError, r"give shape=\(channels, rows, columns\)"):
            stitchscope.inspect(network(4, 0))

    def test_the_exporter_is_a_command(self):
        path = self.folder / "net.onnx"
        net = "robustbench:PreActResNet18"
        sys.argv[1:], before = [net, "--random", "0", "--option", "widths=(4, 4, 4, 4)", "--size", "8", "-o", str(path)], sys.argv[1:]
        try:
            from stitchscope.export import main

            main()
        finally:
            sys.argv[1:] = before
        self.assertIn("layer4.1.add", [tap["name"] for tap in stitchscope.inspect(path)["taps"]])

    @needs("torchvision")
    def test_two_networks_of_torchvision(self):
        from torchvision.models import resnet18

        nets = [resnet18(weights=None, num_classes=10) for _ in range(2)]
        images = self.images.repeat(1, 3, 1, 1)
        halves = (images[:24], self.labels[:24]), (images[24:40], self.labels[24:40])
        found = stitchscope.stitch(*nets, *halves, ["layer1.1.relu_1", "layer2.1.relu_1"], **{**SETTINGS, "stitch": {"train": "none"}})
        self.assertEqual(len(found.cells), 2)


if __name__ == "__main__":
    unittest.main()
