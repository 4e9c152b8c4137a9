// SPDX-License-Identifier: Apache-2.0
// Shards of self-play positions: any bytes either give samples whose every number is within bounds,
// or throw agon::Error.
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/base/error.h"
#include "runtime/formats/safetensors.h"
#include "selfplay/learn/sample.h"

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace agon;
  // Tic-tac-toe's, as in the seed.
  const selfplay::GameShape shape{.width = 3,
                                  .height = 3,
                                  .actions = 9,
                                  .planes = 2,
                                  .scalars = 0,
                                  .symmetries = 8,
                                  .max_moves = 9};
  try {
    const auto file = formats::ParseSafetensors(std::as_bytes(std::span(data, size)), "fuzz");
    const auto block = selfplay::SampleBlock::FromArrays(file.tensors, shape, "fuzz");
    const auto merged = selfplay::MergeEqual(block, "log");
    for (std::size_t i = 0; i < merged.size(); ++i) {
      for (const selfplay::Move move : merged.moves(i)) {
        if (move >= shape.actions) __builtin_trap();
      }
    }
  } catch (const Error&) {
    // Refused with a reason: what damaged input deserves.
  }
  return 0;
}
