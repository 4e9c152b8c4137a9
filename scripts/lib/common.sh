# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What all scripts share: where things are, step lines with times, the build. Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/agon
LIBTORCH_VERSION=2.11.0
# cmake/AgonLibTorch.cmake looks here too.
LIBTORCH_DIR=$CACHE/libtorch-$LIBTORCH_VERSION
# Tests that need a Python reader (TensorBoard's) use this interpreter.
TEST_VENV=$CACHE/test-venv

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
usage_error() {
  printf '%s: %s (try --help)\n' "$(basename "$0")" "$*" >&2
  exit 2
}

# The comment block at the top of the calling script is its help.
print_help() { awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"; }

minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

# step TEXT COMMAND...: runs the command with its output in a log, one line when it starts and one
# when it is done; the log is shown only when the command fails.
step() {
  local text=$1 start=$SECONDS log status=0
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/agon-step.XXXXXX")
  say "-- $text ..."
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    tail -n 60 "$log" >&2
    say "-- $text: FAILED after $(minutes $((SECONDS - start))), exit code $status; whole log: $log" >&2
    return "$status"
  fi
  rm -f "$log"
  say "-- $text: done in $(minutes $((SECONDS - start)))"
}

# A file with LibTorch takes the compiler up to 1.5 GB: as many jobs as cores, fewer on small memory.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemTotal/ { print int($2 / 1048576 / 1.5) }' /proc/meminfo)
  ((memory < 1)) && memory=1
  say $((cores < memory ? cores : memory))
}

# build PRESET [TARGET...]: configures and builds; ninja's own progress is shown.
build() {
  local preset=$1 start=$SECONDS
  shift
  step "configure ($preset)" cmake -S "$ROOT" --preset "$preset" || return
  say "-- build ($preset) ..."
  (cd "$ROOT" && cmake --build --preset "$preset" -j "$(build_jobs)" ${1:+--target "$@"}) || {
    say "-- build ($preset): FAILED" >&2
    return 1
  }
  say "-- build ($preset): done in $(minutes $((SECONDS - start)))"
}
