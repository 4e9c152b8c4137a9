// SPDX-License-Identifier: Apache-2.0
#include "bench/network_ways.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <barrier>
#include <random>
#include <thread>

#include "runtime/base/clock.h"
#include "runtime/tensor/device.h"
#include "selfplay/network/planes.h"

namespace agon::bench {

using selfplay::EvalBatch;
using selfplay::GameShape;
using selfplay::MakePlanes;
using selfplay::Move;
using selfplay::PolicyValueNetwork;
using selfplay::SetPlaneBit;
using selfplay::UnpackPlanes;

EvalBatch RandomRows(const GameShape& shape, std::int64_t rows) {
  std::mt19937_64 random(1);
  EvalBatch batch(shape, static_cast<int>(rows));
  for (std::int64_t i = 0; i < rows; ++i) {
    const int row = batch.Add(random(), shape.actions);
    for (int bit = 0; bit < shape.planes * shape.cells(); ++bit) {
      if (random() % 4 == 0) SetPlaneBit(batch.planes(row), shape.cells(), 0, bit);
    }
    for (int move = 0; move < shape.actions; ++move) {
      batch.legal(row)[static_cast<std::size_t>(move)] = static_cast<Move>(move);
    }
  }
  return batch;
}

double SecondsPerCall(int threads, double seconds, const std::function<void(int)>& work) {
  std::barrier start(threads);
  std::vector<double> rates(static_cast<std::size_t>(threads));
  const auto run = [&](int thread) {
    LimitThreadsHere(1);
    const c10::InferenceMode inference;
    work(thread);
    start.arrive_and_wait();
    const Stopwatch watch;
    std::int64_t calls = 0;
    while (watch.Seconds() < seconds) {
      work(thread);
      ++calls;
    }
    rates[static_cast<std::size_t>(thread)] = static_cast<double>(calls) / watch.Seconds();
  };
  std::vector<std::jthread> workers;
  for (int thread = 0; thread < threads; ++thread) workers.emplace_back(run, thread);
  workers.clear();
  double rate = 0;
  for (const double one : rates) rate += one;
  return 1 / rate;
}

std::string NetworkWay::Text() const {
  return fmt::format("{}, {}, batch {}", NameOf(mode), type == at::kFloat ? "float32" : "bf16",
                     rows);
}

double SecondsPerPosition(const BareNetwork& bare, const Tensor& planes, int threads,
                          double seconds) {
  const double call = SecondsPerCall(threads, seconds, [&](int) { (void)bare.Forward(planes); });
  return call / static_cast<double>(planes.size(0));
}

std::vector<NetworkWay> ScanWays(const GameShape& shape, const PolicyValueNetwork& network,
                                 int threads) {
  std::vector<NetworkWay> ways;
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const BareMode mode : kBareModes) {
      for (const std::int64_t rows : kBatches) {
        NetworkWay way{.mode = mode, .type = type, .rows = rows};
        Tensor planes = MakePlanes(shape, rows);
        UnpackPlanes(RandomRows(shape, rows), 0, static_cast<int>(rows), planes);
        try {
          const BareNetwork bare(network, mode, type, rows);
          way.rate = 1 / SecondsPerPosition(bare, bare.Prepare(planes), threads, kScanSeconds);
        } catch (const c10::Error&) {
          continue;  // an operator is missing here, or refuses the type
        }
        ways.push_back(way);
      }
    }
  }
  return ways;
}

NetworkWay Fastest(const std::vector<NetworkWay>& ways) {
  AGON_CHECK(!ways.empty());
  return *std::max_element(ways.begin(), ways.end(), [](const NetworkWay& a, const NetworkWay& b) {
    return a.rate < b.rate;
  });
}

}  // namespace agon::bench
