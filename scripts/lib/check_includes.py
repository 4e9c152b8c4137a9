#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every #include follows the order of the folders (docs/architecture.md).

usage: check_includes.py [ROOT]

A folder may include every folder above it, none below; a module may not include another module, but
defenses may include attacks. The first five folders, the viewer, the games, the search and cli/main.cpp
stay free of LibTorch, directly and through other headers of ours, and so do .cu files. A header never
includes LibTorch's umbrella headers.
Prints one line for each violation, as file:line: message; exit status 1 when there is one.
"""
import functools
import pathlib
import re
import sys

# The table, in order of dependency.
ORDER = [
    "runtime/base", "runtime/config", "runtime/plugin", "runtime/formats", "runtime/record",
    "runtime/tensor", "runtime/nn", "runtime/train", "runtime/media", "runtime/data", "runtime/run",
    "runtime/dist", "attacks", "defenses", "cyclegan", "selfplay", "viewer", "bench", "cli",
]
BASE = ORDER[:5]
MODULES = ["attacks", "defenses", "cyclegan", "selfplay", "viewer"]
MODULE_EDGES = {("defenses", "attacks")}
TORCH_FREE = BASE + ["viewer", "selfplay/games", "selfplay/search", "cyclegan/world",
                     "cyclegan/video", "runtime/media", "cli/main.cpp"]
# What may include everything: checked for LibTorch's umbrella headers only.
OUTSIDE = ["tests", "fuzz", "examples", "cmake"]

# All of LibTorch but its version number, which is three macros.
TORCH = re.compile(r"^(?!torch/headeronly/version\.h$)(torch|ATen|c10|caffe2|torchgen)/")
UMBRELLA = {"torch/torch.h", "torch/all.h", "torch/extension.h", "torch/script.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
HEADERS = {".h", ".hpp", ".cuh"}
SOURCES = HEADERS | {".cpp", ".cc", ".cu"}


def under(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def folder_of(path: str) -> str | None:
    """The row of the table a file belongs to; the program's main file is its own, thin, case."""
    return next((folder for folder in ORDER if under(path, folder)), None)


class Tree:
    """The includes of a source tree, read once per file."""

    def __init__(self, root: pathlib.Path):
        self.root = root

    def files(self) -> list[str]:
        tops = sorted({folder.split("/")[0] for folder in ORDER} | set(OUTSIDE))
        found = [path for top in tops for path in (self.root / top).rglob("*")
                 if path.suffix in SOURCES and path.is_file()]
        return sorted(path.relative_to(self.root).as_posix() for path in found)

    @functools.cache
    def includes(self, path: str) -> list[tuple[int, str]]:
        text = (self.root / path).read_text(encoding="utf-8")
        return [(number, match.group(1)) for number, line in enumerate(text.splitlines(), 1)
                if (match := INCLUDE.match(line))]

    def torch_through(self, path: str, seen: frozenset[str] = frozenset()) -> list[str] | None:
        """The chain of includes by which a file reaches LibTorch, or None."""
        for _, name in self.includes(path):
            if TORCH.match(name):
                return [name]
            if name not in seen and folder_of(name) and (self.root / name).is_file():
                chain = self.torch_through(name, seen | {path, name})
                if chain:
                    return [name] + chain
        return None


def edge_problem(source: str, target: str) -> str | None:
    """Why a file of folder `source` may not include one of folder `target`; None when it may."""
    if source == target:
        return None
    if source == "viewer" and target not in BASE + ["runtime/media"]:
        return f"viewer includes {target}; it may include the first five folders and runtime/media only"
    if ORDER.index(target) > ORDER.index(source):
        return f"{source} includes {target}, which is below it"
    if source in MODULES and target in MODULES and (source, target) not in MODULE_EDGES:
        return f"module {source} includes module {target}"
    return None


def check_file(tree: Tree, path: str) -> list[str]:
    problems = []
    own = folder_of(path)
    suffix = pathlib.PurePosixPath(path).suffix
    for number, name in tree.includes(path):
        place = f"{path}:{number}: "
        beside = (tree.root / path).parent / name
        if not (tree.root / name).is_file() and beside.is_file():
            problems.append(place + f'"{name}" is written from the root: '
                            f'"{beside.resolve().relative_to(tree.root.resolve()).as_posix()}"')
        if suffix in HEADERS and name in UMBRELLA and path != "cmake/torch_pch.h":
            problems.append(place + f"a header includes <{name}>; headers take <torch/types.h> at most")
        target = folder_of(name)
        if own and target:
            problem = edge_problem(own, target)
            if problem:
                problems.append(place + problem)
        elif own and any(under(name, folder) for folder in OUTSIDE):
            problems.append(place + f"{own} includes {name}, which is no part of the product")
    if any(under(path, free) for free in TORCH_FREE) or suffix == ".cu":
        chain = tree.torch_through(path)
        if chain:
            kind = "a .cu file" if suffix == ".cu" else path
            problems.append(f"{path}:1: {kind} is to stay free of LibTorch but reaches it: "
                            + " -> ".join(chain))
    return problems


def check(root: pathlib.Path) -> tuple[int, list[str]]:
    tree = Tree(root)
    files = tree.files()
    return len(files), [problem for path in files for problem in check_file(tree, path)]


def main() -> int:
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 0 if len(sys.argv) == 2 else 2
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) == 2 else pathlib.Path(__file__).parents[2]
    count, problems = check(root)
    print("\n".join(problems), end="\n" if problems else "")
    if count == 0:
        print(f"{root}: no source file found", file=sys.stderr)
        return 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
