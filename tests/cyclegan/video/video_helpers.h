// SPDX-License-Identifier: Apache-2.0
// What the tests of the steady filter and of the temporal metrics share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runtime/media/video.h"
#include "tests/cyclegan/video/moving_scene.h"
#include "tests/runtime/formats/support.h"

namespace agon::cyclegan {

// Every state that has been cut or changed in its first `head` bytes is refused with Error(kData)
// or at least loaded without harm; one that is cut is always refused.
template <class Load>
void ExpectDamageIsRefused(const Bytes& state, std::size_t head, Load load) {
  for (std::size_t size = 0; size < state.size(); size += 1 + size / 3) {
    const Bytes cut(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(formats::ErrorOf([&] { load(cut); }), "") << size;
  }
  Bytes longer = state;
  longer.push_back(std::byte{0});
  EXPECT_NE(formats::ErrorOf([&] { load(longer); }), "");
  for (std::size_t i = 0; i < head; ++i) {
    for (const std::uint8_t bits : {0xFF, 0x01, 0x80}) {
      Bytes changed = state;
      changed[i] ^= std::byte{bits};
      try {
        load(changed);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kData);
      }
    }
  }
}

inline double MeanSquare(const media::Picture& a, const media::Picture& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    const double difference = (a.data[i] - b.data[i]) / 255.0;
    sum += difference * difference;
  }
  return sum / static_cast<double>(a.data.size());
}

// Of samples, how many differ by more than `limit` in [0,1].
inline double ShareBeyond(const media::Picture& a, const media::Picture& b, double limit) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    if (std::abs(a.data[i] - b.data[i]) > 255 * limit) ++count;
  }
  return static_cast<double>(count) / static_cast<double>(a.data.size());
}

// One colour everywhere.
inline media::Picture Plain(int width, int height, std::uint8_t value) {
  media::Picture picture = EmptyPicture(width, height);
  std::fill(picture.data.begin(), picture.data.end(), value);
  return picture;
}

// The same picture in 16 bits.
inline media::Picture Deep(const media::Picture& picture) {
  media::Picture deep = EmptyPicture(picture.width, picture.height, 16);
  for (std::size_t i = 0; i < picture.data.size(); ++i) {
    const auto sample = static_cast<std::uint16_t>(257 * picture.data[i]);
    std::memcpy(deep.data.data() + 2 * i, &sample, 2);
  }
  return deep;
}

}  // namespace agon::cyclegan
