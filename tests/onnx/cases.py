"""Writes the standard's own tests, as the package `onnx` carries them, into a folder: python cases.py FOLDER

One folder for each test, by kind: `model.onnx`, and `input_I.pb` and `output_I.pb` with the tensors of its first data set. An
empty file `bfloat16` says that outputs are of that type, for which the standard's tolerance is wider.
Node tests are made by the package's own code; the others lie in it as files. Types that are no tensor (sequences, optionals,
maps) leave an empty file.
"""

import shutil
import sys
import warnings
from pathlib import Path

import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.runner import Runner

DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"
STORED = ["simple", "pytorch-converted", "pytorch-operator", "light"]


def tensor(value, info):
    """The bytes of a `TensorProto`, or none for what is no tensor."""
    if not info.type.HasField("tensor_type"):
        return b""
    if isinstance(value, onnx.TensorProto):
        return value.SerializeToString()
    return numpy_helper.from_array(value, info.name).SerializeToString()


def node_tests(folder):
    """The tests of single operators; those of other domains too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    for case in cases:
        own = folder / "node" / case.name
        own.mkdir(parents=True)
        (own / "model.onnx").write_bytes(case.model.SerializeToString())
        inputs, outputs = case.data_sets[0]
        for kind, values, infos in [("input", inputs, case.model.graph.input), ("output", outputs, case.model.graph.output)]:
            for index, (value, info) in enumerate(zip(values, infos)):
                (own / f"{kind}_{index}.pb").write_bytes(tensor(value, info))
                if kind == "output" and info.type.tensor_type.elem_type == onnx.TensorProto.BFLOAT16:
                    (own / "bfloat16").touch()


def stored_tests(folder):
    """Small networks and operators as older exporters wrote them."""
    for kind in STORED:
        for model in sorted((DATA / kind).glob("*/model.onnx")):
            own = folder / kind / model.parent.name
            own.mkdir(parents=True)
            shutil.copy(model, own)
            for path in sorted((model.parent / "test_data_set_0").glob("*.pb")):
                shutil.copy(path, own)
    for model in sorted((DATA / "light").glob("*.onnx")):
        own = folder / "light" / model.stem
        own.mkdir(parents=True)
        shutil.copy(model, own / "model.onnx")
        graph = onnx.load(model).graph
        weights = {initializer.name for initializer in graph.initializer}
        inputs = [info for info in graph.input if info.name not in weights]
        for index, info in enumerate(inputs):
            image = Runner.generate_dummy_data(info, random=False)
            (own / f"input_{index}.pb").write_bytes(tensor(image, info))
        shutil.copy(model.with_name(f"{model.stem}_output_0.pb"), own / "output_0.pb")


def main():
    """Writes beside the folder first, so that a folder that is there is whole."""
    folder = Path(sys.argv[1])
    beside = folder.with_name(folder.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    node_tests(beside)
    stored_tests(beside)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)


main()
