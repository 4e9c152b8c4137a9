// SPDX-License-Identifier: Apache-2.0
// Compiled with -O3 (see CMakeLists.txt).
#include "cyclegan/translate/picture_loops.h"

#include <limits>

namespace agon::cyclegan::loops {
namespace {

template <class Sample>
constexpr float kHalf = static_cast<float>(std::numeric_limits<Sample>::max()) / 2;

template <class Sample>
void ToUnitRow(const Sample* row, const std::int32_t* from, std::int64_t columns, float* out) {
  // Divided, not multiplied by an inverse: the middle of 8 bits and of 16 is the same number then.
  for (std::int64_t i = 0; i < columns; ++i) {
    const Sample* pixel = row + std::int64_t{3} * from[i];
    for (int c = 0; c < 3; ++c)
      out[3 * i + c] = static_cast<float>(pixel[c]) / kHalf<Sample> - 1.0F;
  }
}

template <class Sample>
void FromUnitRow(const float* values, std::int64_t count, Sample* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    // Rounded by adding a half: the cast cuts off. A NaN becomes 0.
    const float value = (values[i] + 1.0F) * kHalf<Sample> + 0.5F;
    const float low = value > 0.0F ? value : 0.0F;
    const float top = 2 * kHalf<Sample>;
    out[i] = static_cast<Sample>(static_cast<std::int32_t>(low < top ? low : top));
  }
}

}  // namespace

void ToUnit(const std::uint8_t* row, const std::int32_t* from, std::int64_t columns, float* out) {
  ToUnitRow(row, from, columns, out);
}
void ToUnit(const std::uint16_t* row, const std::int32_t* from, std::int64_t columns, float* out) {
  ToUnitRow(row, from, columns, out);
}
void FromUnit(const float* values, std::int64_t count, std::uint8_t* out) {
  FromUnitRow(values, count, out);
}
void FromUnit(const float* values, std::int64_t count, std::uint16_t* out) {
  FromUnitRow(values, count, out);
}

}  // namespace agon::cyclegan::loops
