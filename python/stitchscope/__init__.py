"""Stitchscope from Python: where two neural networks fit together."""
