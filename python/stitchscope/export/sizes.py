"""Write out what an exported network computes from sizes alone.

The exporter records ``x.shape[2] // 4`` as a chain of small nodes, and what was
computed from such sizes (padding, attention masks, copies of shared weights) as
more of them. With a fixed image size all of that is constant, but for the few
numbers that hold the batch.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

# What is the same for all of these is taken to be the same for every batch; the export then compares with PyTorch.
BATCHES = (1, 2, 3, 7)


def fold(path, shape):
    """Rewrites the file at `path`, whose input `image` has this shape behind its batch."""
    model = onnx.load(str(path))
    constant = constants(model, fixed(model.graph), shape)
    kept, live = [], {output.name for output in model.graph.output}
    for node in reversed(model.graph.node):
        if any(name in live and name not in constant for name in node.output):
            kept.append(node)
            live.update(node.input)
    weights = [w for w in model.graph.initializer if w.name in live]
    weights += [numpy_helper.from_array(value, name) for name, value in constant.items() if name in live]
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.node.extend(reversed(kept))
    model.graph.initializer.extend(weights)
    onnx.save(model, str(path))


def fixed(graph):
    """Names of results that no pixel reaches: a size is known without them."""
    moving, found = {i.name for i in graph.input}, []
    for node in graph.node:
        if node.op_type not in ("Shape", "Size") and moving.intersection(node.input):
            moving.update(node.output)
        else:
            found.extend(name for name in node.output if name)
    return found


def constants(model, names, shape):
    """Name -> value of those among `names` that are the same for every batch."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
    runs = [session.run(names, {"image": np.zeros((batch, *shape), np.float32)}) for batch in BATCHES]
    same = lambda values: all(isinstance(v, np.ndarray) and np.array_equal(v, values[0]) for v in values)
    return {name: values[0] for name, *values in zip(names, *runs) if same(values)}
