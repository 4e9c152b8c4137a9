// SPDX-License-Identifier: Apache-2.0
// The Game panel's half that shows what a run recorded.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "runtime/base/text.h"
#include "viewer/game/game_views.h"
#include "viewer/ui/widgets.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMostConfig = std::size_t{1} << 20;
constexpr int kMostPlaces = 1'000'000;  // of a slider

// The file of a run's configuration may not be there, or be anything.
std::string ReadGame(const Path& run) {
  std::error_code failed;
  const Path file = run / "config.yaml";
  if (!std::filesystem::is_regular_file(file, failed)) return {};
  return GameOfConfig(ReadFileText(file, kMostConfig)).value_or(std::string());
}

}  // namespace

void RecordedView::Draw(PanelContext& context, HeatChoice& heat) {
  search_.BeginFrame();
  const std::shared_ptr<OpenRun> run = context.workspace.selected();
  if (!run) {
    ui::CentredNote("No run is chosen.");
    return;
  }
  if (run->folder != run_) {
    run_ = run->folder;
    game_ = context.workspace.background().Run<std::string>(
        [folder = run_] { return ReadGame(folder); });
  }
  if (const std::string* const game = game_.get()) games_.SetGame(*game);
  games_.Update(context.workspace);
  context.busy = context.busy || games_.loading() || game_.running();
  if (games_.empty()) {
    ui::CentredNote(
        "This run recorded no boards. agon selfplay train and match do; to play, choose Play.");
    return;
  }
  Controls(context);
  if (context.pressed(Action::kNextExample)) games_.Go(context.workspace, games_.game() + 1, 0);
  if (context.pressed(Action::kPreviousExample) && games_.game() > 0) {
    games_.Go(context.workspace, games_.game() - 1, 0);
  }
  if (context.pressed(Action::kCopy) && games_.boards() > 0) {
    ui::Copy(MovesText());
  }
  if (!games_.problem().empty()) ui::TextError(games_.problem());
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool wide = room.x > room.y * 1.15F;
  const float spacing = ImGui::GetStyle().ItemSpacing.x;
  const ImVec2 left = wide ? ImVec2{std::floor(std::min(room.x * 0.56F, room.y * 1.05F)), room.y}
                           : ImVec2{room.x, std::floor(room.y * 0.6F)};
  ImGui::BeginChild("position", left);
  Position(context, heat);
  ImGui::EndChild();
  if (wide) ImGui::SameLine(0, spacing);
  ImGui::BeginChild("details", {0, 0});
  Details(context);
  ImGui::EndChild();
}

void RecordedView::Controls(PanelContext& context) {
  Workspace& workspace = context.workspace;
  if (games_.tracks().size() > 1) {
    int track = games_.track();
    ImGui::SetNextItemWidth(ui::Px(190));
    if (ui::Combo("##track", track, games_.tracks(), "what was recorded")) {
      games_.ChooseTrack(track);
    }
    ImGui::SameLine();
  }
  const std::size_t count = games_.games().size();
  if (count > 1) {
    int game = static_cast<int>(games_.game()) + 1;
    ImGui::SetNextItemWidth(ui::Px(150));
    if (ui::SliderInt("game", game, 1, static_cast<int>(std::min<std::size_t>(count, kMostPlaces)),
                      "whole games, oldest first")) {
      games_.Go(workspace, static_cast<std::size_t>(std::max(game, 1) - 1), 0);
    }
    ui::SameLineIfRoom(ui::Px(320));
  }
  const std::size_t boards = games_.boards();
  if (boards > 1) {
    if (ui::SmallButton("<", "one move back") && games_.place() > 0) {
      games_.Go(workspace, games_.game(), games_.place() - 1);
    }
    ImGui::SameLine();
    int place = static_cast<int>(games_.place());
    ImGui::SetNextItemWidth(ui::Px(220));
    const int last = static_cast<int>(std::min<std::size_t>(boards - 1, kMostPlaces));
    if (ui::SliderInt("move", place, 0, last, "through the game")) {
      games_.Go(workspace, games_.game(), static_cast<std::size_t>(std::max(place, 0)));
    }
    ImGui::SameLine();
    if (ui::SmallButton(">", "one move on")) {
      games_.Go(workspace, games_.game(), games_.place() + 1);
    }
  }
  if (games_.about()) ui::TextDim(games_.about()->Line());
}

