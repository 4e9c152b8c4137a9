// SPDX-License-Identifier: Apache-2.0
// How steady a translated video is, beside its source: warping error (Lai et al. 2018), tOF
// (Chu et al. 2020) and flicker. Definitions, and where we deviate (DIS flow for FlowNet2, reduced
// size), stand in the source file.
//
//   TemporalMetrics metrics(settings);
//   for (...) metrics.Add(input, output, seconds);   // frame after frame
//   const TemporalSummary summary = metrics.Summary();
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/media/flow.h"
#include "runtime/media/video.h"

namespace agon::cyclegan {

struct TemporalSettings {
  int max_side = 320;      // frames are measured at this longer side at most; 0: as they are
  std::int64_t every = 1;  // flow is computed for every so many pairs; flicker for all
};

// Of the pair (t-1, t). Values are those of [0,1] colours.
struct TemporalRow {
  std::int64_t frame = 0;                        // t: 1 for the first pair
  double seconds = 0;                            // of frame t
  double flicker_input = 0, flicker_output = 0;  // mean |I_t - I_{t-1}|
  bool measured = false;                         // flow was computed for this pair:
  double warp_input = 0, warp_output = 0;        // warping error
  double tof = 0;                                // pixels of the input
  double covered = 0;                            // share of pixels that are not occluded
  [[nodiscard]] nlohmann::json ToJson() const;
};

struct TemporalSummary {
  std::int64_t frames = 0, pairs = 0;  // pairs whose flow was measured
  double warp_input = 0, warp_output = 0, tof = 0;
  double flicker_input = 0, flicker_output = 0;
  [[nodiscard]] nlohmann::json ToJson() const;
};

class TemporalMetrics {
 public:
  explicit TemporalMetrics(TemporalSettings settings);
  ~TemporalMetrics();
  // Frame after frame; sizes and depths of the two may differ. About 35 ms for a pair that is
  // measured at 320x180, less than 1 ms for one that is not.
  void Add(const media::Picture& input, const media::Picture& output, double seconds);
  [[nodiscard]] TemporalSummary Summary() const;
  [[nodiscard]] const std::vector<TemporalRow>& rows() const;
  // Rows and the previous frames, for a border between segments: LoadState(State()) goes on with
  // the same bits. The settings are not part of it.
  [[nodiscard]] Bytes State() const;
  void LoadState(const Bytes& state);  // Error(kData)

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The warping error of one pair with a flow that is known, colours in [0,1]: mean square of the
// difference between the second, moved back along `flow` (from the first to the second), and the
// first, over the pixels of the first that are `valid` (0 or 1). 0 when none is. All of one size.
[[nodiscard]] double WarpingError(const media::Picture& first, const media::Picture& second,
                                  const media::FlowField& flow,
                                  std::span<const std::uint8_t> valid);

}  // namespace agon::cyclegan
