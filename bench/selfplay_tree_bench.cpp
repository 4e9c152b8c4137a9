// SPDX-License-Identifier: Apache-2.0
#include "bench/benchmarks.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "selfplay/games/connect_four.h"
#include "selfplay/games/go.h"
#include "selfplay/games/othello.h"
#include "selfplay/games/tic_tac_toe.h"
#include "selfplay/search/game_of.h"

namespace agon::bench {
namespace {

using selfplay::RunSearch;

constexpr double kSecondsPerSample = 0.3;
constexpr std::int64_t kSimulations = 10000;  // of one search, as the peer was measured

// What OpenSpiel does on another machine, and what of it is asked of us.
struct Peer {
  double rate = 0;
  double factor = 2;
  double bytes = 0;  // a simulation; 0: not stated
};

// Searches from the start position with a constant evaluator, on one thread, each in an empty tree.
// Two measurements: simulations a second, and bytes of tree a simulation.
template <selfplay::Game G>
void TreeOnly(const Surroundings& around, const std::string& name, const G& rules, const Peer& peer,
              std::vector<Measurement>& measurements) {
  const selfplay::GameState state(Component<selfplay::AnyGame>(
      std::make_shared<selfplay::GameOf<G>>(rules), name, config::Value::Mapping()));
  selfplay::SearchSettings settings;
  settings.simulations = kSimulations;
  const auto searcher = state.game().MakeSearcher(settings, 0);
  const auto evaluator = selfplay::MakeUniformEvaluator();
  selfplay::EvalBatch batch(state.game().Shape(), 1);
  Measurement rate, bytes;
  rate.name = "tree alone, " + name;
  rate.unit = "1/s";
  bytes.name = "tree alone, " + name;
  bytes.unit = "bytes/simulation";
  if (peer.bytes > 0) bytes.limit = peer.bytes / 2;
  for (std::int64_t sample = 0; sample <= around.pairs; ++sample) {
    const Stopwatch watch;
    std::int64_t simulations = 0, searches = 0;
    std::size_t held = 0;
    while (watch.Seconds() < kSecondsPerSample) {
      searcher->Reset();
      const selfplay::SearchResult result = RunSearch(*searcher, state, *evaluator, batch, {}, 1);
      simulations += result.simulations;
      held += result.tree_bytes;
      ++searches;
    }
    if (simulations != searches * kSimulations) {
      Fail(ErrorKind::kInternal, "a search of {} ended early; its rate says nothing", name);
    }
    // The first one warms the caches.
    if (sample > 0) {
      rate.samples.push_back(static_cast<double>(simulations) / watch.Seconds());
      bytes.samples.push_back(static_cast<double>(held) / static_cast<double>(simulations));
    }
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
  }
  rate.note = fmt::format("another machine: OpenSpiel {:.0f}, {:g} times that asked", peer.rate,
                          peer.factor);
  bytes.note = peer.bytes > 0 ? fmt::format("OpenSpiel {:.0f}, half of that allowed", peer.bytes)
                              : "no peer's figure";
  measurements.push_back(std::move(rate));
  measurements.push_back(std::move(bytes));
}

}  // namespace

// OpenSpiel's figures: commit 112b7770, -O3, PUCT with its solver and a constant evaluator
// (Othello: UCT), one core of an AMD Zen 5.
std::vector<Measurement> BenchSelfplayTree(const Surroundings& around) {
  std::vector<Measurement> measurements;
  TreeOnly(around, "tic_tac_toe", selfplay::TicTacToe(), {.rate = 2'650'000}, measurements);
  TreeOnly(around, "connect_four", selfplay::ConnectFour(), {.rate = 1'780'000, .bytes = 161},
           measurements);
  TreeOnly(around, "othello 8x8", selfplay::Othello(8), {.rate = 98'500}, measurements);
  TreeOnly(around, "go 9x9", selfplay::Go(9, 9, 7.5), {.rate = 432'000, .bytes = 2160},
           measurements);
  return measurements;
}

}  // namespace agon::bench
