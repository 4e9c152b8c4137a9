// SPDX-License-Identifier: Apache-2.0
// Waiting for what another thread or program does, with an end.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace agon {

// Far longer than anything takes here.
inline constexpr std::chrono::seconds kWaitLimit(60);

// True as soon as `done` is; false after the limit.
template <class Done>
[[nodiscard]] bool Until(const Done& done,
                         std::chrono::milliseconds poll = std::chrono::milliseconds(2)) {
  const auto limit = std::chrono::steady_clock::now() + kWaitLimit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(poll);
  }
  return true;
}

template <class Done>
void WaitFor(const Done& done) {
  ASSERT_TRUE(Until(done)) << "waited in vain";
}

}  // namespace agon
