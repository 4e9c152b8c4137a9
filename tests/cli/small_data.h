// SPDX-License-Identifier: Apache-2.0
// A dataset small enough for whole commands in tests: 8x8 images of three classes, as idx files.
#pragma once

#include <array>
#include <string>

#include "runtime/base/philox.h"
#include "tests/cli/run_program.h"

namespace agon::cli {

inline std::string BigEndian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((value >> shift) & 0xFFU);
  return bytes;
}

inline void WriteSmallData(const Workplace& place, std::uint32_t count = 60) {
  std::string images = BigEndian(0x803) + BigEndian(count) + BigEndian(8) + BigEndian(8);
  std::string labels = BigEndian(0x801) + BigEndian(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t label = i % 3;
    labels += static_cast<char>(label);
    for (std::uint32_t pixel = 0; pixel < 64; ++pixel) {
      const std::uint32_t noise = Philox4x32(1, {{i, pixel, 0, 0}}).word[0] & 0x3FU;
      images += static_cast<char>(noise + (pixel / 22 == label ? 0xA0U : 0x10U));
    }
  }
  place.Write("images", images);
  place.Write("labels", labels);
}

inline std::string SmallConfig(const std::string& suite, const std::string& more = {}) {
  return "seed: 5\n"
         "dataset: {name: idx, images: images, labels: labels}\n"
         "model: {name: mlp, untrained: true}\n"
         "threat: {norm: linf, epsilon: 0.1}\n"
         "suite: " +
         suite + "\n" + more;
}

}  // namespace agon::cli
