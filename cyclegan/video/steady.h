// SPDX-License-Identifier: Apache-2.0
// Steadiness at test time: each output frame is blended with the previous output, moved along by
// the optical flow of the input, where that flow is consistent and nothing was uncovered.
//
//   SteadyFilter filter(Steadiness::kStrong);
//   filter.Apply(input, output);        // frame after frame; changes output in place
//
// With n the number of earlier frames that a pixel's history holds, at most 1 (light) or 5
// (strong),
//   out_t <- y_t + c n / (n + 1) (W(out_{t-1}) - y_t),   n <- min(c W(n) + 1, limit),
// where c in [0,1] says how far the flow can be trusted: it is consistent forwards and backwards,
// and the previous input moved along it explains this input. So a mean over the frames so far
// becomes an exponential one, alpha = 1/2 or 5/6. Near motion boundaries history is kept within
// the colours that surround the pixel now, so that nothing leaves ghosts.
//
// Flow is computed on the input, at 320 pixels of the longer side at most. What does not move stays
// sharp; fine texture that moves loses some contrast at `strong`.
//
// Thread safety: one thread.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/base/files.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

enum class Steadiness { kOff, kLight, kStrong };
[[nodiscard]] Steadiness ParseSteadiness(std::string_view word);  // Error(kUsage)
[[nodiscard]] std::string_view NameOf(Steadiness steadiness);

class SteadyFilter {
 public:
  explicit SteadyFilter(Steadiness steadiness);
  ~SteadyFilter();
  // `output` is the translation of `input`, of the same size; both of one video, in order. A cut
  // (no correspondence between two inputs) begins anew, as Reset does. Returns true at a cut.
  bool Apply(const media::Picture& input, media::Picture& output);
  void Reset();
  // The previous input, reduced, and output, 8 bytes a pixel; LoadState(State()) goes on with the
  // same bits.
  [[nodiscard]] Bytes State() const;
  void LoadState(const Bytes& state);  // Error(kData)

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agon::cyclegan
