#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The package as someone else's repository meets it: installs Agon, moves the prefix, builds
# examples/plugin against it in a folder of its own, runs its attack.yaml, and has plug-ins made for
# other versions refused.
#
# usage: plugin_package_test.sh BUILD WORK
#
# WORK is emptied first; its place never changes, so that ccache knows the files again. CMAKE, CXX and
# CMAKE_GENERATOR are the main build's.
set -euo pipefail
build=$1 work=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cmake=${CMAKE:-cmake}
data=/usr/share/datasets/fashion-mnist

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# expect_text FILE TEXT: the file contains the text.
expect_text() {
  grep -qF -- "$2" "$1" || fail "expected \"$2\" in $1, which is: $(cat "$1")"
}

# build_against PREFIX SOURCE: configures and builds SOURCE in SOURCE/build; sets torch, the version
# of LibTorch that was found.
build_against() {
  "$cmake" -S "$2" -B "$2/build" -DCMAKE_PREFIX_PATH="$1" >"$2/log" 2>&1 || fail "$(cat "$2/log")"
  torch=$(sed -n 's/^-- LibTorch \([0-9.]*\): .*/\1/p' "$2/log")
  "$cmake" --build "$2/build" --parallel 2 >>"$2/log" 2>&1 || fail "$(cat "$2/log")"
  if grep -q 'warning:' "$2/log"; then fail "our headers give warnings: $(cat "$2/log")"; fi
}

if [[ ! -d $data ]]; then
  echo "SKIPPED: $data is missing; run ./scripts/setup"
  exit 77
fi
rm -rf -- "${work:?}"
mkdir -p "$work/user"

# ---- the installed package, moved after installing: nothing may name where it first was
"$cmake" --install "$build" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/agon"
prefix=$work/agon
agon=$prefix/bin/agon
for file in include/agon/runtime/base/version.h share/agon/configs/demo.yaml share/doc/agon/LICENSE; do
  [[ -f $prefix/$file ]] || fail "$file is not installed"
done
for file in "$agon" "$prefix"/lib/*.so; do
  readelf -d "$file" | { grep -E 'R(UN)?PATH' || true; } >"$work/rpath"
  if grep -qF -e "[$build" -e ":$build" "$work/rpath"; then
    fail "$file looks for libraries in the build folder: $(cat "$work/rpath")"
  fi
  expect_text "$work/rpath" "\$ORIGIN"
done
"$agon" list attack >"$work/list" || fail "the installed program does not run"
expect_text "$work/list" "pgd"
if grep -q uniform_noise "$work/list"; then fail "uniform_noise is there without its plug-in"; fi

# ---- the example, as a repository of its own
cp -r "$here/../../examples/plugin" "$work/user/plugin"
cd "$work/user/plugin"
build_against "$prefix" "$PWD"
library=$PWD/build/uniform_noise.so
# Templates of std remain weak symbols whatever the flags say; of the plug-in's own there is one.
symbols=$(nm -D --defined-only "$library" | awk '$2 == "T" { print $3 }')
[[ $symbols == agon_plugin_descriptor ]] || fail "exported: $symbols"

"$agon" list attack --plugin build/uniform_noise.so >"$work/list"
expect_text "$work/list" "uniform_noise"
"$agon" describe uniform_noise --plugin build/uniform_noise.so >"$work/describe"
expect_text "$work/describe" "samples"
expect_text "$work/describe" "$library"

# From elsewhere: `plugins:` is relative to the configuration.
cd /
"$agon" attack "$work/user/plugin/attack.yaml" --device cpu --quiet --run "$work/run" >"$work/out"
python3 - "$work/run" "$library" "$(sha256sum "$library" | cut -d ' ' -f 1)" <<'PYTHON'
import json, pathlib, sys

run, library, digest = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
report = json.loads((run / "report.json").read_text())
correct = round(report["clean_accuracy"] * report["examples"])
noise, pgd = report["attacks"]
assert report["examples"] == 200 and correct > 0, report
assert noise["name"] == "uniform_noise" and noise["rejected"] == 0, noise
# One query per point and example that was right at first; what the harness asks is not counted.
assert noise["forwards"] == noise["queries"] == 20 * correct and noise["backwards"] == 0, noise
assert pgd["broken"] > 0, pgd
manifest = json.loads((run / "manifest.json").read_text())
assert manifest["plugins"] == [
    {"path": library, "sha256": digest, "components": ["attack/uniform_noise"]}], manifest["plugins"]
PYTHON

# ---- plug-ins that must not be loaded
cp -r "$here/refused" "$work/user/refused"
build_against "$prefix" "$work/user/refused"

# expect_refused NAME REASON: NAME.so is refused before work starts, in one line that says why.
expect_refused() {
  local file=$work/user/refused/build/$1.so status=0
  sed "s|^plugins: .*|plugins: [$file]|" "$work/user/plugin/attack.yaml" >"$work/user/$1.yaml"
  "$agon" attack "$work/user/$1.yaml" --device cpu --run "$work/run-$1" >"$work/out" 2>"$work/err" || status=$?
  ((status == 2)) || fail "$1: exit code $status instead of 2: $(cat "$work/err")"
  (($(wc -l <"$work/err") == 1)) || fail "$1: more than one line: $(cat "$work/err")"
  expect_text "$work/err" "$file: $2"
  [[ ! -e $work/run-$1 ]] || fail "$1: a run folder was left"
}
version=$(sed -n 's/^#define AGON_VERSION "\(.*\)"/\1/p' "$prefix/include/agon/runtime/base/version.h")
cure="build the plug-in against this Agon"
expect_refused other_agon "plug-in made for Agon 99.7.0, this program has $version; $cure"
expect_refused other_torch "plug-in made for LibTorch 1.13.1, this program has $torch; $cure"
expect_refused failing "the plug-in could not register: the licence of the plug-in ran out"
echo "passed"
