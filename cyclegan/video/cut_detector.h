// SPDX-License-Identifier: Apache-2.0
// Where one shot of a film ends and the next begins: what is carried from frame to frame (smoothed
// statistics, the previous output) must not cross such a cut.
//
// A cut is a frame whose small grey copy (16 x 16 means) differs from the last one's both in place
// (mean absolute difference) and as a whole (histogram), so that neither fast motion nor a change
// of light counts as one.
//
// Thread safety: one thread.
#pragma once

#include <array>

#include "runtime/base/files.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

class CutDetector {
 public:
  // True when `picture` does not go on from the one before: a cut, another size, the first.
  [[nodiscard]] bool Next(const media::Picture& picture);
  // The last frame's copy; LoadState(State()) goes on with the same answers.
  [[nodiscard]] Bytes State() const;
  void LoadState(const Bytes& state);  // Error(kData)

 private:
  static constexpr int kSide = 16;
  struct Memory {
    int width = 0, height = 0;
    std::array<std::uint8_t, std::size_t{kSide} * kSide> grey{};
  };
  Memory last_;
};

}  // namespace agon::cyclegan
