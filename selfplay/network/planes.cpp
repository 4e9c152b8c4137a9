// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/planes.h"

#include <bit>
#include <cstring>

#include "runtime/base/error.h"

namespace agon::selfplay {
namespace {

template <class Number>
void Unpack(const GameShape& shape, std::span<const std::uint64_t> words,
            std::span<const float> scalars, Number* row, std::int64_t channels) {
  const int cells = shape.cells();
  std::fill_n(row, cells * channels, Number(0.0F));
  // Bits in rising order: the plane moves on when a bit lies behind its last cell.
  std::int64_t plane = 0;
  std::int64_t begin = 0;  // of the plane, in bits
  for (std::size_t word = 0; word < words.size(); ++word) {
    const auto base = static_cast<std::int64_t>(word) * 64;
    for (std::uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
      const std::int64_t bit = base + std::countr_zero(bits);
      while (bit >= begin + cells) {
        begin += cells;
        ++plane;
      }
      row[(bit - begin) * channels + plane] = Number(1.0F);
    }
  }
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    const Number value(scalars[i]);
    Number* place = row + shape.planes + static_cast<std::int64_t>(i);
    for (int cell = 0; cell < cells; ++cell) place[cell * channels] = value;
  }
}

}  // namespace

Tensor MakePlanes(const GameShape& shape, std::int64_t rows, at::ScalarType type,
                  std::int64_t channels) {
  AGON_CHECK(type == at::kFloat || type == at::kBFloat16);
  const std::int64_t planes = std::max<std::int64_t>(channels, shape.planes + shape.scalars);
  // Built as [N,H,W,C], so that channels lie last whatever the sizes.
  return at::empty({rows, shape.height, shape.width, planes}, type).permute({0, 3, 1, 2});
}

void UnpackPlanes(const GameShape& shape, std::span<const std::uint64_t> words,
                  std::span<const float> scalars, Tensor& planes, std::int64_t row) {
  const std::int64_t channels = planes.size(1);
  const std::int64_t offset = row * shape.cells() * channels;
  AGON_CHECK(row >= 0 && row < planes.size(0));
  AGON_CHECK(words.size() == static_cast<std::size_t>(shape.plane_words()));
  AGON_CHECK(scalars.size() == static_cast<std::size_t>(shape.scalars));
  AGON_CHECK(channels >= shape.planes + shape.scalars);
  if (planes.scalar_type() == at::kFloat) {
    Unpack(shape, words, scalars, planes.data_ptr<float>() + offset, channels);
  } else {
    Unpack(shape, words, scalars, planes.data_ptr<at::BFloat16>() + offset, channels);
  }
}

void UnpackPlanes(const EvalBatch& batch, int first, int count, Tensor& planes) {
  for (int i = 0; i < count; ++i) {
    UnpackPlanes(batch.shape(), batch.planes(first + i), batch.scalars(first + i), planes, i);
  }
}

}  // namespace agon::selfplay
