// SPDX-License-Identifier: Apache-2.0
// What the Video panel draws.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "viewer/ui/widgets.h"
#include "viewer/video/video_view.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kFilmPictures = 16;
constexpr float kLongestArrow = 0.06F;  // of the frame's longer side, for the longest
constexpr float kMostStretched = 8;
constexpr double kFewestPerSecond = 1;  // below, a rate is none

const std::vector<std::string>& ModeTitles() {
  static const std::vector<std::string> titles{
      "wipe", "side by side", "input", "output", "change in time", "motion", "warping error"};
  return titles;
}

std::string ColourText(const SharedPixels& pixels, const ui::PixelHit& hit) {
  if (!pixels || hit.x >= pixels->width || hit.y >= pixels->height || pixels->channels < 3) {
    return {};
  }
  const std::size_t at =
      (static_cast<std::size_t>(hit.y) * static_cast<std::size_t>(pixels->width) +
       static_cast<std::size_t>(hit.x)) *
      static_cast<std::size_t>(pixels->channels);
  return fmt::format("{} {} {}", pixels->data[at], pixels->data[at + 1], pixels->data[at + 2]);
}

// Over the picture that was just drawn, from where something was to where it is. Short motions are
// drawn longer, all by one factor.
void DrawArrows(const std::vector<FlowArrow>& arrows, const Textures::Texture& texture,
                const ui::PictureView& view) {
  if (arrows.empty() || texture.id == nullptr) return;
  float longest = 0;
  for (const FlowArrow& arrow : arrows) longest = std::max(longest, std::hypot(arrow.dx, arrow.dy));
  const ImVec2 min = ImGui::GetItemRectMin();
  const ImVec2 max = ImGui::GetItemRectMax();
  const auto zoom = static_cast<float>(view.zoom);
  const float left = (min.x + max.x) / 2 - static_cast<float>(view.x * texture.width) * zoom;
  const float top = (min.y + max.y) / 2 - static_cast<float>(view.y * texture.height) * zoom;
  const float wanted = kLongestArrow * static_cast<float>(std::max(texture.width, texture.height));
  const float factor = longest > 0 ? std::clamp(wanted / longest, 1.0F, kMostStretched) : 1;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect(min, max, true);
  for (const FlowArrow& arrow : arrows) {
    const ImVec2 from(left + arrow.x * zoom, top + arrow.y * zoom);
    const ImVec2 by(arrow.dx * zoom * factor, arrow.dy * zoom * factor);
    const float length = std::hypot(by.x, by.y);
    if (length < ui::Px(2)) continue;
    const ImVec2 to(from.x + by.x, from.y + by.y);
    const float head = std::min(ui::Px(5), length / 2) / length;
    const ImVec2 back(to.x - by.x * head, to.y - by.y * head);
    const ImVec2 side(-by.y * head * 0.5F, by.x * head * 0.5F);
    const ImU32 colour = IM_COL32(255, 255, 255, 200);
    list.AddLine(from, back, colour, ui::Px(1));
    list.AddTriangleFilled(to, ImVec2(back.x + side.x, back.y + side.y),
                           ImVec2(back.x - side.x, back.y - side.y), colour);
  }
  list.PopClipRect();
}

}  // namespace

