// SPDX-License-Identifier: Apache-2.0
// tests/viewer/game/fake_gtp.py, and waiting for what happens in other processes.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace agon::viewer {

inline const char* FakeProgram() { return AGON_SOURCE_DIR "/tests/viewer/game/fake_gtp.py"; }

inline std::vector<std::string> FakeWords(const std::string& player) {
  return {FakeProgram(), "selfplay", "gtp", "--game", "tic_tac_toe", "--player", player};
}

// True as soon as `done` is; false after half a minute, which is longer than anything takes here.
inline bool Until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace agon::viewer
