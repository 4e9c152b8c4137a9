// SPDX-License-Identifier: Apache-2.0
// Optical flow between two grey pictures: DIS (Kroeger et al. 2016, fast, used for filtering and
// for the warping error) and Farneback (2003, used by the metric tOF), both OpenCV's.
//
// Who needs this file: cyclegan/video. Lives in libagon_media.so, loaded when first needed.
//
// Thread safety: MakeFlow from any thread; a FlowEstimator belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace agon::media {

struct GreyView {
  int width = 0;
  int height = 0;
  std::span<const std::uint8_t> data;  // width * height
};

// Where each pixel of the first picture is found in the second: dx, dy in pixels, interleaved.
struct FlowField {
  int width = 0;
  int height = 0;
  std::vector<float> data;  // width * height * 2
};

enum class FlowMethod {
  kDisFast,    // preset ultrafast, for filtering: 2 ms at 320x180
  kDisMedium,  // preset medium, for measuring: 6 ms
  kFarneback,  // with the settings of TecoGAN's tOF: 0.5, 3, 15, 3, 5, 1.2, 0
};

class FlowEstimator {
 public:
  virtual ~FlowEstimator() = default;
  // Both of one size, any from 1x1. Deterministic, and without memory of earlier calls: the same
  // two pictures give the same bits. Reuses the memory of `flow`.
  virtual void Estimate(const GreyView& from, const GreyView& to, FlowField& flow) = 0;
};

// Error(kData) with the cure when libagon_media.so is missing or cannot be loaded.
[[nodiscard]] std::unique_ptr<FlowEstimator> MakeFlow(FlowMethod method);

// What libagon_media.so exports: fills `made`; false when `abi` (kMediaAbi) is not its own.
inline constexpr const char* kFlowSymbol = "agon_media_flow";
using FlowFunction = bool (*)(unsigned abi, FlowMethod method,
                              std::unique_ptr<FlowEstimator>& made);

}  // namespace agon::media
