// SPDX-License-Identifier: Apache-2.0
// What the Video panel can show of a run, and the pictures of one moment of it, wherever they come
// from: the videos themselves, frames that were recorded while they were made, samples of a
// training.
//
// Thread safety: the thread that draws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/core/item_loader.h"
#include "viewer/core/run_tracks.h"
#include "viewer/video/overlay.h"
#include "viewer/video/translation_files.h"
#include "viewer/video/video_pair.h"

namespace agon::viewer {

enum class SourceKind {
  kVideos,    // the files that a report names, frame by frame
  kRecorded,  // LABEL/input and LABEL/output of the recording: some frames
  kSamples,   // pictures of a training by step
};

struct VideoSource {
  SourceKind kind = SourceKind::kVideos;
  std::string name;             // for people
  std::size_t translation = 0;  // kVideos: its place in TranslationFiles::found
  std::string track;            // kRecorded: the label; kSamples: the track
  friend bool operator==(const VideoSource&, const VideoSource&) = default;
};

// Videos first, then what was recorded of them, then samples.
[[nodiscard]] std::vector<VideoSource> ListSources(const TranslationFiles& files,
                                                   const std::vector<TrackInfo>& tracks);

using SharedPixels = std::shared_ptr<const formats::Pixels>;

// The pictures of one moment. For samples the input is the first sample ever taken.
struct ShownFrames {
  SharedPixels input, output;                // null: not there (yet)
  SharedPixels input_before, output_before;  // of the frame before, or the sample before
  std::int64_t step = 0;                     // of the frame, or the iteration
  std::optional<double> seconds;             // of the frame in its video
  bool waiting = false;                      // something is still on its way
  bool adjacent = false;                     // what stands before is the frame before
  std::string caption;                       // of a sample: what its columns are
  std::string note;                          // why something is missing: one line
};

[[nodiscard]] ShownFrames FramesOfVideos(VideoPair& pair, std::int64_t frame);
[[nodiscard]] ShownFrames FramesOfRecorded(const std::shared_ptr<RunTracks>& tracks,
                                           ItemLoader& loader, const std::string& label,
                                           const Moment& moment);
[[nodiscard]] ShownFrames FramesOfSamples(const std::shared_ptr<RunTracks>& tracks,
                                          ItemLoader& loader, const std::string& track,
                                          const Moment& moment);

// Places of `count` of so many items, evenly spread, first and last among them.
[[nodiscard]] std::vector<std::size_t> Spread(std::size_t items, std::size_t count);

}  // namespace agon::viewer
