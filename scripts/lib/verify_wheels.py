#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every file the wheels unpacked into a folder list is there with its size.

usage: verify_wheels.py FOLDER
Sizes, not hashes: what this looks for is an unpacking that stopped half-way (pip itself has checked
the archives), and hashing a gigabyte takes longer than the rest of a set-up.
"""
import csv
import pathlib
import sys


def problems(folder: pathlib.Path) -> list[str]:
    records = sorted(folder.glob("*.dist-info/RECORD"))
    found = {record.parent.name.split("-")[0] for record in records}
    result = [f"no {name} wheel" for name in ("torch", "nvidia_cuda_runtime", "nvidia_cuda_cupti")
              if name not in found]
    for record in records:
        with record.open(newline="", encoding="utf-8") as rows:
            for name, _, size in csv.reader(rows):
                if not size or name.startswith(".."):
                    continue
                path = folder / name
                # pip rewrites the INSTALLER's and the scripts' first lines; the libraries it does not.
                if not path.exists():
                    result.append(f"{name} is missing")
                elif ".so" in path.name and path.stat().st_size != int(size):
                    result.append(f"{name} has {path.stat().st_size} bytes, not {size}")
    return result


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    found = problems(pathlib.Path(sys.argv[1]))
    for line in found[:10]:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
