// SPDX-License-Identifier: Apache-2.0
#include "viewer/video/overlay.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"

namespace agon::viewer {
namespace {

using formats::Pixels;

constexpr int kFlowSide = 320;  // as cyclegan's metrics measure

// Where the flow holds: Lai et al. 2018, their code's occlusion test (docs/cyclegan.md,
// "Evaluate").
constexpr float kTripRelative = 0.01F;
constexpr float kTripAbsolute = 0.5F;
constexpr float kBoundaryRelative = 0.01F;
constexpr float kBoundaryAbsolute = 0.002F;

constexpr double kLeastLongest = 0.5;      // pixels: what moves less is not shown as strong motion
constexpr std::size_t kLongestShare = 50;  // one pixel in so many may move faster than "longest"
constexpr int kArrowsAcross = 24;          // of the longer side
constexpr float kDim = 0.5F;               // of the frame behind the colours
constexpr std::array<float, 3> kHidden = {0.16F, 0.20F, 0.36F};  // where the flow does not hold

float LumaOf(const float* rgb) { return 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2]; }

std::uint8_t ToByte(float share) {
  const float raised = std::clamp(share, 0.0F, 1.0F) * 255 + 0.5F;  // lround would be a call
  return static_cast<std::uint8_t>(raised);
}

std::uint8_t Sample(const Pixels& pixels, std::size_t pixel, int channel) {
  const auto channels = static_cast<std::size_t>(pixels.channels);
  return pixels.data[pixel * channels + (channels < 3 ? 0 : static_cast<std::size_t>(channel))];
}

std::size_t CountOf(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

bool SameSize(const Pixels& a, const Pixels& b) {
  return a.width == b.width && a.height == b.height;
}

Pixels Blank(int width, int height) {
  Pixels pixels{.width = width, .height = height, .channels = 3, .data = {}};
  pixels.data.resize(CountOf(width, height) * 3);
  return pixels;
}

OverlaySide ChangeOf(const FramePair& frames, double gain) {
  if (!frames.whole()) return {};
  if (!SameSize(*frames.before, *frames.now)) {
    Fail(ErrorKind::kData, "the frame before is of {} x {}, this one of {} x {}",
         frames.before->width, frames.before->height, frames.now->width, frames.now->height);
  }
  std::array<std::array<std::uint8_t, 3>, 2 * 255 + 1> colours{};  // of changes from -255 on
  for (std::size_t i = 0; i < colours.size(); ++i) {
    colours[i] = ChangeColour(gain * (static_cast<double>(i) - 255) / 255);
  }
  auto made = std::make_shared<Pixels>(Blank(frames.now->width, frames.now->height));
  const std::size_t count = CountOf(made->width, made->height);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int luma = 0;  // in thousandths
    constexpr std::array<int, 3> kWeights = {299, 587, 114};
    for (int channel = 0; channel < 3; ++channel) {
      const int change = Sample(*frames.now, i, channel) - Sample(*frames.before, i, channel);
      sum += std::abs(change);
      luma += kWeights[static_cast<std::size_t>(channel)] * change;
    }
    const int place = 255 + (luma + (luma < 0 ? -500 : 500)) / 1000;
    const auto& colour = colours[static_cast<std::size_t>(place)];
    std::copy(colour.begin(), colour.end(),
              made->data.begin() + static_cast<std::ptrdiff_t>(3 * i));
  }
  const double value = static_cast<double>(sum) / (765.0 * static_cast<double>(count));
  return {.picture = std::move(made), .value = value};
}

std::vector<std::uint8_t> GreyOf(const ColourPlane& plane) {
  std::vector<std::uint8_t> grey(CountOf(plane.width, plane.height));
  for (std::size_t i = 0; i < grey.size(); ++i) grey[i] = ToByte(LumaOf(&plane.data[3 * i]));
  return grey;
}

struct Flows {
  media::FlowField forward, backward;  // from the frame before to this one, and the other way
};

Flows FlowsOf(const ColourPlane& before, const ColourPlane& now, bool both) {
  const auto estimator = media::MakeFlow(media::FlowMethod::kDisMedium);
  const std::vector<std::uint8_t> grey_before = GreyOf(before);
  const std::vector<std::uint8_t> grey_now = GreyOf(now);
  const media::GreyView from{before.width, before.height, grey_before};
  const media::GreyView to{now.width, now.height, grey_now};
  Flows flows;
  estimator->Estimate(from, to, flows.forward);
  if (both) estimator->Estimate(to, from, flows.backward);
  return flows;
}

// A length that all but a few motions stay below.
double LongestOf(const media::FlowField& flow) {
  std::vector<float> lengths(flow.data.size() / 2);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    lengths[i] = std::hypot(flow.data[2 * i], flow.data[2 * i + 1]);
  }
  const auto at = lengths.end() - 1 - static_cast<std::ptrdiff_t>(lengths.size() / kLongestShare);
  std::nth_element(lengths.begin(), at, lengths.end());
  return std::max(kLeastLongest, static_cast<double>(*at));
}

