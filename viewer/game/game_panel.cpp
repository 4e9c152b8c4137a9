// SPDX-License-Identifier: Apache-2.0
// The Game panel: what a run played, move by move, and a game against a program.
#include "viewer/game/game_views.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

class GameView final : public PanelView {
 public:
  void Draw(PanelContext& context) override {
    const ui::Scope scope("Game");
    if (ui::RadioButton("Recorded", !playing_, "the games that this run recorded")) {
      playing_ = false;
    }
    ImGui::SameLine();
    if (ui::RadioButton("Play", playing_, "against an agent, by clicking")) playing_ = true;
    ui::SameLineIfRoom(ui::Px(360));
    if (playing_) {
      ImGui::NewLine();
      const ui::Scope part("Play");
      play_.Draw(context, heat_);
    } else {
      const ui::Scope part("Recorded");
      recorded_.Draw(context, heat_);
    }
  }

  [[nodiscard]] std::string Csv() override { return playing_ ? play_.Csv() : recorded_.Csv(); }

  bool Set(std::string_view key, std::string_view value) override {
    if (key == "heat") return heat_.Set(value);
    if (recorded_.Set(key, value)) return true;
    if (!play_.Set(key, value)) return false;
    if (key == "play") playing_ = true;
    return true;
  }

 private:
  bool playing_ = false;
  HeatChoice heat_;
  RecordedView recorded_;
  PlayView play_;
};

class GamePanel final : public Panel {
 public:
  static void Describe(Description<GamePanel>& d) {
    d.Title("Game").Commands({"selfplay train", "selfplay match", "selfplay evaluate"});
  }
  [[nodiscard]] std::unique_ptr<PanelView> Open() const override {
    return std::make_unique<GameView>();
  }
};

}  // namespace

void RegisterGamePanel(Registry& registry);
void RegisterGamePanel(Registry& registry) {
  registry.Add<Panel, GamePanel>("game", "what a run played, and a game against an agent");
}

}  // namespace agon::viewer
