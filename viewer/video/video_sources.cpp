// SPDX-License-Identifier: Apache-2.0
#include "viewer/video/video_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "viewer/core/text_tail.h"

namespace agon::viewer {
namespace {

constexpr std::string_view kInput = "/input";
constexpr std::string_view kOutput = "/output";
constexpr std::string_view kSampleFolder = "samples/";

template <class T>
SharedPixels PixelsOf(const std::shared_ptr<const T>& holder) {
  return holder ? SharedPixels(holder, &holder->pixels) : nullptr;
}

// The place of the newest item at or before the moment; the first one when all are later.
std::size_t PlaceAt(const std::vector<ItemRef>& items, const ItemRef& at) {
  for (std::size_t i = items.size(); i-- > 0;) {
    if (items[i].offset == at.offset) return i;
  }
  return 0;
}

// Asks for an item; what is on its way, or cannot be read, goes to `shown`.
template <class T>
SharedPixels Load(const std::shared_ptr<RunTracks>& tracks, ItemLoader& loader, const ItemRef& item,
                  ShownFrames& shown) {
  const auto found = loader.GetAs<T>(tracks, item);
  if (found) return PixelsOf(found);
  const std::string problem = loader.Problem(tracks, item);
  if (problem.empty()) {
    shown.waiting = true;
  } else {
    shown.note = problem;
  }
  return nullptr;
}

}  // namespace

std::vector<VideoSource> ListSources(const TranslationFiles& files,
                                     const std::vector<TrackInfo>& tracks) {
  std::vector<VideoSource> sources;
  for (std::size_t i = 0; i < files.found.size(); ++i) {
    const std::string& folder = files.found[i].name;
    sources.push_back({.kind = SourceKind::kVideos,
                       .name = folder.empty() ? "videos" : "videos: " + folder,
                       .translation = i,
                       .track = {}});
  }
  std::set<std::string> outputs;
  for (const TrackInfo& track : tracks) {
    if (track.kind == TrackKind::kFrame && track.name.ends_with(kOutput)) {
      outputs.insert(track.name.substr(0, track.name.size() - kOutput.size()));
    }
  }
  for (const std::string& label : outputs) {
    sources.push_back({.kind = SourceKind::kRecorded,
                       .name = "recorded: " + label,
                       .translation = 0,
                       .track = label});
  }
  for (const TrackInfo& track : tracks) {
    if (track.kind != TrackKind::kImage) continue;
    const std::size_t at = track.name.rfind(kSampleFolder);
    if (at == std::string::npos || (at > 0 && track.name[at - 1] != '/')) continue;
    sources.push_back(
        {.kind = SourceKind::kSamples, .name = track.name, .translation = 0, .track = track.name});
  }
  return sources;
}

ShownFrames FramesOfVideos(VideoPair& pair, std::int64_t frame) {
  pair.LookAt(frame);
  const VideoPairStatus status = pair.status();
  if (status.frames_exact && status.frames > 0) frame = std::min(frame, status.frames - 1);
  ShownFrames shown;
  shown.step = frame;
  shown.adjacent = true;
  const auto input = pair.Get(VideoSide::kInput, frame);
  const auto output = pair.Get(VideoSide::kOutput, frame);
  shown.input = PixelsOf(input);
  shown.output = PixelsOf(output);
  if (frame > 0) {
    shown.input_before = PixelsOf(pair.Get(VideoSide::kInput, frame - 1));
    shown.output_before = PixelsOf(pair.Get(VideoSide::kOutput, frame - 1));
  }
  if (input) {
    shown.seconds = input->seconds;
  } else if (output) {
    shown.seconds = output->seconds;
  }
  shown.waiting = !pair.settled();
  shown.note = !status.problem_output.empty() ? status.problem_output : status.problem_input;
  return shown;
}

ShownFrames FramesOfRecorded(const std::shared_ptr<RunTracks>& tracks, ItemLoader& loader,
                             const std::string& label, const Moment& moment) {
  ShownFrames shown;
  const std::string output = label + std::string(kOutput);
  const auto item = tracks->At(output, TrackKind::kFrame, moment);
  if (!item) {
    shown.note = "no frame was recorded yet";
    return shown;
  }
  shown.step = item->step;
  if (const auto frame = loader.GetAs<record::Frame>(tracks, *item)) shown.seconds = frame->time;
  shown.output = Load<record::Frame>(tracks, loader, *item, shown);
  // The same frame of the input, whatever the moment says of the time between the two.
  const Moment same{.mode = TimelineMode::kStep, .step = item->step, .wall_time = 0};
  const auto source = tracks->At(label + std::string(kInput), TrackKind::kFrame, same);
  if (source && source->step == item->step) {
    shown.input = Load<record::Frame>(tracks, loader, *source, shown);
  }
  const std::vector<ItemRef> items = tracks->Items(output, TrackKind::kFrame);
  const std::size_t place = PlaceAt(items, *item);
  if (place == 0 || items[place - 1].step != item->step - 1) return shown;
  shown.adjacent = true;
  shown.output_before = Load<record::Frame>(tracks, loader, items[place - 1], shown);
  const Moment before{.mode = TimelineMode::kStep, .step = item->step - 1, .wall_time = 0};
  const auto source_before = tracks->At(label + std::string(kInput), TrackKind::kFrame, before);
  if (source_before && source_before->step == item->step - 1) {
    shown.input_before = Load<record::Frame>(tracks, loader, *source_before, shown);
  }
  return shown;
}

ShownFrames FramesOfSamples(const std::shared_ptr<RunTracks>& tracks, ItemLoader& loader,
                            const std::string& track, const Moment& moment) {
  ShownFrames shown;
  const auto item = tracks->At(track, TrackKind::kImage, moment);
  const std::vector<ItemRef> items = tracks->Items(track, TrackKind::kImage);
  if (!item || items.empty()) {
    shown.note = "no sample was taken yet";
    return shown;
  }
  shown.step = item->step;
  shown.output = Load<record::Image>(tracks, loader, *item, shown);
  if (const auto image = loader.GetAs<record::Image>(tracks, *item)) {
    shown.caption = ValidUtf8(image->caption);
  }
  shown.input = Load<record::Image>(tracks, loader, items.front(), shown);
  if (const std::size_t place = PlaceAt(items, *item); place > 0) {
    shown.output_before = Load<record::Image>(tracks, loader, items[place - 1], shown);
    shown.adjacent = true;
  }
  return shown;
}

std::vector<std::size_t> Spread(std::size_t items, std::size_t count) {
  std::vector<std::size_t> places;
  if (items == 0 || count == 0) return places;
  if (items <= count) {
    for (std::size_t i = 0; i < items; ++i) places.push_back(i);
    return places;
  }
  if (count == 1) return {items - 1};
  for (std::size_t i = 0; i < count; ++i) places.push_back(i * (items - 1) / (count - 1));
  return places;
}

}  // namespace agon::viewer
