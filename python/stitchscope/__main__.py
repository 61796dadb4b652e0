"""`python -m stitchscope`: the program, with its own arguments."""

import subprocess
import sys

from . import program
from .errors import StitchscopeError


def main() -> int:
    """The program's exit code."""
    try:
        return subprocess.call([program.find(), *sys.argv[1:]], env=program.environment())
    except StitchscopeError as why:
        print(f"error: {why}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
