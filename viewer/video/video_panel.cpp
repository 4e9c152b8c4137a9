// SPDX-License-Identifier: Apache-2.0
// The panel's state: which run, which of its videos, which frame, and what is on its way.
#include "viewer/video/video_panel.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/base/text.h"
#include "viewer/ui/widgets.h"
#include "viewer/video/video_view.h"

namespace agon::viewer {
namespace {

constexpr double kLookSeconds = 2;  // between two looks for the reports of a run that goes on
constexpr float kLeastGain = 1, kMostGain = 64;

constexpr std::array<std::string_view, 7> kModeNames{"wipe",   "side", "input", "output",
                                                     "change", "flow", "warp"};

class VideoPanel final : public Panel {
 public:
  static void Describe(Description<VideoPanel>& d) {
    d.Title("Video").Commands(
        {"cyclegan translate", "cyclegan evaluate", "cyclegan demo", "cyclegan train"});
  }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override { return MakeVideoView(); }
};

}  // namespace

void VideoView::Draw(PanelContext& context) {
  background_ = &context.workspace.background();
  FollowRun(context);
  if (!run_) {
    ui::CentredNote("no run is chosen");
    return;
  }
  FollowFiles(context);
  FollowSources();
  if (sources_.empty()) {
    if (looking_.running()) context.busy = true;
    ui::CentredNote(looking_.running()
                        ? "looking for videos"
                        : "this run has no videos; agon cyclegan translate and train record them");
    return;
  }
  TakeKeys(context);
  FollowTimeline(context.workspace.timeline());
  TakeFrames(context);
  TakeOverlay(context);

  DrawTools(context);
  const bool film = source()->kind == SourceKind::kSamples;
  const bool strip = !film && !strip_.empty();
  const float line = ImGui::GetFrameHeightWithSpacing();
  const float room = ImGui::GetContentRegionAvail().y - line;
  float below = 0;
  if (film) below = std::min(ui::Px(120), room / 3);
  if (strip) below = std::min(ui::Px(170), room / 2.5F);
  const ImVec2 spacing = ImGui::GetStyle().ItemSpacing;
  DrawPictures(context, room - below - spacing.y);
  DrawStatus();
  if (film) DrawFilm(context, below);
  if (strip) {
    const auto clicked = strip_.Draw(std::max(ui::Px(60), below - line), shown_.step, LastFrame());
    if (clicked) GoTo(context.workspace.timeline(), *clicked);
  }
}

// ---- what there is ----

void VideoView::FollowRun(PanelContext& context) {
  const std::shared_ptr<OpenRun> run = context.workspace.selected();
  if (run == run_) return;
  DropPair();
  run_ = run;
  looking_ = {};
  files_.reset();
  look_once_more_ = true;
  tracks_version_ = 0;
  sources_.clear();
  source_ = 0;
  chosen_.reset();
  source_chosen_ = false;
  frame_ = 0;
  timeline_step_.reset();
  began_ = false;
  shown_ = {};
  shown_frame_ = -1;
  strip_.Clear();
}

void VideoView::DropPair() {
  // Its end waits for the frame that is being decoded.
  if (pair_) background_->Post([pair = std::move(pair_)]() mutable { pair.reset(); });
  pair_.reset();
  status_ = {};
}

void VideoView::FollowFiles(PanelContext& context) {
  Workspace& workspace = context.workspace;
  if (looking_.started() && !looking_.running()) {
    if (const auto found = looking_.share()) files_ = found;
    looking_ = {};
    sources_.clear();  // made anew
  }
  if (looking_.running()) {
    context.busy = context.busy || files_ == nullptr;
    return;
  }
  const auto entry = workspace.runs().Find(run_->folder);
  const bool goes_on =
      entry && (entry->state == RunState::kRunning || entry->state == RunState::kPaused);
  const bool due = files_ == nullptr || (goes_on && workspace.now() - looked_at_ > kLookSeconds) ||
                   (!goes_on && look_once_more_);
  if (!due) return;
  // What a run leaves at its end is looked for once when it is over.
  look_once_more_ = goes_on;
  looked_at_ = workspace.now();
  looking_ = workspace.background().Run<TranslationFiles>(
      [folder = run_->folder] { return FindTranslations(folder); });
  context.busy = context.busy || files_ == nullptr;
}

const VideoSource* VideoView::source() const {
  return source_ < sources_.size() ? &sources_[source_] : nullptr;
}

void VideoView::FollowSources() {
  const std::uint64_t version = run_->tracks->version();
  if (!sources_.empty() && version == tracks_version_) return;
  tracks_version_ = version;
  const std::vector<TrackInfo> tracks = run_->tracks->Tracks();
  frame_tracks_.clear();
  for (const TrackInfo& track : tracks) {
    if (track.kind == TrackKind::kScalar && track.name.ends_with("/flicker_output")) {
      frame_tracks_.push_back(track.name);
    }
  }
  sources_ = ListSources(files_ ? *files_ : TranslationFiles(), tracks);
  if (sources_.empty()) return;
  // What the user chose stays; else the best there is by now.
  const bool keep = source_chosen_ && chosen_;
  const std::string wanted = !wanted_source_.empty() ? wanted_source_ : (keep ? chosen_->name : "");
  std::size_t place = 0;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].name == wanted) place = i;
  }
  Choose(place);
}

