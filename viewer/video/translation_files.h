// SPDX-License-Identifier: Apache-2.0
// What a run left of translations: its reports (docs/formats.md, "Reports") name the videos, its
// metrics.csv has the figures of every frame.
//
// Thread safety: free functions; they read files, so they are for the background.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/files.h"
#include "viewer/video/video_pair.h"

namespace agon::viewer {

// A column of metrics.csv. Frames without a value are left out.
struct FrameFigures {
  std::string name;  // "flicker_input"
  std::vector<std::int64_t> frames;
  std::vector<double> values;
};

struct FoundTranslation {
  std::string name;  // of its folder inside the run; empty: the run's own
  VideoPairFiles videos;
  std::int64_t frames = 0;  // as the report says; 0: it does not
  std::string network, steady;
  std::vector<FrameFigures> figures;
};

struct TranslationFiles {
  std::vector<FoundTranslation> found;
  std::string problem;  // one line: a report that cannot be read; empty: none
};

// Those in the run's folder and in the folders in it (a demo keeps several), at most kMost. Never
// throws. Reports of other commands are passed over.
inline constexpr std::size_t kMostTranslations = 32;
[[nodiscard]] TranslationFiles FindTranslations(const Path& run);

// A path of a report may be relative to the folder that the command was started in, which is told
// nowhere: the folders from the run's own upwards are tried, then ours. As it is when there is
// none.
[[nodiscard]] Path FindReported(const Path& run, const Path& reported);

// Error(kData) naming the line that is none of metrics.csv.
[[nodiscard]] std::vector<FrameFigures> ParseFigures(std::string_view csv, const std::string& file);

}  // namespace agon::viewer
