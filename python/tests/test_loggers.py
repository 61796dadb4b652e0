"""The loggers, on tools that are played."""

import sys
import types
import unittest
from unittest import mock

from support import END, FRONT, TEST, TRAIN, needs

import stitchscope
from stitchscope import loggers


class Loggers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.result = stitchscope.stitch(
            FRONT,
            END,
            TRAIN,
            TEST,
            [("relu", "relu"), ("layer3.0.relu", "layer3.1.relu")],
            data={"train_images": 60, "test_images": 20},
            stitch={"train": "none", "seeds": [0, 1]},
            controls=[],
            progress=False,
        )

    @classmethod
    def tearDownClass(cls):
        del cls.result

    def test_curves_are_means_over_seeds_by_pair(self):
        curves = loggers.curves(self.result)
        self.assertEqual([tap for tap, _ in curves], ["relu", "layer3.0.relu > layer3.1.relu"])
        cells = [cell for cell in self.result.cells if cell["front_tap"] == "relu"]
        mean = sum(cell["clean"]["correct"] / 20 for cell in cells) / len(cells)
        self.assertAlmostEqual(curves[0][1]["clean"], mean)
        self.assertNotIn("robust", curves[0][1])

    def test_weights_and_biases(self):
        fake = types.SimpleNamespace(run=mock.Mock(), Table=mock.Mock(), Image=mock.Mock())
        with mock.patch.dict(sys.modules, wandb=fake):
            loggers.to_wandb(self.result)
            first = fake.run.log.call_args_list[0].args[0]
            self.assertEqual((first["stitchscope/pair"], first["stitchscope/tap"]), (0, "relu"))
            self.assertEqual(len(fake.Table.call_args.kwargs["data"]), len(self.result.cells))
            fake.run = None
            with self.assertRaisesRegex(stitchscope.StitchscopeError, "wandb.init"):
                loggers.to_wandb(self.result)

    def test_mlflow(self):
        fake = types.SimpleNamespace(log_metrics=mock.Mock(), log_artifact=mock.Mock())
        with mock.patch.dict(sys.modules, mlflow=fake):
            loggers.to_mlflow(self.result, "run")
        self.assertEqual([call.kwargs["step"] for call in fake.log_metrics.call_args_list], [0, 1])
        self.assertEqual(len(fake.log_artifact.call_args_list), len(loggers.KEPT))

    def test_tensorboard(self):
        writer = mock.Mock()
        loggers.to_tensorboard(self.result, writer)
        logged = {(call.args[0], call.args[2]) for call in writer.add_scalar.call_args_list}
        self.assertLessEqual({("stitchscope/clean", 0), ("stitchscope/cka", 1)}, logged)

    @needs("torch", "tensorboard")
    def test_tensorboards_own_writer(self):
        import tempfile

        from torch.utils.tensorboard import SummaryWriter

        with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            loggers.to_tensorboard(self.result, writer)


if __name__ == "__main__":
    unittest.main()