void VideoView::Choose(std::size_t place) {
  source_ = place;
  const VideoSource& source = sources_[source_];
  const bool videos = source.kind == SourceKind::kVideos;
  const bool same_videos =
      videos && pair_ && pair_->files() == files_->found[source.translation].videos;
  if (chosen_ == source && (!videos || same_videos)) return;
  chosen_ = source;
  shown_ = {};
  shown_frame_ = -1;
  overlay_.reset();
  overlay_key_ = {};
  DropPair();
  strip_.Clear();
  if (source.kind == SourceKind::kRecorded) strip_.Show(run_->tracks, source.track);
  if (!videos) return;
  const FoundTranslation& found = files_->found[source.translation];
  strip_.Show(found.figures);
  VideoPairOptions options;
  options.open = open_;
  pair_ = std::make_shared<VideoPair>(found.videos, std::move(options));
}

// ---- the moment ----

std::int64_t VideoView::LastFrame() const {
  if (source() == nullptr || source()->kind != SourceKind::kVideos) return shown_.step;
  std::int64_t frames = status_.frames;
  if (!status_.frames_exact) {
    frames = std::max(frames, files_->found[source()->translation].frames);
  }
  return std::max<std::int64_t>(0, frames - 1);
}

// The timeline counts frames here: a step of the recording is one. Where it does not reach, because
// nothing was measured, the panel goes on alone.
void VideoView::FollowTimeline(Timeline& timeline) {
  if (source()->kind != SourceKind::kVideos) return;
  if (!began_) {
    began_ = true;
    // A film begins at its beginning; the timeline of a run that is over stands at its end.
    if (timeline.following()) {
      frame_ = 0;
      timeline.SetStep(0);
      timeline_step_ = timeline.moment().step;
    }
  }
  std::int64_t step = timeline.moment().step;
  if (timeline.mode() == TimelineMode::kTime) {
    // The frame that was worked on then.
    step = timeline_step_.value_or(0);
    for (const std::string& track : frame_tracks_) {
      run_->tracks->WithSeries(track, [&](const ScalarSeries* series) {
        if (series == nullptr) return;
        if (const auto at = series->AtTime(timeline.moment().wall_time)) step = at->step;
      });
    }
  }
  if (!timeline_step_ || *timeline_step_ != step) frame_ = step;
  timeline_step_ = step;
  if (wanted_frame_) {
    frame_ = *wanted_frame_;
    wanted_frame_.reset();
  }
  frame_ = std::max<std::int64_t>(0, frame_);
  if (status_.opened && LastFrame() > 0) frame_ = std::min(frame_, LastFrame());
}

void VideoView::GoTo(Timeline& timeline, std::int64_t frame) {
  frame_ = std::clamp<std::int64_t>(frame, 0, std::max(LastFrame(), frame_));
  timeline.SetMode(TimelineMode::kStep);
  timeline.SetStep(source()->kind == SourceKind::kVideos ? frame_ : frame);
  timeline_step_ = timeline.moment().step;
}

void VideoView::TakeKeys(PanelContext& context) {
  if (context.pressed(Action::kGainUp)) gain_ = std::min(kMostGain, gain_ * 2);
  if (context.pressed(Action::kGainDown)) gain_ = std::max(kLeastGain, gain_ / 2);
  constexpr double kZoomStep = 1.25;
  if (context.pressed(Action::kZoomIn)) ui::ZoomBy(view_, kZoomStep);
  if (context.pressed(Action::kZoomOut)) ui::ZoomBy(view_, 1 / kZoomStep);
  if (context.pressed(Action::kZoomFit)) view_.fit = true;
  flipped_ = context.held(Action::kFlip);
  if (source()->kind != SourceKind::kVideos) return;
  // Beyond the timeline's range, which it moves within by itself.
  const Timeline& timeline = context.workspace.timeline();
  const bool beyond =
      timeline.range().last_step < LastFrame() && (frame_ >= timeline.range().last_step);
  if (!beyond || timeline.mode() != TimelineMode::kStep) return;
  if (context.pressed(Action::kStepForward)) {
    timeline_step_ = timeline.moment().step;
    frame_ = std::min(frame_ + 1, LastFrame());
  } else if (context.pressed(Action::kStepBack) && frame_ > timeline.range().last_step) {
    // The timeline made the same step within its range.
    timeline_step_ = timeline.moment().step;
    --frame_;
  }
}

