// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/estimate.h"

#include <algorithm>
#include <vector>

#include "cyclegan/video/thumbnail.h"
#include "runtime/base/clock.h"

namespace agon::cyclegan {
namespace {

constexpr std::size_t kMostFrames = 8;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;  // of frames held
constexpr double kLongEnough = 1.0;  // seconds: a first batch that took longer is not repeated

std::vector<media::VideoFrame> ReadSome(media::VideoReader& reader) {
  std::vector<media::VideoFrame> frames;
  std::size_t bytes = 0;
  media::VideoFrame frame;
  while (frames.size() < kMostFrames && bytes < kMostBytes && reader.Next(frame)) {
    bytes += frame.picture.data.size();
    frames.push_back(frame);
  }
  return frames;
}

// Seconds a frame of the second batch: the first one warms up.
double TimeTranslation(FrameTranslator& translator, const std::vector<media::VideoFrame>& frames,
                       std::int64_t batch, std::vector<media::Picture>& outputs) {
  const std::size_t size = std::min(frames.size(), static_cast<std::size_t>(batch));
  double seconds = 0;
  for (int round = 0; round < 2 && seconds < kLongEnough; ++round) {
    std::vector<const media::Picture*> inputs;
    for (std::size_t i = 0; i < size; ++i) {
      inputs.push_back(
          &frames[(static_cast<std::size_t>(round) * size + i) % frames.size()].picture);
      if (inputs.front()->width != inputs.back()->width ||
          inputs.front()->height != inputs.back()->height) {
        inputs.pop_back();
        break;
      }
    }
    outputs.resize(inputs.size());
    const Stopwatch watch;
    translator.Translate(inputs, outputs);
    seconds = watch.Seconds() / static_cast<double>(inputs.size());
  }
  translator.Reset();
  return seconds;
}

double TimeFilter(Steadiness steadiness, const std::vector<media::VideoFrame>& frames) {
  if (steadiness == Steadiness::kOff || frames.size() < 2) return 0;
  SteadyFilter filter(steadiness);
  media::Picture output = frames[0].picture;
  filter.Apply(frames[0].picture, output);
  output = frames[1].picture;
  const Stopwatch watch;
  filter.Apply(frames[1].picture, output);
  return watch.Seconds();
}

// The first pair warms up.
double TimeMetrics(const std::optional<TemporalSettings>& settings,
                   const std::vector<media::VideoFrame>& frames) {
  if (!settings || frames.size() < 3) return 0;
  TemporalMetrics metrics({.max_side = settings->max_side, .every = 1});
  double seconds = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const Stopwatch watch;
    metrics.Add(frames[i].picture, frames[i].picture, static_cast<double>(i));
    seconds = watch.Seconds();
  }
  return seconds / static_cast<double>(settings->every);
}

double TimeWriting(const EstimateParts& parts, const std::vector<media::VideoFrame>& frames) {
  const Stopwatch watch;
  if (parts.file.empty()) {
    (void)formats::EncodePng(Thumbnail(frames.front().picture));
    return watch.Seconds() / parts.cores;
  }
  const auto writer = media::Videos().Create(parts.file, parts.reader.info(), parts.write);
  for (const media::VideoFrame& frame : frames) writer->Write(frame);
  writer->Finish();
  const double seconds = watch.Seconds() / static_cast<double>(frames.size());
  std::error_code ignored;
  std::filesystem::remove(parts.file, ignored);
  return seconds * (parts.side_by_side ? 2 : 1);
}

}  // namespace

double EstimateSecondsPerFrame(const EstimateParts& parts) {
  const Stopwatch watch;
  const std::vector<media::VideoFrame> frames = ReadSome(parts.reader);
  if (frames.empty()) return 0;
  const double decode = watch.Seconds() / static_cast<double>(frames.size());
  std::vector<media::Picture> outputs;
  const double translate = TimeTranslation(parts.translator, frames, parts.batch, outputs);
  const double filter = TimeFilter(parts.steadiness, frames) / parts.cores;
  const double write = TimeWriting(parts, frames);
  // Decoder, network and encoder use all cores each; on the CPU they share them.
  const double measure = TimeMetrics(parts.measured, frames) / parts.cores;
  const double beside = decode + filter + write + measure;
  return parts.device_is_cpu ? translate + beside : std::max(translate, beside);
}

}  // namespace agon::cyclegan
