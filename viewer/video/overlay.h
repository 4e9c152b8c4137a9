// SPDX-License-Identifier: Apache-2.0
// What happens between two frames, as a picture: how colours change, where things move, and where a
// translation does not move with them.
//
// Thread safety: free functions; they take some 10 to 100 ms, so they are for the background.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/formats/png.h"
#include "runtime/media/flow.h"

namespace agon::viewer {

enum class OverlayKind {
  kChange,     // this frame less the one before
  kFlow,       // where everything goes from the frame before to this one
  kWarpError,  // this frame moved back along the input's flow, less the one before
};

// A frame and the one before it. Sizes may differ between the videos, not within one.
struct FramePair {
  std::shared_ptr<const formats::Pixels> before = nullptr, now = nullptr;  // RGB or grey
  [[nodiscard]] bool whole() const { return before != nullptr && now != nullptr; }
};

struct OverlayRequest {
  OverlayKind kind = OverlayKind::kChange;
  FramePair input = {}, output = {};  // one of them may be missing; the input's flow serves both
  double gain = 4;                    // of differences
};

// A motion, in pixels of the frame.
struct FlowArrow {
  float x = 0, y = 0, dx = 0, dy = 0;
};

struct OverlaySide {
  std::shared_ptr<const formats::Pixels> picture;  // RGB; null where there is no such video
  double value = 0;  // kChange: flicker; kFlow: mean length in pixels of the frame; kWarpError: it
  std::vector<FlowArrow> arrows = {};  // kFlow: on a grid
};

struct Overlay {
  OverlaySide input, output;
  double covered = 0;  // kWarpError: share of pixels where the flow holds
};

// Values are as docs/cyclegan.md, "Evaluate", defines them, of the frames as they are given for
// kChange and at 320 pixels of the longer side at most for flows. Error(kData) when there is no
// optical flow (libagon_media.so).
[[nodiscard]] Overlay MakeOverlay(const OverlayRequest& request);

// Blue below 0, red above, black at 0; beyond -1 and 1 as these.
[[nodiscard]] std::array<std::uint8_t, 3> ChangeColour(double value);
// The colour of a motion: its direction is the hue (right red, down yellow-green, left cyan, up
// violet), its length of `longest` the strength.
[[nodiscard]] std::array<std::uint8_t, 3> FlowColour(double dx, double dy, double longest);

// The parts, for tests.

// Colours in [0,1], reduced by averaging areas so that the longer side is `max_side` at most.
struct ColourPlane {
  int width = 0, height = 0;
  std::vector<float> data;  // width * height * 3
};
[[nodiscard]] ColourPlane Reduced(const formats::Pixels& pixels, int max_side);

struct WarpErrors {
  std::vector<float> squares;  // of each pixel, mean over channels; -1: the flow does not hold
  double error = 0, covered = 0;
};
// `forward`: from the frame before to this one, `backward`: the other way.
[[nodiscard]] WarpErrors WarpErrorsOf(const ColourPlane& before, const ColourPlane& now,
                                      const media::FlowField& forward,
                                      const media::FlowField& backward);

}  // namespace agon::viewer