void VideoView::TakeFrames(PanelContext& context) {
  Workspace& workspace = context.workspace;
  const Moment& moment = workspace.timeline().moment();
  ShownFrames now;
  switch (source()->kind) {
    case SourceKind::kVideos:
      now = FramesOfVideos(*pair_, frame_);
      status_ = pair_->status();
      break;
    case SourceKind::kRecorded:
      now = FramesOfRecorded(run_->tracks, workspace.items(), source()->track, moment);
      break;
    case SourceKind::kSamples:
      now = FramesOfSamples(run_->tracks, workspace.items(), source()->track, moment);
      break;
  }
  waiting_ = now.waiting;
  context.busy = context.busy || waiting_;
  // What is whole stays until the next one is.
  const bool other_kind = shown_frame_ < 0;
  if (!now.waiting || other_kind) {
    shown_ = std::move(now);
    shown_frame_ = shown_.step;
  } else {
    shown_.note = now.note;
  }
}

VideoMode VideoView::ModeNow() const {
  if (flipped_) return VideoMode::kInput;
  const bool samples = source()->kind == SourceKind::kSamples;
  auto mode = static_cast<VideoMode>(samples ? sample_mode_ : mode_);
  const bool moves = mode == VideoMode::kFlow || mode == VideoMode::kWarpError;
  if (moves && samples) mode = VideoMode::kSideBySide;
  return mode;
}

std::optional<OverlayKind> VideoView::OverlayNow() const {
  switch (ModeNow()) {
    case VideoMode::kChange:
      return OverlayKind::kChange;
    case VideoMode::kFlow:
      return OverlayKind::kFlow;
    case VideoMode::kWarpError:
      return OverlayKind::kWarpError;
    default:
      return std::nullopt;
  }
}

void VideoView::TakeOverlay(PanelContext& context) {
  if (making_.started() && !making_.running()) {
    overlay_problem_ = making_.error();
    overlay_ = making_.share();
    overlay_key_ = making_key_;
    making_ = {};
  }
  const std::optional<OverlayKind> kind = OverlayNow();
  if (!kind || !shown_.adjacent) return;
  const SharedPixels& now = shown_.output ? shown_.output : shown_.input;
  const SharedPixels& before = shown_.output ? shown_.output_before : shown_.input_before;
  if (!now || !before) return;
  const OverlayKey key{.kind = *kind,
                       .source = source_,
                       .now = now,
                       .before = before,
                       .gain = *kind == OverlayKind::kFlow ? 0 : gain_};
  if (key == overlay_key_) return;
  context.busy = true;
  if (making_.running()) return;  // the newest follows when this one is done
  OverlayRequest request{.kind = key.kind,
                         .input = {shown_.input_before, shown_.input},
                         .output = {shown_.output_before, shown_.output},
                         .gain = static_cast<double>(gain_)};
  if (source()->kind == SourceKind::kSamples) request.input = {};  // the first one stands still
  making_key_ = key;
  making_ = context.workspace.background().Run<Overlay>(
      [request = std::move(request)] { return MakeOverlay(request); });
}

// ---- the outside ----

std::string VideoView::Csv() { return strip_.Csv(); }

bool VideoView::Set(std::string_view key, std::string_view value) {
  const std::optional<double> number = ParseReal(value);
  if (key == "mode") {
    const auto found = std::find(kModeNames.begin(), kModeNames.end(), value);
    if (found == kModeNames.end()) return false;
    mode_ = sample_mode_ = static_cast<int>(found - kModeNames.begin());
    return true;
  }
  if (key == "metric") return strip_.Choose(value);
  if (key == "source") {
    wanted_source_ = value;
    sources_.clear();
    return true;
  }
  if (!number || !std::isfinite(*number)) return false;
  if (key == "gain") {
    gain_ = std::clamp(static_cast<float>(*number), kLeastGain, kMostGain);
  } else if (key == "wipe") {
    wipe_ = std::clamp(static_cast<float>(*number), 0.0F, 1.0F);
  } else if (key == "frame" && *number >= 0) {
    wanted_frame_ = static_cast<std::int64_t>(std::min(*number, 1e12));
  } else {
    return false;
  }
  return true;
}

std::unique_ptr<PanelView> MakeVideoView(VideoOpener open) {
  return std::make_unique<VideoView>(std::move(open));
}

void RegisterVideoPanel(Registry& registry) {
  registry.Add<Panel, VideoPanel>("video", "a translation beside its source, frame by frame");
}

}  // namespace agon::viewer