void RecordedView::Position(PanelContext&, HeatChoice& heat) {
  const std::shared_ptr<const record::Board>& board = games_.board();
  if (!board) {
    if (games_.problem().empty()) ui::TextDim("reading ...");
    return;
  }
  BoardScene scene{.board = board.get(), .look = games_.look()};
  scene.heat = HeatOf(*board, heat.heat);
  scene.last_cell = CellOfMove(*board, board->last_move, scene.look, MoveTime::kLast);
  if (!search_.pointed().empty()) {
    scene.line = CellsOfLine(*board, search_.pointed(), scene.look);
  }
  const float below = 2 * ImGui::GetFrameHeightWithSpacing();
  ImVec2 room = ImGui::GetContentRegionAvail();
  room.y = std::max(room.y - below, ui::Px(40));
  const std::optional<double> value = ValueForFirst(*board);
  (void)DrawPosition(scene, value, room);
  heat.Draw();
  std::string line = board->legal_moves.empty() ? std::string("the game is over")
                                                : fmt::format("{} to move", board->to_move);
  if (!board->last_move.empty()) line += fmt::format(", last move {}", board->last_move);
  if (value) line += fmt::format(", value {:+.2f} for the first player", *value);
  ui::TextDim(line);
}

void RecordedView::Details(PanelContext& context) {
  constexpr std::array kTabs = {"Search", "Tree", "Strength"};
  for (int i = 0; i < static_cast<int>(kTabs.size()); ++i) {
    if (i > 0) ImGui::SameLine();
    if (ui::RadioButton(kTabs[static_cast<std::size_t>(i)], tab_ == i)) tab_ = i;
  }
  if (tab_ == 2) {
    strength_.Draw(context.workspace);
    return;
  }
  const std::shared_ptr<const record::Tree>& tree = games_.tree();
  const std::shared_ptr<const record::Board>& board = games_.board();
  if (tree != analysed_ || board != analysed_board_) {
    analysed_ = tree;
    analysed_board_ = board;
    analysis_ = tree ? AnalysisOf(*tree) : board ? AnalysisOf(*board, games_.look()) : Analysis();
  }
  if (tab_ == 1) {
    search_.DrawTree(tree);
    return;
  }
  const float room = ImGui::GetContentRegionAvail().y;
  const bool curve = games_.values().size() > 1;
  if (curve) {
    const auto clicked =
        history_.Draw(games_.values(), games_.place(), {-1, std::max(ui::Px(110), room * 0.35F)});
    if (clicked) games_.Go(context.workspace, games_.game(), *clicked);
  }
  search_.DrawMoves(analysis_, 0);
}

// The first board has no move before it.
std::string RecordedView::MovesText() const {
  const std::vector<std::string>& moves = games_.moves();
  return moves.empty() ? std::string() : Join(std::span(moves).subspan(1), " ");
}

std::string RecordedView::Csv() const {
  if (games_.values().empty()) return {};
  std::string text = "move,text,value_first\n";
  for (std::size_t i = 0; i < games_.values().size(); ++i) {
    const std::optional<double>& value = games_.values()[i];
    text += fmt::format("{},{},{}\n", i, games_.moves()[i],
                        value ? fmt::format("{:.6g}", *value) : std::string());
  }
  return text;
}

bool RecordedView::Set(std::string_view key, std::string_view value) {
  if (key == "track") {
    games_.ChooseTrack(std::string(value));
    return true;
  }
  if (key != "tab") return false;
  if (value != "search" && value != "tree" && value != "strength") return false;
  tab_ = value == "search" ? 0 : value == "tree" ? 1 : 2;
  return true;
}

}  // namespace agon::viewer
