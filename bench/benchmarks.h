// SPDX-License-Identifier: Apache-2.0
// The benchmarks of `agon bench NAME`. To add one: a file here, a declaration and a line in
// benchmarks.cpp.
//
// Thread safety: one thread; nothing else may run meanwhile, or it is measured too.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "runtime/base/files.h"
#include "runtime/tensor/device.h"

namespace agon::bench {

struct Surroundings {
  Path program;  // build/agon; the benchmarks' own programs lie beside it
  DevicePolicy device;
  std::int64_t pairs = 9;
  Path scratch;  // an empty folder, removed afterwards by the caller
};

struct Benchmark {
  std::string name, summary;
  std::function<std::vector<Measurement>(const Surroundings&)> run;
};
[[nodiscard]] const std::vector<Benchmark>& Benchmarks();

// Time of an attack over its counted gradient examples x the time per example of the bare forward
// and input gradient at the same batch.
[[nodiscard]] std::vector<Measurement> BenchAttack(const Surroundings& around);
// Time of an epoch of defenses::Train over a bare LibTorch loop of as many steps.
[[nodiscard]] std::vector<Measurement> BenchTrain(const Surroundings& around);
// Wall time of `agon --help`, and of `agon check` over an empty program that links LibTorch.
[[nodiscard]] std::vector<Measurement> BenchStartup(const Surroundings& around);
// Peak resident memory of four commands.
[[nodiscard]] std::vector<Measurement> BenchMemory(const Surroundings& around);
// Reading safetensors and idx.gz over the plain work below them; scalars recorded per second.
[[nodiscard]] std::vector<Measurement> BenchFormats(const Surroundings& around);
// Self-play's network: time of an evaluation over the best LibTorch does for it in the same run, on
// one thread and on two; the learner's step over a bare loop of the same passes.
[[nodiscard]] std::vector<Measurement> BenchSelfplayNetwork(const Surroundings& around);
// Random games a second for every game, on one thread.
[[nodiscard]] std::vector<Measurement> BenchSelfplayGames(const Surroundings& around);
// Simulations a second and bytes a simulation of the tree alone, with a constant evaluator.
[[nodiscard]] std::vector<Measurement> BenchSelfplayTree(const Surroundings& around);
// Network evaluations of whole self-play over the best LibTorch does in the same run.
[[nodiscard]] std::vector<Measurement> BenchSelfplayPlay(const Surroundings& around);
// The four above.
[[nodiscard]] std::vector<Measurement> BenchSelfplay(const Surroundings& around);
// CycleGAN's training step over a bare loop of the same passes; its generator's forward pass over
// LibTorch's operators.
[[nodiscard]] std::vector<Measurement> BenchCyclegan(const Surroundings& around);
// The video pipeline over its stages alone; the identity against the program ffmpeg; peak memory at
// 1,000 frames over that at 100. Needs the program ffmpeg.
[[nodiscard]] std::vector<Measurement> BenchVideo(const Surroundings& around);
// What recording and an attached viewer cost a run; the viewer's start, frames and memory, drawn in
// software without a window.
[[nodiscard]] std::vector<Measurement> BenchViewer(const Surroundings& around);

}  // namespace agon::bench
