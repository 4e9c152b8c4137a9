// SPDX-License-Identifier: Apache-2.0
// A program that answers as agon does, in a few lines of sh: `check` with a schema, a resolved
// file or a verdict; a command with a run that goes on until RUN/control/*.json says stop.
//
// Thread safety: one thread.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/files.h"
#include "tests/viewer/runs/schema_fixture.h"

namespace agon::viewer {

// Writes it to FOLDER/agon. A configuration that holds `wrong` is refused.
inline Path WriteFakeAgon(const Path& folder) {
  std::filesystem::create_directories(folder);
  WriteFileAtomic(folder / "schema.json", SchemaFixture().dump());
  Path program = folder / "agon";
  std::ofstream(program) << "#!/bin/sh\nhere='" << folder.string() << R"('
for file; do :; done  # the last word
refuse() { echo "error: $file:1:1: label: $1" >&2; exit 2; }
case "$*" in
  "check --schema"*) cat "$here/schema.json" ;;
  "check --resolved"*)
    grep -q wrong "$file" && refuse "is wrong"
    cat "$file"; echo "resolved: true" ;;
  "check"*)
    grep -q wrong "$file" && refuse "is wrong"
    echo "$file: ok, a configuration of agon attack" ;;
  *)
    run=; resume=
    while [ $# -gt 0 ]; do
      [ "$1" = --run ] && run=$2
      [ "$1" = --resume ] && resume=$2
      shift
    done
    if [ -n "$resume" ]; then echo "$resume" > "$here/resumed"; exit 0; fi
    grep -q refuse "$file" && refuse "is refused"
    mkdir -p "$run"
    cp "$file" "$run/config.yaml"
    echo '{"format": 1, "status": "done", "command": "attack"}' > "$run/manifest.json.new"
    mv "$run/manifest.json.new" "$run/manifest.json" ;;
esac
)";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  return program;
}

}  // namespace agon::viewer