// The flow at points of a grid, over the cells around them; `scale`: pixels of the frame in one.
std::vector<FlowArrow> ArrowsOf(const media::FlowField& flow, double scale) {
  const int cell = std::max(4, std::max(flow.width, flow.height) / kArrowsAcross);
  std::vector<FlowArrow> arrows;
  for (int top = 0; top + cell <= flow.height; top += cell) {
    for (int left = 0; left + cell <= flow.width; left += cell) {
      double dx = 0;
      double dy = 0;
      for (int y = top; y < top + cell; ++y) {
        for (int x = left; x < left + cell; ++x) {
          const std::size_t i = 2 * (CountOf(flow.width, y) + static_cast<std::size_t>(x));
          dx += static_cast<double>(flow.data[i]);
          dy += static_cast<double>(flow.data[i + 1]);
        }
      }
      const double share = scale / (cell * cell);
      arrows.push_back({.x = static_cast<float>(scale * (left + cell / 2.0)),
                        .y = static_cast<float>(scale * (top + cell / 2.0)),
                        .dx = static_cast<float>(share * dx),
                        .dy = static_cast<float>(share * dy)});
    }
  }
  return arrows;
}

OverlaySide FlowPicture(const FramePair& frames) {
  if (!frames.whole()) return {};
  const ColourPlane before = Reduced(*frames.before, kFlowSide);
  const ColourPlane now = Reduced(*frames.now, kFlowSide);
  if (before.width != now.width || before.height != now.height) return {};
  const media::FlowField flow = FlowsOf(before, now, false).forward;
  const double longest = LongestOf(flow);
  auto made = std::make_shared<Pixels>(Blank(now.width, now.height));
  double sum = 0;
  for (std::size_t i = 0; i < CountOf(now.width, now.height); ++i) {
    const double dx = static_cast<double>(flow.data[2 * i]);
    const double dy = static_cast<double>(flow.data[2 * i + 1]);
    const double length = std::hypot(dx, dy);
    sum += length;
    const auto colour = FlowColour(dx, dy, longest);
    const auto share = static_cast<float>(0.25 + 0.75 * std::min(1.0, length / longest));
    const float behind = kDim * LumaOf(&before.data[3 * i]) * (1 - share);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      made->data[3 * i + channel] =
          ToByte(behind + share * static_cast<float>(colour[channel]) / 255);
    }
  }
  const double scale = static_cast<double>(frames.now->width) / now.width;
  const double value = scale * sum / static_cast<double>(CountOf(now.width, now.height));
  return {.picture = std::move(made), .value = value, .arrows = ArrowsOf(flow, scale)};
}

// Bright where the error is; the frame shines through.
OverlaySide WarpPicture(const ColourPlane& before, const WarpErrors& errors, double gain) {
  auto made = std::make_shared<Pixels>(Blank(before.width, before.height));
  for (std::size_t i = 0; i < errors.squares.size(); ++i) {
    const float grey = kDim * LumaOf(&before.data[3 * i]);
    const float square = errors.squares[i];
    std::array<float, 3> colour = kHidden;
    if (square >= 0) {
      const float heat = std::min(1.0F, static_cast<float>(gain) * std::sqrt(square));
      // Grey to red to yellow.
      colour = {grey + (1 - grey) * std::min(1.0F, 1.5F * heat),
                grey * (1 - heat) + std::max(0.0F, 2 * heat - 1), grey * (1 - heat)};
    } else {
      for (float& part : colour) part = 0.6F * part + 0.4F * grey;
    }
    for (std::size_t channel = 0; channel < 3; ++channel) {
      made->data[3 * i + channel] = ToByte(colour[channel]);
    }
  }
  return {.picture = std::move(made), .value = errors.error};
}

