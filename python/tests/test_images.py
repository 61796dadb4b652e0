"""Image sets in every form that people have them in."""

import unittest
from pathlib import Path

from support import InFolder, needs

from stitchscope import StitchscopeError, images, inputs


@needs("numpy")
class Forms(InFolder):
    def setUp(self):
        import numpy as np

        super().setUp()
        self.np = np
        self.x = np.arange(5 * 3 * 4 * 4, dtype=np.uint8).reshape(5, 3, 4, 4)
        self.y = np.array([0, 1, 2, 0, 1])

    def same(self, given):
        found, labels = images.arrays(given, "train")
        self.assertTrue(self.np.array_equal(found, self.x) and self.np.array_equal(labels, self.y))

    def test_pairs_batches_sets_and_generators(self):
        batches = [(self.x[:3], self.y[:3]), (self.x[3:], self.y[3:])]
        singles = [(image, int(label)) for image, label in zip(self.x, self.y)]
        places = type("Set", (), {"__len__": lambda _: 5, "__getitem__": lambda _, i: singles[i]})()
        for given in ((self.x, self.y), [self.x, self.y], batches, iter(batches), singles, places):
            self.same(given)

    def test_labels_may_be_lists_and_rows(self):
        self.same((self.x, self.y.tolist()))
        self.assertEqual(images.arrays((self.x, self.np.eye(3)[self.y]), "train")[1].shape, (5, 3))

    def test_doubles_become_floats_and_bytes_stay(self):
        self.assertEqual(images.array(self.np.zeros(3)).dtype, self.np.float32)
        self.assertEqual(images.array(self.x).dtype, self.np.uint8)

    def test_what_is_wrong_is_told(self):
        x = self.x
        for given, told in [
            (x, "without labels"),
            ((x, self.y[:3]), "5 images and 3 labels"),
            ([], "holds no images"),
            (5, "train is int; give a path"),
            (iter([x, x]), "gives ndarray instead of an image"),
            ([(x[0], 0), (x[0, :, :2], 1)], "not of one size"),
            ((self.np.float32([[[-2.0, 2.6]]]), self.y[:1]), r"run from -2 to 2.6.*with_pixels"),
            ((self.np.float32([[[self.np.nan]]]), self.y[:1]), "run from nan"),
        ]:
            with self.subTest(told), self.assertRaisesRegex(StitchscopeError, told):
                images.arrays(given, "train")

    def test_another_range_is_let_through_where_it_is_named(self):
        images.arrays((self.np.float32([[[0.0, 255.0]]]), self.y[:1]), "train", unit=False)

    def test_shapes_are_read_as_the_program_reads_them(self):
        for sizes, shape in [((9, 28, 28), (1, 28, 28)), ((9, 3, 8, 8), (3, 8, 8)), ((9, 8, 6, 1), (1, 8, 6)), ((9, 3, 8, 3), None), ((9, 8, 8, 8), None)]:
            self.assertEqual(images.shape_of(self.np.zeros(sizes, "uint8")), shape)

    def test_sets_are_laid_down_and_references_handed_on(self):
        self.assertEqual(inputs.image_set((self.x, self.y), "test", self.folder), ("inputs/test.npz", (3, 4, 4)))
        with self.np.load(self.folder / "inputs/test.npz") as laid:
            self.assertTrue(self.np.array_equal(laid["images"], self.x) and self.np.array_equal(laid["labels"], self.y))
        self.assertEqual(inputs.image_set("zoo:fashion-test", "test", self.folder), ("zoo:fashion-test", (1, 28, 28)))
        self.assertEqual(inputs.image_set(Path("pictures"), "test", self.folder), (str(Path("pictures").absolute()), None))


if __name__ == "__main__":
    unittest.main()
