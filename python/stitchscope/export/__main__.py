"""`python -m stitchscope.export`: PyTorch networks as files."""

from . import main

main()
