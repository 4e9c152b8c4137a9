#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over files, a few at once, and remembers which were clean.

usage: tidy.py --build FOLDER --cache FOLDER [--jobs N] [--checks LIST] FILE...

A file with LibTorch takes clang-tidy 30 to 50 s, so a clean result is remembered under the hash of
everything it depends on: the preprocessed text, the compile command, .clang-tidy and the tool's version.
Files that the build does not compile (headers: they are read through the sources that include them)
are left out. Prints the findings; exit status 1 when there is one.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys

Commands = dict[str, tuple[str, list[str]]]


def read_commands(build: pathlib.Path) -> Commands:
    """File -> (folder, compiler arguments) of the compile database."""
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    return {str((pathlib.Path(entry["directory"]) / entry["file"]).resolve()):
            (entry["directory"], shlex.split(entry["command"])) for entry in entries}


def without_output(arguments: list[str]) -> list[str]:
    result, skip = [], False
    for argument in arguments:
        if skip or argument == "-c":
            skip = False
        elif argument == "-o":
            skip = True
        else:
            result.append(argument)
    return result


def key_of(folder: str, arguments: list[str], salt: bytes) -> str | None:
    """None when the file does not compile; clang-tidy then says why."""
    arguments = without_output(arguments)
    done = subprocess.run(arguments + ["-E", "-P", "-C"], cwd=folder, capture_output=True, check=False)
    if done.returncode != 0:
        return None
    return hashlib.sha256(salt + " ".join(arguments).encode() + done.stdout).hexdigest()


def run_one(path: str, commands: Commands, build: pathlib.Path, cache: pathlib.Path,
            checks: str, salt: bytes) -> tuple[str, bool, str]:
    """(how it went, clean, output)."""
    folder, arguments = commands[path]
    key = key_of(folder, arguments, salt)
    mark = cache / key if key else None
    if mark and mark.exists():
        return "remembered", True, ""
    done = subprocess.run(["clang-tidy", "-p", str(build), "--quiet", f"--checks={checks}", path],
                          capture_output=True, text=True, check=False)
    if done.returncode == 0:
        if mark:
            mark.touch()
        return "clean", True, ""
    # stderr counts warnings in headers of others; the findings are on stdout.
    return "findings", False, done.stdout or done.stderr


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--checks", default="", help="added to those of .clang-tidy")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    commands = read_commands(options.build)
    wanted = [str(pathlib.Path(name).resolve()) for name in options.files]
    files = [name for name in wanted if name in commands]
    options.cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    salt = version + options.checks.encode() + pathlib.Path(".clang-tidy").read_bytes()

    remembered = failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(run_one, name, commands, options.build, options.cache, options.checks, salt)
                 for name in files]
        for task in concurrent.futures.as_completed(tasks):
            how, clean, output = task.result()
            remembered += how == "remembered"
            failed += not clean
            print(output, end="", flush=True)
    print(f"{len(files)} files, {remembered} known to be clean, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
