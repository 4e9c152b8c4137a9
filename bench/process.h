// SPDX-License-Identifier: Apache-2.0
// Runs a program of the build and says what it cost, through the small program agon_bench_launch:
// the peak memory of a process started from here directly would count this process's own memory,
// which it shares until it has loaded its program.
//
// Who needs this file: the benchmarks startup and memory. Thread safety: one thread.
#pragma once

#include <string>
#include <vector>

#include "bench/benchmarks.h"

namespace agon::bench {

struct ProcessCost {
  double seconds = 0;
  double peak_mib = 0;  // resident
};

// Standard output goes nowhere. Error(kUsage) when the benchmarks' programs were not built;
// Error(kInternal) with the program's last line when it fails.
[[nodiscard]] ProcessCost RunProcess(const Surroundings& around, const Path& program,
                                     const std::vector<std::string>& arguments);

// A program that lies beside `agon`. Error(kUsage) when it was not built.
[[nodiscard]] Path BuiltProgram(const Surroundings& around, const std::string& name);

// Files in the scratch folder with a configuration of `agon attack` (an untrained net_a against
// 1,000 test images) and of `agon train` (one epoch of it).
[[nodiscard]] Path AttackConfigFile(const Surroundings& around);
[[nodiscard]] Path TrainConfigFile(const Surroundings& around);

}  // namespace agon::bench