void VideoView::DrawTools(PanelContext& context) {
  const ui::Scope scope("Video");
  if (sources_.size() > 1) {
    std::vector<std::string> names;
    for (const VideoSource& one : sources_) names.push_back(one.name);
    int place = static_cast<int>(source_);
    ImGui::SetNextItemWidth(ui::Px(190));
    if (ui::Combo("##Source", place, names, "which of the run's videos and pictures")) {
      source_chosen_ = true;
      wanted_source_.clear();
      Choose(static_cast<std::size_t>(place));
    }
    ImGui::SameLine();
  }
  ImGui::SetNextItemWidth(ui::Px(140));
  const bool samples = source()->kind == SourceKind::kSamples;
  ui::Combo("##Mode", samples ? sample_mode_ : mode_, ModeTitles(),
            samples ? "input: the first sample; output: the sample at this moment"
                    : "how input and output are shown; hold the flip key to see the input");
  const VideoMode mode = ModeNow();
  if (mode == VideoMode::kChange || mode == VideoMode::kWarpError) {
    ui::SameLineIfRoom(ui::Px(150));
    ImGui::SetNextItemWidth(ui::Px(110));
    ui::SliderFloat("gain", gain_, 1, 64, "%.0f", "differences times this");
  }
  if (source()->kind == SourceKind::kVideos) DrawFrameTools(context);
}

void VideoView::DrawFrameTools(PanelContext& context) {
  Timeline& timeline = context.workspace.timeline();
  ui::SameLineIfRoom(ui::Px(330));
  if (ui::SmallButton("<", "one frame back")) GoTo(timeline, frame_ - 1);
  ImGui::SameLine();
  if (ui::SmallButton(">", "one frame on")) GoTo(timeline, frame_ + 1);
  ImGui::SameLine();
  constexpr std::int64_t kMostOfSlider = 1'000'000'000;
  int frame = static_cast<int>(std::min(frame_, kMostOfSlider));
  const int last = static_cast<int>(std::clamp<std::int64_t>(LastFrame(), 1, kMostOfSlider));
  ImGui::SetNextItemWidth(ui::Px(150));
  if (ui::SliderInt("##Frame", frame, 0, last, "the frame, counted from 0")) GoTo(timeline, frame);
  if (status_.frame_rate >= kFewestPerSecond) {
    ImGui::SameLine();
    if (ui::SmallButton("real time", "play as fast as the video runs")) {
      timeline.SetMode(TimelineMode::kStep);
      timeline.SetSpeed(status_.frame_rate);
      timeline.Play(true);
    }
  }
}

Textures::Texture VideoView::TextureOf(PanelContext& context, const char* name,
                                       const SharedPixels& pixels) const {
  Textures::Texture texture = context.textures.Get(name, pixels);
  // What was computed at a lower resolution stands for the whole frame.
  const SharedPixels& frame = shown_.output ? shown_.output : shown_.input;
  if (pixels && frame) {
    texture.width = frame->width;
    texture.height = frame->height;
  }
  return texture;
}

std::optional<ui::PixelHit> VideoView::DrawOne(PanelContext& context, const char* label,
                                               const Half& half, ImVec2 size,
                                               const std::optional<ui::PixelHit>& hit) {
  const Textures::Texture texture = TextureOf(context, label, half.picture);
  const auto found = ui::Picture(label, texture, size, view_, half.caption, hit);
  if (half.arrows != nullptr) DrawArrows(*half.arrows, texture, view_);
  return found;
}

void VideoView::DrawTwo(PanelContext& context, const Half& left, const Half& right, ImVec2 size) {
  if (!left.picture || !right.picture) {
    hit_ = DrawOne(context, "##picture", left.picture ? left : right, size, std::nullopt);
    return;
  }
  // Beside one another, or below, as there is more of each to see.
  const double shape = static_cast<double>(left.picture->width) / std::max(1, left.picture->height);
  const double beside = std::min<double>(size.x / 2, size.y * shape);
  const double below = std::min<double>(size.x, size.y / 2 * shape);
  const bool wide = beside >= below;
  const ImVec2 spacing = ImGui::GetStyle().ItemSpacing;
  const ImVec2 half =
      wide ? ImVec2((size.x - spacing.x) / 2, size.y) : ImVec2(size.x, (size.y - spacing.y) / 2);
  const std::optional<ui::PixelHit> before = hit_;
  const auto over_left = DrawOne(context, "##left", left, half, before);
  if (wide) ImGui::SameLine();
  const auto over_right = DrawOne(context, "##right", right, half, over_left ? over_left : before);
  hit_ = over_left ? over_left : over_right;
}

