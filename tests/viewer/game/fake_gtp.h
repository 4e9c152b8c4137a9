// SPDX-License-Identifier: Apache-2.0
// tests/viewer/game/fake_gtp.py, and waiting for what happens in other processes.
#pragma once

#include <string>
#include <vector>

#include "tests/runtime/base/wait_for.h"

namespace agon::viewer {

inline const char* FakeProgram() { return AGON_SOURCE_DIR "/tests/viewer/game/fake_gtp.py"; }

inline std::vector<std::string> FakeWords(const std::string& player) {
  return {FakeProgram(), "selfplay", "gtp", "--game", "tic_tac_toe", "--player", player};
}

}  // namespace agon::viewer
