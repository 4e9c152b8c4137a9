// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/base/text.h"
#include "viewer/attack/attack_panel.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr float kMostGain = 256;

DivergingPalette MakePalette() {
  DivergingPalette palette{};
  constexpr double kMiddle = (std::tuple_size_v<DivergingPalette> - 1) / 2.0;
  for (std::size_t i = 0; i < palette.size(); ++i) {
    palette[i] = Diverging((static_cast<double>(i) - kMiddle) / kMiddle);
  }
  return palette;
}

}  // namespace

double AttackPictures::Gain(const AttackModel& model) const {
  if (own_gain_) return static_cast<double>(gain_);
  // In linf the budget itself is full colour.
  if (model.norm() == "linf") return GainFor(model.epsilon());
  return GainFor(model.shown().distances ? model.shown().distances->linf : 0);
}

bool AttackPictures::Set(std::string_view key, std::string_view value) {
  if (key == "gain" || key == "zoom") {
    const auto number = ParseReal(value);
    if (!number || *number <= 0) return false;
    if (key == "gain") {
      own_gain_ = true;
      gain_ = std::clamp(static_cast<float>(*number), 1.0F, kMostGain);
    } else {
      view_.fit = false;
      view_.zoom = std::min(*number, static_cast<double>(kMostGain));
    }
    return true;
  }
  if (key == "pixel") {
    const std::vector<std::string> parts = Split(value, ',');
    if (parts.size() != 2) return false;
    const auto x = ParseInteger(parts[0]);
    const auto y = ParseInteger(parts[1]);
    constexpr std::int64_t kMost = 1 << 20;
    if (!x || !y || *x < 0 || *y < 0 || *x > kMost || *y > kMost) return false;
    pinned_ = ui::PixelHit{static_cast<int>(*x), static_cast<int>(*y)};
    return true;
  }
  return false;
}

void AttackPictures::Keys(PanelContext& context) {
  constexpr double kZoomStep = 1.25;
  if (context.pressed(Action::kZoomIn)) ui::ZoomBy(view_, kZoomStep);
  if (context.pressed(Action::kZoomOut)) ui::ZoomBy(view_, 1 / kZoomStep);
  if (context.pressed(Action::kZoomFit)) view_.fit = true;
  const bool up = context.pressed(Action::kGainUp);
  if (up || context.pressed(Action::kGainDown)) {
    own_gain_ = true;
    gain_ = std::clamp(up ? gain_ * 2 : gain_ / 2, 1.0F, kMostGain);
  }
  flipped_ = context.held(Action::kFlip);
}

void AttackPictures::MakePixels(const AttackModel::Shown& shown) {
  const auto pixels = [](const std::shared_ptr<const FloatImage>& image) {
    return image == nullptr ? nullptr : std::make_shared<const formats::Pixels>(ToPixels(*image));
  };
  const bool dark = CurrentTheme().dark;
  const double gain = static_cast<double>(gain_);
  const bool other = clean_from_ != shown.clean || adversarial_from_ != shown.adversarial;
  if (clean_from_ != shown.clean) clean_ = pixels(shown.clean);
  if (adversarial_from_ != shown.adversarial) adversarial_ = pixels(shown.adversarial);
  clean_from_ = shown.clean;
  adversarial_from_ = shown.adversarial;
  if (!other && difference_gain_ == gain && difference_dark_ == dark) return;
  difference_gain_ = gain;
  difference_dark_ = dark;
  difference_ = shown.distances ? std::make_shared<const formats::Pixels>(DifferencePixels(
                                      *shown.clean, *shown.adversarial, gain, MakePalette()))
                                : nullptr;
}

float AttackPictures::controls_height() const {
  constexpr float kLines = 3;  // of the probe
  return ImGui::GetFrameHeightWithSpacing() + kLines * ImGui::GetTextLineHeightWithSpacing();
}