void VideoView::DrawPictures(PanelContext& context, float height) {
  const ui::Scope scope("Video");
  const ImVec2 size(ImGui::GetContentRegionAvail().x, std::max(ui::Px(40), height));
  const bool samples = source()->kind == SourceKind::kSamples;
  const char* const input_name = samples ? "first sample" : "input";
  const char* const output_name = samples ? "this sample" : "output";
  const VideoMode mode = ModeNow();
  if (!shown_.input && !shown_.output) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::BeginChild("##empty", size);
    ui::CentredNote(!shown_.note.empty() ? shown_.note : "decoding");
    ImGui::EndChild();
    ImGui::SetCursorScreenPos(ImVec2(at.x, at.y + size.y + ImGui::GetStyle().ItemSpacing.y));
    return;
  }
  if (mode < VideoMode::kChange) {
    const SharedPixels& input = shown_.input ? shown_.input : shown_.output;
    const SharedPixels& output = shown_.output ? shown_.output : shown_.input;
    if (mode == VideoMode::kInput) {
      hit_ = ui::Picture("##picture", TextureOf(context, "left", input), size, view_,
                         shown_.input ? input_name : output_name);
    } else if (mode == VideoMode::kOutput) {
      hit_ = ui::Picture("##picture", TextureOf(context, "right", output), size, view_,
                         shown_.output ? output_name : input_name);
    } else if (mode == VideoMode::kWipe && shown_.input && shown_.output) {
      hit_ = ui::Wipe("##wipe", TextureOf(context, "left", input),
                      TextureOf(context, "right", output), size, view_, wipe_);
    } else {
      DrawTwo(context, {shown_.input, input_name}, {shown_.output, output_name}, size);
    }
    return;
  }
  const bool there = overlay_ && overlay_key_.kind == OverlayNow() &&
                     (overlay_->input.picture || overlay_->output.picture);
  const bool possible = shown_.adjacent && (shown_.output_before || shown_.input_before);
  if (!there || !possible) {
    std::string note = "computing";
    if (!possible) {
      note = samples || shown_.step == 0 ? "nothing stands before this one"
                                         : "the frame before this one was not recorded";
    } else if (!overlay_problem_.empty()) {
      note = overlay_problem_;
    }
    DrawTwo(context, {shown_.input, note.c_str()}, {shown_.output, note.c_str()}, size);
    return;
  }
  const auto caption = [&](const char* name, const OverlaySide& side) {
    switch (mode) {
      case VideoMode::kFlow:
        return fmt::format("{}: moves {:.2f} pixels on average", name, side.value);
      case VideoMode::kWarpError:
        return fmt::format("{}: warping error {:.3g}, {:.0f} % covered", name, side.value,
                           100 * overlay_->covered);
      default:
        return fmt::format("{}: flicker {:.4f}; red brighter, blue darker", name, side.value);
    }
  };
  const std::string left = caption(input_name, overlay_->input);
  const std::string right = caption(output_name, overlay_->output);
  const OverlaySide& one = overlay_->input;
  const OverlaySide& other = overlay_->output;
  DrawTwo(context, {one.picture, left.c_str(), &one.arrows},
          {other.picture, right.c_str(), &other.arrows}, size);
}

