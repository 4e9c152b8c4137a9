// SPDX-License-Identifier: Apache-2.0
// Where each pixel of a frame was in the frame before, and how far that can be trusted.
//
// Private to this folder; the steady filter uses it.
//
// Thread safety: one thread.
#pragma once

#include <memory>

#include "cyclegan/video/warp.h"

namespace agon::cyclegan {

class FlowTrust {
 public:
  // `before` and `now`: two frames at the reduced size. Fills `out` of that size: dx, dy in pixels
  // of a picture of size `full`, from this frame to the one before; the trust in [0,1]; and the
  // distance from motion boundaries in [0,1], 0 at one: what is seen there may be a ghost.
  // False: nothing corresponds, there is a cut between the two.
  [[nodiscard]] bool Compute(const Image4& before, const Image4& now, Size full, Image4& out);

 private:
  void Measure(const Image4& before, const Image4& now);
  void Combine();
  void Smooth(Image4& out);

  std::unique_ptr<media::FlowEstimator> estimator_;  // made when first needed
  media::FlowField field_;
  std::vector<std::uint8_t> grey_before_, grey_now_;
  Image4 backward_, forward_;  // dx, dy: from now to before, from before to now
  // Squared error of the round trip over what is allowed, squared residual of the input, squared
  // gradient of the input, squared gradient of the flow over what is allowed.
  Image4 measures_;
  Image4 rough_;  // as the result, before it is smoothed
  std::vector<Pixel4> sums_, maxima_;
};

}  // namespace agon::cyclegan