void AttackPictures::Draw(AttackModel& model, PanelContext& context, float height) {
  Keys(context);
  if (!own_gain_) gain_ = static_cast<float>(Gain(model));
  const AttackModel::Shown& shown = model.shown();
  MakePixels(shown);

  const float gap = ImGui::GetStyle().ItemSpacing.x;
  const ImVec2 size{std::floor((ImGui::GetContentRegionAvail().x - 2 * gap) / 3),
                    std::floor(height)};
  struct Pane {
    const char* label;
    const std::shared_ptr<const formats::Pixels>& pixels;
    std::string caption;
  };
  const std::string clean = shown.clean_caption.empty() ? "clean" : shown.clean_caption;
  const Pane panes[] = {{"clean", clean_, clean},
                        {"adversarial", flipped_ ? clean_ : adversarial_,
                         flipped_                ? clean
                         : shown.caption.empty() ? std::string("adversarial")
                                                 : shown.caption},
                        {"difference", difference_, fmt::format("difference x {:g}", gain_)}};
  const std::optional<ui::PixelHit> marked = hit_ ? hit_ : pinned_;
  std::optional<ui::PixelHit> hit;
  for (const Pane& pane : panes) {
    if (&pane != panes) ImGui::SameLine();
    const std::string name = fmt::format("attack/{}/{}", static_cast<void*>(this), pane.label);
    const auto found = ui::Picture(pane.label, context.textures.Get(name, pane.pixels), size, view_,
                                   pane.caption.c_str(), marked);
    if (found) hit = found;
    ui::ReportItem(fmt::format("{} caption", pane.label), pane.caption);
  }
  hit_ = hit;
  Controls();
  Probe(model);
}

void AttackPictures::Controls() {
  ImGui::SetNextItemWidth(ui::Px(150));
  float exponent = std::log2(gain_);
  const std::string shown = fmt::format("gain x {:.4g}", gain_);
  if (ui::SliderFloat("##gain", exponent, 0, std::log2(kMostGain), shown.c_str(),
                      "how much the difference is enlarged (G, Shift+G)")) {
    own_gain_ = true;
    gain_ = std::exp2(exponent);
  }
  ImGui::SameLine();
  bool by_itself = !own_gain_;
  if (ui::Checkbox("by epsilon", by_itself, "the gain that shows the budget in full colour")) {
    own_gain_ = !by_itself;
  }
  ui::SameLineIfRoom(ui::Px(70));
  if (ui::Button("fit", "the whole picture (0, or a double click)")) view_.fit = true;
  ColourBar();
}

// What the colours of the difference stand for.
void AttackPictures::ColourBar() const {
  const std::string low = fmt::format("-{:.3g}", 1 / gain_);
  const std::string high = fmt::format("+{:.3g}", 1 / gain_);
  const float gap = ui::Px(4);
  const float bar = ui::Px(100);
  const float low_width = ImGui::CalcTextSize(low.c_str()).x;
  const float width = low_width + bar + 2 * gap + ImGui::CalcTextSize(high.c_str()).x;
  ui::SameLineIfRoom(width);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = ImGui::GetFrameHeight();
  const float text = at.y + ImGui::GetStyle().FramePadding.y;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddText({at.x, text}, CurrentTheme().text_dim, low.data(), low.data() + low.size());
  constexpr int kSteps = 32;
  const float left = at.x + low_width + gap;
  for (int i = 0; i < kSteps; ++i) {
    const float from = left + bar * static_cast<float>(i) / kSteps;
    const float to = left + bar * static_cast<float>(i + 1) / kSteps;
    const ImU32 colour = Diverging((2.0 * i + 1) / kSteps - 1);
    list.AddRectFilled({from, at.y + height * 0.25F}, {to, at.y + height * 0.75F}, colour);
  }
  list.AddText({left + bar + gap, text}, CurrentTheme().text_dim, high.data(),
               high.data() + high.size());
  ImGui::Dummy({width, height});
  ui::ReportItem("colours", low + " to " + high);
  ui::Tooltip("the change that the colours of the difference stand for");
}

void AttackPictures::Probe(const AttackModel& model) {
  const AttackModel::Shown& shown = model.shown();
  const std::optional<ui::PixelHit> at = hit_ ? hit_ : pinned_;
  const float line = ImGui::GetTextLineHeightWithSpacing();
  const ImVec2 top = ImGui::GetCursorPos();
  const auto inside = [&](const std::shared_ptr<const FloatImage>& image) {
    return image != nullptr && at && at->x < image->width && at->y < image->height;
  };
  if (!at || (!inside(shown.clean) && !inside(shown.adversarial))) {
    ui::TextDim("Point at a picture to read its values; hold F to flip to the clean one.");
  } else {
    const std::string place = fmt::format("({}, {})", at->x, at->y);
    std::string text = place;
    if (inside(shown.clean)) text += "  clean " + ValueText(*shown.clean, at->x, at->y);
    ui::Text(text);
    if (inside(shown.adversarial)) {
      ui::Text("adversarial " + ValueText(*shown.adversarial, at->x, at->y));
    }
    if (shown.distances) {
      ui::Text("change " + ChangeText(*shown.clean, *shown.adversarial, at->x, at->y));
    }
  }
  // Nothing below moves when the mouse does.
  constexpr float kLines = 3;
  ImGui::SetCursorPos({top.x, std::max(ImGui::GetCursorPosY(), top.y + kLines * line)});
}

}  // namespace agon::viewer