Overlay WarpOverlay(const OverlayRequest& request) {
  // The input's flow is the truth; without it the output's own has to do.
  const FramePair& guide = request.input.whole() ? request.input : request.output;
  if (!guide.whole()) return {};
  const ColourPlane guide_before = Reduced(*guide.before, kFlowSide);
  const ColourPlane guide_now = Reduced(*guide.now, kFlowSide);
  if (guide_before.data.size() != guide_now.data.size()) return {};
  const Flows flows = FlowsOf(guide_before, guide_now, true);
  Overlay overlay;
  const auto show = [&](const FramePair& frames, OverlaySide& side) {
    if (!frames.whole()) return;
    const ColourPlane before = Reduced(*frames.before, kFlowSide);
    const ColourPlane now = Reduced(*frames.now, kFlowSide);
    if (before.width != guide_now.width || before.height != guide_now.height ||
        now.data.size() != before.data.size()) {
      Fail(ErrorKind::kData, "the output's frames are of another shape than the input's");
    }
    const WarpErrors errors = WarpErrorsOf(before, now, flows.forward, flows.backward);
    overlay.covered = errors.covered;
    side = WarpPicture(before, errors, request.gain);
  };
  show(request.input, overlay.input);
  show(request.output, overlay.output);
  return overlay;
}

// Bilinear, the border continued outwards.
template <std::size_t kChannels>
std::array<float, kChannels> Between(const std::vector<float>& data, int width, int height, float x,
                                     float y) {
  x = std::clamp(x, 0.0F, static_cast<float>(width - 1));
  y = std::clamp(y, 0.0F, static_cast<float>(height - 1));
  const auto left = static_cast<std::size_t>(x);
  const auto top = static_cast<std::size_t>(y);
  const float u = x - static_cast<float>(left);
  const float v = y - static_cast<float>(top);
  const auto columns = static_cast<std::size_t>(width);
  const std::size_t right = std::min(left + 1, columns - 1);
  const std::size_t bottom = std::min(top + 1, static_cast<std::size_t>(height) - 1);
  std::array<float, kChannels> value{};
  for (std::size_t channel = 0; channel < kChannels; ++channel) {
    const auto at = [&](std::size_t row, std::size_t column) {
      return data[(row * columns + column) * kChannels + channel];
    };
    const float above = at(top, left) + (at(top, right) - at(top, left)) * u;
    const float below = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * u;
    value[channel] = above + (below - above) * v;
  }
  return value;
}

float Squared(float dx, float dy) { return dx * dx + dy * dy; }

// Whether what stood at x, y can be found again at x + dx, y + dy.
bool FlowHolds(const media::FlowField& forward, const media::FlowField& backward, int x, int y) {
  const int width = forward.width;
  const auto at = [&](int column, int row) {
    return 2 * (CountOf(width, row) + static_cast<std::size_t>(column));
  };
  const std::size_t here = at(x, y);
  const float dx = forward.data[here];
  const float dy = forward.data[here + 1];
  const float to_x = static_cast<float>(x) + dx;
  const float to_y = static_cast<float>(y) + dy;
  if (!(to_x >= 0 && to_x <= static_cast<float>(width - 1) && to_y >= 0 &&
        to_y <= static_cast<float>(forward.height - 1))) {
    return false;
  }
  const auto back = Between<2>(backward.data, width, forward.height, to_x, to_y);
  const float size = Squared(dx, dy);
  if (Squared(back[0] + dx, back[1] + dy) >
      kTripRelative * (Squared(back[0], back[1]) + size) + kTripAbsolute) {
    return false;
  }
  const std::size_t beside = at(std::min(x + 1, width - 1), y);
  const std::size_t below = at(x, std::min(y + 1, forward.height - 1));
  const float gradient = Squared(forward.data[beside] - dx, forward.data[beside + 1] - dy) +
                         Squared(forward.data[below] - dx, forward.data[below + 1] - dy);
  return gradient <= kBoundaryRelative * size + kBoundaryAbsolute;
}

}  // namespace

std::array<std::uint8_t, 3> ChangeColour(double value) {
  const auto share = static_cast<float>(std::clamp(value, -1.0, 1.0));
  const float size = std::abs(share);
  const std::uint8_t strong = ToByte(std::sqrt(size));
  const std::uint8_t middle = ToByte(0.55F * size);
  const std::uint8_t weak = ToByte(0.25F * size * size);
  return share >= 0 ? std::array{strong, middle, weak} : std::array{weak, middle, strong};
}

