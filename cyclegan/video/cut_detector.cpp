// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/video/cut_detector.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

// Set by judgement, and tested on synthetic discs alone: fast motion and fading light do not pass
// both, another shot does.
constexpr double kPlaceThreshold = 0.12;     // mean absolute difference, of full scale
constexpr double kHistogramThreshold = 0.3;  // half the L1 distance, 0 to 1
constexpr int kBins = 16;
constexpr int kSamplesPerCell = 4;  // along each side: enough of a mean for this purpose

int GreyAt(const media::Picture& picture, int x, int y) {
  const std::size_t sample =
      (static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
       static_cast<std::size_t>(x)) *
      3;
  const auto value = [&](std::size_t i) -> int {
    if (picture.bits == 8) return picture.data[sample + i];
    std::uint16_t deep = 0;
    std::memcpy(&deep, &picture.data[2 * (sample + i)], sizeof deep);
    return deep >> 8;
  };
  return (2 * value(0) + 5 * value(1) + value(2)) / 8;
}

}  // namespace

bool CutDetector::Next(const media::Picture& picture) {
  Memory next;
  next.width = picture.width;
  next.height = picture.height;
  constexpr int kSamples = kSide * kSamplesPerCell;
  for (int row = 0; row < kSide; ++row) {
    for (int column = 0; column < kSide; ++column) {
      int sum = 0;
      for (int i = 0; i < kSamplesPerCell * kSamplesPerCell; ++i) {
        const int sample_y = row * kSamplesPerCell + i / kSamplesPerCell;
        const int sample_x = column * kSamplesPerCell + i % kSamplesPerCell;
        sum += GreyAt(picture, (2 * sample_x + 1) * picture.width / (2 * kSamples),
                      (2 * sample_y + 1) * picture.height / (2 * kSamples));
      }
      next.grey[static_cast<std::size_t>(row) * kSide + static_cast<std::size_t>(column)] =
          static_cast<std::uint8_t>(sum / (kSamplesPerCell * kSamplesPerCell));
    }
  }
  std::array<int, kBins> bins{};
  int place = 0;
  for (std::size_t i = 0; i < next.grey.size(); ++i) {
    place += std::abs(next.grey[i] - last_.grey[i]);
    ++bins[next.grey[i] * kBins / 256];
    --bins[last_.grey[i] * kBins / 256];
  }
  int histogram = 0;
  for (const int bin : bins) histogram += std::abs(bin);
  const double cells = kSide * kSide;
  const bool cut =
      next.width != last_.width || next.height != last_.height ||
      (place / (255 * cells) > kPlaceThreshold && histogram / (2 * cells) > kHistogramThreshold);
  last_ = next;
  return cut;
}

Bytes CutDetector::State() const {
  Bytes bytes(sizeof last_);
  std::memcpy(bytes.data(), &last_, sizeof last_);
  return bytes;
}

void CutDetector::LoadState(const Bytes& state) {
  if (state.size() != sizeof last_) {
    Fail(ErrorKind::kData, "the cut detector's state has {} bytes, not {}", state.size(),
         sizeof last_);
  }
  std::memcpy(&last_, state.data(), sizeof last_);
}

}  // namespace agon::cyclegan
