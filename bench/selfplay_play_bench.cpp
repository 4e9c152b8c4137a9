// SPDX-License-Identifier: Apache-2.0
// Self-play as a training does it, with the learner stopped and the cache off: network evaluations
// a second over the most that LibTorch does of that network in the same run. What is between the
// two is the price of games, trees, encoding and gathering.
#include <fmt/format.h>

#include <thread>

#include "bench/benchmarks.h"
#include "bench/network_ways.h"
#include "bench/settings.h"
#include "runtime/base/clock.h"
#include "selfplay/learn/actors.h"
#include "selfplay/learn/engine.h"
#include "selfplay/network/planes.h"

namespace agon::bench {
namespace {

using namespace selfplay;

constexpr double kSeconds = 2;       // of each side of a pair
constexpr double kRateLimit = 0.85;  // self-play over LibTorch's best, as rates (issue 4)
constexpr double kFillLimit = 0.8;   // rows over the buckets they went in

SelfplayConfig ConfigFor(int threads) {
  return ReadSelfplayConfig(ConfigOf(fmt::format(
      "game: connect_four\nnetwork: {{blocks: 5, channels: 64}}\n"
      "search: {{simulations: 300, noise_fraction: 0.25}}\n"
      "selfplay: {{games_in_flight: {}, threads: {}, full_share: 1, cache_megabytes: 0}}\n"
      "max_games: 1000000\n",
      128 * threads, threads)));
}

void Compare(int threads, const Surroundings& around, std::vector<Measurement>& measurements) {
  const SelfplayConfig config = ConfigFor(threads);
  const GameShape shape = config.game->Shape();
  const PolicyValueNetwork network(shape, config.network, /*seed=*/1);
  const std::string name =
      fmt::format("connect_four 5x64, self-play, {} thread{}", threads, threads == 1 ? "" : "s");
  const NetworkWay best = Fastest(ScanWays(shape, network, threads));
  const BareNetwork bare(network, best.mode, best.type, best.rows);
  Tensor planes = MakePlanes(shape, best.rows);
  UnpackPlanes(RandomRows(shape, best.rows), 0, static_cast<int>(best.rows), planes);
  planes = bare.Prepare(planes);

  PlayingEngine engine(config, network, around.device);
  Actors actors(config, engine.service(), nullptr,
                {.threads = threads, .finished = [](FinishedGame&&) {}, .watcher = {}});
  std::vector<double> rates, fills;
  Contest contest;
  contest.ours = [&] {
    actors.Start(0);
    std::this_thread::sleep_for(std::chrono::duration<double>(kSeconds / 4));  // games under way
    engine.service().ResetStatistics();
    const Stopwatch watch;
    std::this_thread::sleep_for(std::chrono::duration<double>(kSeconds));
    const EvaluatorServiceStatistics done = engine.service().Statistics();
    const double seconds = watch.Seconds();
    actors.Stop();
    rates.push_back(static_cast<double>(done.rows) / seconds);
    fills.push_back(done.fill());
    return 1 / rates.back();
  };
  contest.theirs = [&](double share) {
    return SecondsPerPosition(bare, planes, threads, share * kSeconds);
  };
  Measurement ratio;
  ratio.name = name + ": time of an evaluation over LibTorch's best";
  ratio.limit = 1 / kRateLimit;
  ratio.samples = Ratios(ratio.name, around.pairs, contest);
  ratio.note = fmt::format("LibTorch {}; self-play reaches {:.2f} of its rate", best.Text(),
                           1 / SpreadOf(ratio.samples).median);
  Measurement rate;
  rate.name = name + ": evaluations";
  rate.unit = "1/s";
  rate.samples = rates;
  rate.note = "OpenSpiel alpha_zero_torch 4,045 on one core of another machine";
  Measurement fill;
  fill.name = name + ": empty part of the batches";
  fill.unit = kRatio;
  fill.limit = 1 - kFillLimit;
  for (const double share : fills) fill.samples.push_back(1 - share);
  measurements.push_back(std::move(ratio));
  measurements.push_back(std::move(rate));
  measurements.push_back(std::move(fill));
}

}  // namespace

std::vector<Measurement> BenchSelfplayPlay(const Surroundings& around) {
  std::vector<Measurement> measurements;
  if (!around.device.device.is_cpu()) return measurements;  // the limit is the CPU's
  for (int threads = 1; threads <= std::min(around.device.threads, 2); ++threads) {
    Compare(threads, around, measurements);
  }
  return measurements;
}

std::vector<Measurement> BenchSelfplay(const Surroundings& around) {
  std::vector<Measurement> all;
  for (const auto part :
       {&BenchSelfplayGames, &BenchSelfplayTree, &BenchSelfplayNetwork, &BenchSelfplayPlay}) {
    for (Measurement& measurement : part(around)) all.push_back(std::move(measurement));
  }
  return all;
}

}  // namespace agon::bench