void VideoView::DrawStatus() {
  const ui::Scope scope("Video");
  std::string text;
  if (source()->kind == SourceKind::kSamples) {
    text = fmt::format("iteration {}", shown_.step);
    if (!shown_.caption.empty()) text += ": " + shown_.caption;
  } else {
    text = fmt::format("frame {}", shown_.step);
    if (const std::int64_t last = LastFrame(); source()->kind == SourceKind::kVideos && last > 0) {
      text += fmt::format(" of {}", last);
    }
    if (shown_.seconds) text += fmt::format(", {:.3f} s", *shown_.seconds);
  }
  if (hit_) {
    text += fmt::format("; x {} y {}", hit_->x, hit_->y);
    const std::string input = ColourText(shown_.input, *hit_);
    const std::string output = ColourText(shown_.output, *hit_);
    if (!input.empty()) text += ", input " + input;
    if (!output.empty()) text += ", output " + output;
  }
  if (waiting_ && status_.seeking >= 0) {
    text += fmt::format("; on the way to frame {}: {}", frame_, status_.seeking);
  } else if (waiting_) {
    text += "; decoding";
  }
  if (status_.reduced) text += "; shown smaller than it is";
  std::string problem = files_ ? files_->problem : std::string();
  if (!shown_.note.empty() && (shown_.input || shown_.output)) problem = shown_.note;
  if (problem.empty()) {
    ui::Text(text);
  } else {
    ui::TextError(text + "; " + problem);
  }
}

// Samples of the whole training, small; a click goes there.
void VideoView::DrawFilm(PanelContext& context, float height) {
  const ui::Scope scope("Video");
  const std::vector<ItemRef> items = run_->tracks->Items(source()->track, TrackKind::kImage);
  const std::vector<std::size_t> places = Spread(items.size(), kFilmPictures);
  if (places.empty()) return;
  const float caption = ImGui::GetTextLineHeight();
  const float tall = std::max(ui::Px(20), height - caption - ImGui::GetStyle().ItemSpacing.y);
  const float room = ImGui::GetContentRegionAvail().x;
  const float gap = ui::Px(6);
  // As wide as the pictures are, as far as there is room.
  float wide = std::floor((room + gap) / static_cast<float>(places.size())) - gap;
  if (shown_.output && shown_.output->height > 0) {
    wide = std::min(wide, std::ceil(tall * static_cast<float>(shown_.output->width) /
                                    static_cast<float>(shown_.output->height)));
  }
  const Theme& theme = CurrentTheme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 start = ImGui::GetCursorScreenPos();
  float x = start.x;
  for (const std::size_t place : places) {
    const ItemRef& item = items[place];
    const std::string label = fmt::format("##sample {}", item.step);
    ImGui::SetCursorScreenPos(ImVec2(x, start.y));
    const ImVec2 frame(std::max(1.0F, wide), tall);
    if (ImGui::InvisibleButton(label.c_str(), frame)) {
      GoTo(context.workspace.timeline(), item.step);
    }
    ui::ReportItem(label, fmt::format("{}", item.step));
    const std::string tooltip = fmt::format("the sample of iteration {}", item.step);
    ui::Tooltip(tooltip.c_str());
    const auto image = context.workspace.items().GetAs<record::Image>(run_->tracks, item);
    if (image) {
      const SharedPixels pixels(image, &image->pixels);
      const Textures::Texture texture = context.textures.Get(label, pixels);
      const float scale = std::min(frame.x / static_cast<float>(std::max(1, texture.width)),
                                   frame.y / static_cast<float>(std::max(1, texture.height)));
      const ImVec2 to(x + scale * static_cast<float>(texture.width),
                      start.y + scale * static_cast<float>(texture.height));
      if (texture.id != nullptr) list.AddImage(texture.id, ImVec2(x, start.y), to);
      const bool here = item.step == shown_.step;
      list.AddRect(ImVec2(x, start.y), to, here ? theme.accent : theme.grid, 0, ImDrawFlags_None,
                   here ? ui::Px(2) : 1.0F);
    } else {
      context.busy = context.busy || context.workspace.items().Problem(run_->tracks, item).empty();
    }
    const std::string step = ui::Elided(fmt::format("{}", item.step), frame.x);
    list.AddText(ImVec2(x, start.y + tall + ui::Px(1)), theme.text_dim, step.c_str());
    x += wide + gap;
  }
  ImGui::SetCursorScreenPos(ImVec2(start.x, start.y + height));
}

}  // namespace agon::viewer
