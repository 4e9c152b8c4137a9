#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every source file carries the SPDX line among its first three lines.

usage: check_spdx.py FILE...
"""
import pathlib
import sys

LINE = "SPDX-License-Identifier: Apache-2.0"
SUFFIXES = {".h", ".hpp", ".cpp", ".cc", ".cu", ".cuh", ".py", ".sh", ".cmake", ".toml", ".yaml", ".yml"}


def is_source(path: pathlib.Path) -> bool:
    if "corpus" in path.parts:  # seeds of the fuzzers are data, damaged ones too
        return False
    if path.suffix in SUFFIXES or path.name == "CMakeLists.txt":
        return True
    with path.open("rb") as file:
        return file.read(2) == b"#!"


def has_line(path: pathlib.Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return any(LINE in line for _, line in zip(range(3), file))


def main() -> int:
    files = [pathlib.Path(name) for name in sys.argv[1:]]
    bad = [path for path in files if path.is_file() and is_source(path) and not has_line(path)]
    for path in bad:
        print(f"{path}: no '{LINE}' in the first three lines")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
