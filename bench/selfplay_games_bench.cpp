// SPDX-License-Identifier: Apache-2.0
#include "bench/benchmarks.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "selfplay/games/connect_four.h"
#include "selfplay/games/go.h"
#include "selfplay/games/othello.h"
#include "selfplay/games/tic_tac_toe.h"
#include "selfplay/search/rollout.h"

namespace agon::bench {
namespace {

constexpr double kSecondsPerSample = 0.3;

// Whole games from the start, every legal move alike, on one thread. `peer` is OpenSpiel's rate on
// another machine, `factor` what is asked of us.
template <selfplay::Game G>
Measurement RandomGames(const Surroundings& around, const std::string& name, const G& rules,
                        int games_at_once, double peer, double factor) {
  Measurement measurement;
  measurement.name = "random games, " + name;
  measurement.unit = "1/s";
  const selfplay::History history;
  std::uint64_t random = 1;
  std::int64_t total = 0;
  std::int64_t lead = 0;
  for (std::int64_t sample = 0; sample <= around.pairs; ++sample) {
    const Stopwatch watch;
    std::int64_t games = 0;
    while (watch.Seconds() < kSecondsPerSample) {
      for (int i = 0; i < games_at_once; ++i) {
        lead += static_cast<int>(selfplay::RandomGame(rules, rules.Start(), history, random));
      }
      games += games_at_once;
    }
    // The first one warms the caches.
    if (sample > 0) measurement.samples.push_back(static_cast<double>(games) / watch.Seconds());
    total += games;
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
  }
  measurement.note = fmt::format(
      "another machine: OpenSpiel {:.0f}, {:g} times that asked; first player's mean result "
      "{:+.3f}",
      peer, factor, static_cast<double>(lead) / static_cast<double>(total));
  return measurement;
}

}  // namespace

// OpenSpiel's figures: commit 112b7770, -O3, one core of an AMD Zen 5.
std::vector<Measurement> BenchSelfplayGames(const Surroundings& around) {
  return {
      RandomGames(around, "tic_tac_toe", selfplay::TicTacToe(), 1000, 1'181'600, 5),
      RandomGames(around, "connect_four", selfplay::ConnectFour(), 1000, 214'700, 5),
      RandomGames(around, "othello 8x8", selfplay::Othello(8), 100, 5'740, 5),
      RandomGames(around, "go 9x9", selfplay::Go(9, 9, 7.5), 100, 12'360, 3),
      RandomGames(around, "go 19x19", selfplay::Go(19, 19, 7.5), 10, 1'090, 3),
  };
}

}  // namespace agon::bench
