// SPDX-License-Identifier: Apache-2.0
// Writes CONTENT to PATH once. files_test.cpp starts it with AGON_KILL_AT and looks at what is
// left.
#include <exception>
#include <string_view>

#include "runtime/base/files.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    agon::WriteFileAtomic(argv[1], std::string_view(argv[2]));
  } catch (const std::exception&) {
    return 1;
  }
  return 0;
}
