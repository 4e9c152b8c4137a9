// SPDX-License-Identifier: Apache-2.0
// How long a move may take under the clock a GTP controller announces (time_settings, time_left).
// Without word from the controller the clock runs here.
//
// Who needs this file: gtp_server.cpp.
//
// Thread safety: one thread.
#pragma once

#include <algorithm>
#include <array>

namespace agon::selfplay {

class GtpClock {
 public:
  // As GTP 2 has it: main time, then periods of `period` seconds for `stones` moves each. A period
  // without stones means no limit.
  void Set(double main, double period, int stones) {
    limited_ = !(period > 0 && stones == 0);
    period_ = period;
    stones_ = stones;
    left_.fill({main, 0});
  }
  void Left(int player, double seconds, int stones) {
    limited_ = true;
    left_[At(player)] = {seconds, stones};
  }
  void Used(int player, double seconds) {
    Remaining& left = left_[At(player)];
    left.seconds = std::max(0.0, left.seconds - seconds);
    if (left.stones > 0) --left.stones;
  }

  // Seconds for the next move; 0: no limit. `moves_to_come`: a guess of how many more this player
  // will make.
  [[nodiscard]] double ForMove(int player, int moves_to_come) const {
    if (!limited_) return 0;
    const Remaining& left = left_[At(player)];
    // A tenth is kept for what happens between the clock and us.
    double seconds = left.seconds / std::max(left.stones > 0 ? left.stones : moves_to_come, 1);
    if (left.stones == 0 && stones_ > 0) seconds = std::max(seconds, period_ / stones_);
    return std::max(0.9 * seconds, kLeast);
  }

 private:
  static constexpr double kLeast = 0.01;
  struct Remaining {
    double seconds = 0;
    int stones = 0;  // 0: of the main time
  };
  static std::size_t At(int player) { return static_cast<std::size_t>(player); }
  bool limited_ = false;
  double period_ = 0;
  int stones_ = 0;
  std::array<Remaining, 2> left_{};
};

}  // namespace agon::selfplay
