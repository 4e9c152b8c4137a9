// SPDX-License-Identifier: Apache-2.0
// The Attack panel: what an attack did to each image, and how.
#include "viewer/attack/attack_panel.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

class AttackView final : public PanelView {
 public:
  void Draw(PanelContext& context) override {
    const ui::Scope scope("Attack");
    model_.Update(context.workspace);
    context.busy = context.busy || model_.busy();
    if (model_.run() == nullptr) {
      ui::CentredNote("No run is chosen.");
      return;
    }
    if (model_.empty()) {
      const std::string problem = model_.problem();
      ui::CentredNote(model_.busy()     ? "Looking at the run ..."
                      : problem.empty() ? "This run attacked nothing yet. agon attack CONFIG does."
                                        : problem);
      return;
    }
    if (context.pressed(Action::kNextExample)) model_.Move(1);
    if (context.pressed(Action::kPreviousExample)) model_.Move(-1);

    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float list = std::clamp(room.x * 0.24F, ui::Px(150), ui::Px(300));
    ImGui::BeginChild("list", {list, 0});
    list_.Draw(model_);
    ImGui::EndChild();
    ImGui::SameLine();
    ImGui::BeginChild("example", {0, 0});
    Example(context);
    ImGui::EndChild();
  }

  [[nodiscard]] std::string Csv() override { return model_.Csv(); }

  bool Set(std::string_view key, std::string_view value) override {
    if (key == "example") {
      const auto index = ParseInteger(value);
      if (index) model_.Select(*index);
      return index.has_value();
    }
    if (key == "result") {
      model_.SelectTitle(std::string(value));
      return true;
    }
    if (key == "attack") {
      model_.SelectPass(std::string(value));
      return true;
    }
    return pictures_.Set(key, value);
  }

 private:
  void Example(PanelContext& context) {
    if (const std::string problem = model_.problem(); !problem.empty()) ui::TextError(problem);
    if (!model_.selected()) {
      ui::CentredNote(model_.busy() ? "Looking at the run ..." : "No example to show.");
      return;
    }
    const ImVec2 room = ImGui::GetContentRegionAvail();
    // Pictures first; what is below stays readable, and is scrolled to where the pane is low.
    const float facts = std::max(ui::Px(190), room.y * 0.3F);
    const float rest = facts + pictures_.controls_height() + 3 * ImGui::GetFrameHeightWithSpacing();
    pictures_.Draw(model_, context, std::max(room.y - rest, ui::Px(130)));
    facts_.Norms(model_);
    facts_.Steps(model_, context.workspace);
    facts_.Draw(model_, context.workspace, facts);
  }

  AttackModel model_;
  AttackList list_;
  AttackPictures pictures_;
  AttackFacts facts_;
};

class AttackPanel final : public Panel {
 public:
  static void Describe(Description<AttackPanel>& d) {
    d.Title("Attack").Commands({"attack", "demo"});
  }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    return std::make_unique<AttackView>();
  }
};

}  // namespace

void RegisterAttackPanel(Registry& registry);
void RegisterAttackPanel(Registry& registry) {
  registry.Add<Panel, AttackPanel>("attack", "what an attack did to each image, and how");
}

}  // namespace agon::viewer
