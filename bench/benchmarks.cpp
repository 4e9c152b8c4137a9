// SPDX-License-Identifier: Apache-2.0
#include "bench/benchmarks.h"

namespace agon::bench {

const std::vector<Benchmark>& Benchmarks() {
  static const std::vector<Benchmark> benchmarks{
      {"attack", "pgd and apgd_ce over bare forward and input gradient", &BenchAttack},
      {"train", "epochs of training over a bare LibTorch loop", &BenchTrain},
      {"startup", "agon --help, and agon check over an empty LibTorch program", &BenchStartup},
      {"memory", "peak memory of --help, check, an attack, an epoch of training", &BenchMemory},
      {"formats", "safetensors, idx.gz and the recorder over the plain work below them",
       &BenchFormats},
      {"selfplay", "games, trees, the network, its learner and self-play as a whole",
       &BenchSelfplay},
      {"cyclegan", "a training step over a bare LibTorch loop; the generator over LibTorch's",
       &BenchCyclegan},
      {"video", "the video pipeline over its stages, ffmpeg's speed, and itself when short",
       &BenchVideo},
      {"viewer", "what recording and the viewer cost a run; the viewer's start, frames, memory",
       &BenchViewer},
  };
  return benchmarks;
}

}  // namespace agon::bench
