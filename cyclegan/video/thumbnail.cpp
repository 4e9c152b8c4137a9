// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/thumbnail.h"

#include <algorithm>
#include <cstring>

namespace agon::cyclegan {
namespace {

std::uint64_t SampleAt(const media::Picture& picture, std::size_t index) {
  if (picture.bits == 8) return picture.data[index];
  std::uint16_t deep = 0;
  std::memcpy(&deep, &picture.data[2 * index], sizeof deep);
  return deep;
}

// Where the area of the `index`-th of `count` cells begins.
std::size_t Edge(int index, int count, int length) {
  return static_cast<std::size_t>(static_cast<std::int64_t>(index) * length / count);
}

}  // namespace

formats::Pixels Thumbnail(const media::Picture& picture, int max_side) {
  const int longer = std::max(picture.width, picture.height);
  const bool shrinks = max_side > 0 && longer > max_side;
  const auto scaled = [&](int side) {
    return shrinks ? std::max(1, static_cast<int>(std::int64_t{side} * max_side / longer)) : side;
  };
  formats::Pixels small{scaled(picture.width), scaled(picture.height), 3, {}};
  small.data.resize(static_cast<std::size_t>(small.width) * static_cast<std::size_t>(small.height) *
                    3);
  const std::uint64_t white = picture.bits == 8 ? 255 : 65535;
  const auto stride = static_cast<std::size_t>(picture.width) * 3;
  std::size_t at = 0;
  for (int row = 0; row < small.height; ++row) {
    const std::size_t top = Edge(row, small.height, picture.height);
    const std::size_t bottom = std::max(top + 1, Edge(row + 1, small.height, picture.height));
    for (int column = 0; column < small.width; ++column) {
      const std::size_t left = Edge(column, small.width, picture.width);
      const std::size_t right = std::max(left + 1, Edge(column + 1, small.width, picture.width));
      const std::uint64_t area = (bottom - top) * (right - left) * white;
      for (std::size_t channel = 0; channel < 3; ++channel, ++at) {
        std::uint64_t sum = 0;
        for (std::size_t y = top; y < bottom; ++y) {
          for (std::size_t x = left; x < right; ++x) {
            sum += SampleAt(picture, y * stride + x * 3 + channel);
          }
        }
        small.data[at] = static_cast<std::uint8_t>((sum * 255 + area / 2) / area);
      }
    }
  }
  return small;
}

}  // namespace agon::cyclegan
