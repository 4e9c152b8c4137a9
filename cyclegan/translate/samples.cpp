// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cyclegan/video/thumbnail.h"

namespace agon::cyclegan {
namespace {

constexpr std::int64_t kMostSamples = 16;  // when the source is longer than it says
constexpr std::int64_t kUnknownEvery = 50;
constexpr int kSide = 320;

std::int64_t Every(std::int64_t frames, std::int64_t wanted) {
  return frames > 0 ? std::max<std::int64_t>(1, frames / wanted) : kUnknownEvery;
}

Path FileOf(const Path& folder, std::int64_t frame, const char* what) {
  return folder / fmt::format("{:06}-{}.png", frame, what);
}

}  // namespace

SampleTaker::SampleTaker(Path folder, std::string label, std::int64_t frames, Counts counts,
                         record::Recorder& recorder)
    : folder_(std::move(folder)),
      label_(std::move(label)),
      sample_every_(Every(frames, counts.samples)),
      record_every_(Every(frames, counts.recorded)),
      recorder_(recorder) {}

void SampleTaker::Take(const PipelineFrame& frame, const TemporalRow* row) {
  const bool samples =
      frame.index % sample_every_ == 0 && frame.index / sample_every_ < kMostSamples;
  if (samples || frame.index % record_every_ == 0) {
    const formats::Pixels input = Thumbnail(frame.input.picture, kSide);
    const formats::Pixels output = Thumbnail(frame.output.picture, kSide);
    if (samples) {
      WriteFileAtomic(FileOf(folder_, frame.index, "input"), formats::EncodePng(input));
      WriteFileAtomic(FileOf(folder_, frame.index, "output"), formats::EncodePng(output));
    }
    recorder_.Frame(label_ + "/input", frame.index, {input, frame.seconds});
    recorder_.Frame(label_ + "/output", frame.index, {output, frame.seconds});
  }
  if (row != nullptr) RecordRow(recorder_, label_, *row);
}

void RecordRow(record::Recorder& recorder, const std::string& label, const TemporalRow& row) {
  recorder.Scalar(label + "/flicker_input", row.frame, row.flicker_input);
  recorder.Scalar(label + "/flicker_output", row.frame, row.flicker_output);
  if (!row.measured) return;
  recorder.Scalar(label + "/warp_input", row.frame, row.warp_input);
  recorder.Scalar(label + "/warp_output", row.frame, row.warp_output);
  recorder.Scalar(label + "/tof", row.frame, row.tof);
}

std::vector<Sample> SampleTaker::Load(const Path& folder) {
  std::vector<Sample> samples;
  std::error_code failed;
  for (std::filesystem::directory_iterator it(folder, failed), end; !failed && it != end;
       it.increment(failed)) {
    const std::string name = it->path().filename().string();
    std::int64_t frame = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), frame);
    if (error != std::errc() || std::string_view(rest) != "-input.png") continue;
    const Path other = FileOf(folder, frame, "output");
    if (!std::filesystem::exists(other)) continue;  // killed between the two
    samples.push_back({frame, formats::DecodePng(ReadFileBytes(it->path()), name),
                       formats::DecodePng(ReadFileBytes(other), other.string())});
  }
  std::sort(samples.begin(), samples.end(),
            [](const Sample& a, const Sample& b) { return a.frame < b.frame; });
  return samples;
}

}  // namespace agon::cyclegan
