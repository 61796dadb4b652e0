"""What the peers share: networks rebuilt in PyTorch from ONNX weights, and the protocol with the benchmark.

A peer prepares, prints `ready TEXT`, and then for each line on its input runs one repetition and prints
`seconds processor_seconds peak_kib`. The benchmark decides when, so that both sides take turns on the same machine.
"""

import os
import resource
import sys
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

THREADS = int(os.environ.get("STITCHSCOPE_BENCH_THREADS", "2"))


def serve(text, repetition):
    """Answers each line of input with the time of one repetition."""
    print("ready", text, flush=True)
    for _ in sys.stdin:
        processor, start = time.process_time(), time.perf_counter()
        repetition()
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
        print(seconds, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


class Network(torch.nn.Module):
    """An ONNX classifier of Conv, BatchNormalization, Relu, Add, ReduceMean and Gemm, run node by node.

    `fold` merges each BatchNorm (eval mode) into the convolution before it. Parameters take no gradient.
    """

    def __init__(self, path, fold=False):
        super().__init__()
        graph = onnx.load(path).graph
        self.output, self.image = graph.output[0].name, graph.input[0].name
        self.shape = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim[1:]]
        self.values = {i.name: torch.from_numpy(numpy_helper.to_array(i).copy()) for i in graph.initializer}
        nodes = []
        for node in graph.node:
            if node.op_type == "Identity":
                self.values[node.output[0]] = self.values[node.input[0]]
            else:
                nodes.append(node)
        makers = {n.output[0]: n for n in nodes}
        self.steps = []
        for node in nodes:
            settings = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            inputs, made = list(node.input), node.output[0]
            if fold and node.op_type == "BatchNormalization" and makers[inputs[0]].op_type == "Conv":
                conv = self.steps[next(i for i, s in enumerate(self.steps) if s[3] == inputs[0])]
                self._fold(conv, inputs, settings.get("epsilon", 1e-5), made)
                continue
            self.steps.append([node.op_type, settings, inputs, made])

    def _fold(self, conv, norm, epsilon, made):
        scale, shift, mean, var = (self.values[n].double() for n in norm[1:5])
        factor = scale / torch.sqrt(var + epsilon)
        weight, bias = self.values[conv[2][1]].double(), torch.zeros_like(mean)
        if len(conv[2]) > 2:
            bias = self.values[conv[2][2]].double()
        names = [made + ".w", made + ".b"]
        self.values[names[0]] = (weight * factor[:, None, None, None]).float()
        self.values[names[1]] = ((bias - mean) * factor + shift).float()
        conv[2], conv[3] = [conv[2][0], *names], made

    def channels_last(self):
        """Weights of convolutions in the layout that oneDNN likes with channels_last images."""
        for op, _, inputs, _ in self.steps:
            if op == "Conv":
                self.values[inputs[1]] = self.values[inputs[1]].contiguous(memory_format=torch.channels_last)
        return self

    def forward(self, x, replace=None, keep=()):
        """Logits; `replace` = (tensor name, function of its value) substitutes one activation, `keep` collects some."""
        live, kept = {self.image: x}, {}
        for op, settings, inputs, made in self.steps:
            args = [live[i] if i in live else self.values[i] for i in inputs]
            y = run(op, settings, args)
            if replace is not None and made == replace[0]:
                y = replace[1](y)
            live[made] = y
            if made in keep:
                kept[made] = y
        return (live[self.output], kept) if keep else live[self.output]


def run(op, settings, args):
    """One node."""
    if op == "Conv":
        bias = args[2] if len(args) > 2 else None
        return F.conv2d(args[0], args[1], bias, settings["strides"], settings["pads"][:2], groups=settings.get("group", 1))
    if op == "BatchNormalization":
        return F.batch_norm(args[0], args[3], args[4], args[1], args[2], False, 0.1, settings.get("epsilon", 1e-5))
    if op == "Relu":
        return F.relu(args[0])
    if op == "Gemm":
        return F.linear(args[0], args[1], args[2])
    if op == "ReduceMean":
        return args[0].mean((2, 3))
    if op in ("Add", "Sub", "Div"):
        return {"Add": torch.add, "Sub": torch.sub, "Div": torch.div}[op](args[0], args[1])
    raise NotImplementedError(op)


def images(count, shape, seed=0):
    """Random images [N, C, H, W] and labels: time does not depend on what they show."""
    rng = np.random.default_rng(seed)
    x = rng.random((count, *shape), dtype=np.float32)
    return torch.from_numpy(x), torch.from_numpy(rng.integers(0, 10, count))


torch.set_num_threads(THREADS)
