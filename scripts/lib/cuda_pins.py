#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the GPU wheels that the torch wheel in a folder asks for, one requirement a line.

usage: cuda_pins.py FOLDER
Python-only requirements (triton, cuda-bindings) are left out: nothing of ours imports torch.
"""
import pathlib
import re
import sys


def pins(metadata: str) -> list[str]:
    result = []
    for line in metadata.splitlines():
        match = re.match(r"Requires-Dist: ((?:nvidia-|cuda-toolkit)[^;]*==[^;\s]+)", line)
        if match:
            result.append(match.group(1).strip())
    return result


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for path in pathlib.Path(sys.argv[1]).glob("torch-*.dist-info/METADATA"):
        print("\n".join(pins(path.read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
