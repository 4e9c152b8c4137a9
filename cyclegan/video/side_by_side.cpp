// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/side_by_side.h"

#include <cstring>

namespace agon::cyclegan {
namespace {

void CopyRow(const media::Picture& from, int row, media::Picture& to, std::size_t offset) {
  const std::size_t bytes = static_cast<std::size_t>(from.width) * 3 * (from.bits / 8);
  const std::size_t stride = static_cast<std::size_t>(to.width) * 3 * (to.bits / 8);
  std::memcpy(&to.data[static_cast<std::size_t>(row) * stride + offset],
              &from.data[static_cast<std::size_t>(row) * bytes], bytes);
}

}  // namespace

void PutBeside(const media::Picture& left, const media::Picture& right, media::Picture& both) {
  both.width = left.width + right.width;
  both.height = left.height;
  both.bits = left.bits;
  both.data.resize(left.data.size() + right.data.size());
  const std::size_t offset = static_cast<std::size_t>(left.width) * 3 * (left.bits / 8);
  for (int row = 0; row < both.height; ++row) {
    CopyRow(left, row, both, 0);
    CopyRow(right, row, both, offset);
  }
}

}  // namespace agon::cyclegan