std::array<std::uint8_t, 3> FlowColour(double dx, double dy, double longest) {
  constexpr double kTurn = 6.283185307179586;
  const double strength = longest > 0 ? std::min(1.0, std::hypot(dx, dy) / longest) : 0;
  const double hue = std::atan2(dy, dx) / kTurn;  // -0.5 to 0.5, 0 to the right
  std::array<std::uint8_t, 3> colour{};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    // Three waves, a third of a turn apart.
    const double phase = hue - static_cast<double>(channel) / 3;
    const double wave = 0.5 + 0.5 * std::cos(kTurn * phase);
    colour[channel] = ToByte(static_cast<float>(strength * wave));
  }
  return colour;
}

ColourPlane Reduced(const Pixels& pixels, int max_side) {
  const int longer = std::max(pixels.width, pixels.height);
  const auto scaled = [&](int side) {
    return longer > max_side
               ? std::max(1,
                          static_cast<int>((std::int64_t{side} * max_side + longer / 2) / longer))
               : side;
  };
  ColourPlane plane{.width = scaled(pixels.width), .height = scaled(pixels.height), .data = {}};
  plane.data.resize(CountOf(plane.width, plane.height) * 3);
  const auto edge = [](int index, int count, int length) {
    return static_cast<int>(std::int64_t{index} * length / count);
  };
  std::size_t at = 0;
  for (int row = 0; row < plane.height; ++row) {
    const int top = edge(row, plane.height, pixels.height);
    const int bottom = std::max(top + 1, edge(row + 1, plane.height, pixels.height));
    for (int column = 0; column < plane.width; ++column, at += 3) {
      const int left = edge(column, plane.width, pixels.width);
      const int right = std::max(left + 1, edge(column + 1, plane.width, pixels.width));
      std::array<std::uint32_t, 3> sums{};
      for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
          const std::size_t pixel = CountOf(pixels.width, y) + static_cast<std::size_t>(x);
          for (int channel = 0; channel < 3; ++channel) {
            sums[static_cast<std::size_t>(channel)] += Sample(pixels, pixel, channel);
          }
        }
      }
      const auto area = 255.0F * static_cast<float>((bottom - top) * (right - left));
      for (std::size_t channel = 0; channel < 3; ++channel) {
        plane.data[at + channel] = static_cast<float>(sums[channel]) / area;
      }
    }
  }
  return plane;
}

WarpErrors WarpErrorsOf(const ColourPlane& before, const ColourPlane& now,
                        const media::FlowField& forward, const media::FlowField& backward) {
  AGON_CHECK(before.width == now.width && before.height == now.height);
  AGON_CHECK(forward.width == now.width && forward.height == now.height);
  AGON_CHECK(backward.data.size() == forward.data.size());
  WarpErrors errors;
  errors.squares.resize(CountOf(now.width, now.height));
  double sum = 0;
  std::size_t count = 0;
  std::size_t i = 0;
  for (int y = 0; y < now.height; ++y) {
    for (int x = 0; x < now.width; ++x, ++i) {
      errors.squares[i] = -1;
      if (!FlowHolds(forward, backward, x, y)) continue;
      const auto moved =
          Between<3>(now.data, now.width, now.height, static_cast<float>(x) + forward.data[2 * i],
                     static_cast<float>(y) + forward.data[2 * i + 1]);
      float square = 0;
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const float difference = moved[channel] - before.data[3 * i + channel];
        square += difference * difference;
      }
      errors.squares[i] = square / 3;
      sum += static_cast<double>(square) / 3;
      ++count;
    }
  }
  errors.error = count > 0 ? sum / static_cast<double>(count) : 0;
  errors.covered = errors.squares.empty()
                       ? 0
                       : static_cast<double>(count) / static_cast<double>(errors.squares.size());
  return errors;
}

Overlay MakeOverlay(const OverlayRequest& request) {
  switch (request.kind) {
    case OverlayKind::kChange:
      return {.input = ChangeOf(request.input, request.gain),
              .output = ChangeOf(request.output, request.gain)};
    case OverlayKind::kFlow:
      return {.input = FlowPicture(request.input), .output = FlowPicture(request.output)};
    case OverlayKind::kWarpError:
      return WarpOverlay(request);
  }
  Fail(ErrorKind::kInternal, "no such overlay: {}", static_cast<int>(request.kind));
}

}  // namespace agon::viewer
