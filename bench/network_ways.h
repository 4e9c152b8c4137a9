// SPDX-License-Identifier: Apache-2.0
// Every way LibTorch can compute the self-play network, timed at every size of batch: the limit
// that our evaluator and whole self-play are measured against.
//
// Who needs this file: the benchmarks of self-play. Thread safety: one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/bare_network.h"
#include "selfplay/search/evaluator.h"

namespace agon::bench {

inline constexpr std::int64_t kBatches[] = {1, 8, 32, 64, 128, 256};
inline constexpr double kScanSeconds = 0.2;  // of each way at each size

// One way of LibTorch's at one size.
struct NetworkWay {
  BareMode mode = BareMode::kEager;
  at::ScalarType type = at::kFloat;
  std::int64_t rows = 0;
  double rate = 0;  // positions a second
  [[nodiscard]] std::string Text() const;
};

// Random positions with every move legal.
[[nodiscard]] selfplay::EvalBatch RandomRows(const selfplay::GameShape& shape, std::int64_t rows);

// Seconds for each call of work() when `threads` threads call it, each on its own, for about
// `seconds`; work(thread) is called once before.
[[nodiscard]] double SecondsPerCall(int threads, double seconds,
                                    const std::function<void(int)>& work);
[[nodiscard]] double SecondsPerPosition(const BareNetwork& bare, const Tensor& planes, int threads,
                                        double seconds);

// All that work here, and the fastest of them.
[[nodiscard]] std::vector<NetworkWay> ScanWays(const selfplay::GameShape& shape,
                                               const selfplay::PolicyValueNetwork& network,
                                               int threads);
[[nodiscard]] NetworkWay Fastest(const std::vector<NetworkWay>& ways);

}  // namespace agon::bench
