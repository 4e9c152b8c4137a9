// SPDX-License-Identifier: Apache-2.0
// The state of one Video panel. Private to this folder.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/core/background.h"
#include "viewer/ui/panel.h"
#include "viewer/ui/picture_widget.h"
#include "viewer/video/metric_strip.h"
#include "viewer/video/overlay.h"
#include "viewer/video/video_pair.h"
#include "viewer/video/video_sources.h"

namespace agon::viewer {

enum class VideoMode { kWipe, kSideBySide, kInput, kOutput, kChange, kFlow, kWarpError };

class VideoView final : public PanelView {
 public:
  explicit VideoView(VideoOpener open) : open_(std::move(open)) {}
  void Draw(PanelContext& context) override;
  [[nodiscard]] std::string Csv() override;
  // mode, gain, source, metric, wipe, frame.
  bool Set(std::string_view key, std::string_view value) override;

 private:
  // ---- what there is ----
  void FollowRun(PanelContext& context);
  void FollowFiles(PanelContext& context);
  void FollowSources();
  void Choose(std::size_t source);
  void DropPair();
  [[nodiscard]] const VideoSource* source() const;

  // ---- the moment ----
  void FollowTimeline(Timeline& timeline);
  void GoTo(Timeline& timeline, std::int64_t frame);
  void TakeKeys(PanelContext& context);
  [[nodiscard]] std::int64_t LastFrame() const;  // as far as is known
  void TakeFrames(PanelContext& context);
  void TakeOverlay(PanelContext& context);

  // ---- what is drawn ----
  void DrawTools(PanelContext& context);
  void DrawFrameTools(PanelContext& context);
  void DrawPictures(PanelContext& context, float height);
  struct Half {
    const SharedPixels& picture;
    const char* caption;
    const std::vector<FlowArrow>* arrows = nullptr;
  };
  void DrawTwo(PanelContext& context, const Half& left, const Half& right, ImVec2 size);
  std::optional<ui::PixelHit> DrawOne(PanelContext& context, const char* label, const Half& half,
                                      ImVec2 size, const std::optional<ui::PixelHit>& hit);
  void DrawFilm(PanelContext& context, float height);
  void DrawStatus();
  [[nodiscard]] Textures::Texture TextureOf(PanelContext& context, const char* name,
                                            const SharedPixels& pixels) const;
  [[nodiscard]] VideoMode ModeNow() const;  // while a key is held, or for what a source lacks
  [[nodiscard]] std::optional<OverlayKind> OverlayNow() const;

  VideoOpener open_;
  Background* background_ = nullptr;  // the workspace's
  std::shared_ptr<OpenRun> run_;
  Pending<TranslationFiles> looking_;
  std::shared_ptr<const TranslationFiles> files_;
  double looked_at_ = 0;
  bool look_once_more_ = true;
  std::uint64_t tracks_version_ = 0;
  std::vector<VideoSource> sources_;
  std::vector<std::string> frame_tracks_;  // of curves whose steps are frames
  std::size_t source_ = 0;
  std::optional<VideoSource> chosen_;  // what pair and strip belong to
  bool source_chosen_ = false;         // by the user
  std::string wanted_source_;          // by name, of --show
  std::shared_ptr<VideoPair> pair_;
  VideoPairStatus status_;

  std::int64_t frame_ = 0;
  std::optional<std::int64_t> timeline_step_;  // when last looked at
  std::optional<std::int64_t> wanted_frame_;   // of --show
  bool began_ = false;                         // the timeline was put to the first frame
  ShownFrames shown_;                          // the last that were whole
  std::int64_t shown_frame_ = -1;
  bool waiting_ = false;

  struct OverlayKey {
    OverlayKind kind = OverlayKind::kChange;
    std::size_t source = SIZE_MAX;
    SharedPixels now, before;  // held: another picture could come to lie where one lay
    float gain = 0;
    friend bool operator==(const OverlayKey&, const OverlayKey&) = default;
  };
  Pending<Overlay> making_;
  OverlayKey making_key_, overlay_key_;
  std::shared_ptr<const Overlay> overlay_;
  std::string overlay_problem_;

  int mode_ = 0;
  int sample_mode_ = static_cast<int>(VideoMode::kOutput);  // the same for samples
  bool flipped_ = false;
  float gain_ = 4;
  float wipe_ = 0.5F;
  ui::PictureView view_;
  std::optional<ui::PixelHit> hit_;
  MetricStrip strip_;
};

}  // namespace agon::viewer
