"""Recipes: the text says what was asked, in keys that the program knows."""

import json
import sys
import unittest
from pathlib import Path

from support import command, needs

from stitchscope import StitchscopeError, inputs, options, recipe


class Text(unittest.TestCase):
    def test_it_is_read_back(self):
        if sys.version_info < (3, 11):
            self.skipTest("Python reads TOML from 3.11 on")
        import tomllib

        tables = {
            "front": {"model": 'C:\\nets\\"a"\u7f51\n\x7f.onnx', "output": None},
            "taps": {"pairs": [["a", "b"], ("c", "d")]},
            "stitch": {"epochs": 3, "lr": 1e-3, "flip": True, "seeds": range(3)},
            "attack": {},
            "data": {"train": Path("x")},
        }
        read = tomllib.loads(recipe.write(tables))
        self.assertEqual(read["front"], {"model": 'C:\\nets\\"a"\u7f51\n\x7f.onnx'})
        self.assertEqual(read["taps"], {"pairs": [["a", "b"], ["c", "d"]]})
        self.assertEqual(read["stitch"], {"epochs": 3, "lr": 1e-3, "flip": True, "seeds": [0, 1, 2]})
        self.assertEqual(read["data"], {"train": "x"})
        self.assertNotIn("attack", read)

    @needs("numpy")
    def test_numbers_of_numpy_are_numbers(self):
        import numpy as np

        self.assertEqual(recipe.value_of("k", np.arange(3)), "[0, 1, 2]")
        self.assertEqual(recipe.value_of("k", np.float64(0.5)), "0.5")
        self.assertEqual(recipe.value_of("k", np.bool_(True)), "true")

    def test_other_things_are_refused_by_key(self):
        with self.assertRaisesRegex(TypeError, "stitch.lr is <object"):
            recipe.write({"stitch": {"lr": object()}})

    def test_the_keys_are_the_programs(self):
        schema = json.loads(command("recipe", "--schema"))
        known = {name: set(table["properties"]) for name, table in schema["properties"].items()}
        ours = {
            "front": options.Reading,
            "end": options.Reading,
            "stitch": options.Stitch,
            "attack": options.Attack,
            "train_attack": options.TrainAttack,
            "probe": options.Probe,
            "run": options.Run,
        }
        for name, table in ours.items():
            self.assertEqual(set(table.__annotations__), known[name], name)
        # The other two are arguments of their own.
        self.assertEqual(set(options.Data.__annotations__) | {"train", "test"}, known["data"])
        # A call is one study: many are for `stitchscope sweep`.
        self.assertEqual(set(known) - set(ours), {"data", "taps", "controls", "sweep"})


class Arguments(unittest.TestCase):
    def test_taps_are_words_names_or_pairs(self):
        self.assertEqual(inputs.tap_pairs("all"), "all")
        self.assertEqual(inputs.tap_pairs(["a", ("b", "c")]), [["a", "a"], ["b", "c"]])

    def test_an_attack_is_a_word_or_a_table(self):
        self.assertEqual(inputs.attack_table(None, None), {})
        self.assertEqual(inputs.attack_table("pgd", "8/255"), {"method": "pgd", "eps": "8/255"})
        self.assertEqual(inputs.attack_table({"method": "square"}, 0.1), {"method": "square", "eps": 0.1})
        with self.assertRaisesRegex(StitchscopeError, "without an attack"):
            inputs.attack_table(None, 0.1)

    def test_tables_become_options(self):
        self.assertEqual(
            inputs.network_options({"model": "m", "size": (8, 9), "output": None, "layout": "channels-last"}),
            ["m", "--size=8x9", "--layout=channels-last"],
        )
        self.assertEqual(inputs.attack_options({"eps": 0.1, "method": "pgd"}), ["--attack=pgd", "--eps=0.1"])


if __name__ == "__main__":
    unittest.main()
