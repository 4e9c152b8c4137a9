// SPDX-License-Identifier: Apache-2.0
// The two halves of the Game panel: games that a run recorded, and a game that is played.
//
// Thread safety: the thread that draws.
#pragma once

#include <imgui.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/game/board_widget.h"
#include "viewer/game/game_session.h"
#include "viewer/game/play_choice.h"
#include "viewer/game/recorded_games.h"
#include "viewer/game/search_view.h"
#include "viewer/ui/panel.h"
#include "viewer/ui/plot.h"

namespace agon::viewer {

// What is drawn over the cells, chosen for both halves.
struct HeatChoice {
  HeatKind heat = HeatKind::kVisits;
  void Draw();  // a row of radio buttons
  bool Set(std::string_view value);
};

// Values of the first player through a game, by move; a click goes there.
class ValueHistory {
 public:
  // The move that was clicked.
  std::optional<std::size_t> Draw(const std::vector<std::optional<double>>& values,
                                  std::size_t present, ImVec2 size);

 private:
  ui::PlotView view_;
};

// Elo, oracle error, scores: how strong the agent has become.
class StrengthCurves {
 public:
  void Draw(Workspace& workspace);

 private:
  void DrawOne(Workspace& workspace, const char* label, const std::vector<std::string>& tracks,
               bool percent, ui::PlotView& view, float height);
  ui::PlotView elo_, error_, score_;
};

class RecordedView {
 public:
  void Draw(PanelContext& context, HeatChoice& heat);
  [[nodiscard]] std::string Csv() const;
  bool Set(std::string_view key, std::string_view value);
  [[nodiscard]] RecordedGames& games() { return games_; }

 private:
  void Controls(PanelContext& context);
  void Position(PanelContext& context, HeatChoice& heat);
  void Details(PanelContext& context);
  [[nodiscard]] std::string MovesText() const;

  RecordedGames games_;
  SearchView search_;
  ValueHistory history_;
  StrengthCurves strength_;
  std::shared_ptr<const record::Tree> analysed_;
  std::shared_ptr<const record::Board> analysed_board_;
  Analysis analysis_;
  int tab_ = 0;
  // Which run the game was read of.
  Path run_;
  Pending<std::string> game_;
};

class PlayView {
 public:
  ~PlayView();
  void Draw(PanelContext& context, HeatChoice& heat);
  [[nodiscard]] std::string Csv() const;
  bool Set(std::string_view key, std::string_view value);
  // Of --png: what was asked for is not on the screen yet.
  [[nodiscard]] bool unsettled() const;

 private:
  void LookAround(PanelContext& context);
  void Setup(PanelContext& context);
  void Start(PanelContext& context);
  void Close();
  void Game(PanelContext& context, HeatChoice& heat);
  void Controls(PanelContext& context);
  void Status();
  void Moves();
  [[nodiscard]] std::string MovesText() const;
  void Wished();

  std::unique_ptr<GameSession> session_;
  Background* background_ = nullptr;
  // Set when this goes away: what the background asks agon for is then not waited for.
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  // What can be chosen; read in the background.
  Pending<std::vector<std::string>> listed_;
  Pending<std::vector<TrainedNetwork>> trained_;
  std::shared_ptr<const std::vector<RunEntry>> trained_of_;
  std::vector<TrainedNetwork> networks_;
  std::vector<std::string> games_;
  Path selected_run_;
  int game_ = 0, kind_ = 1, network_ = 0, side_ = 0;
  int number_ = 1000;
  std::string own_game_, command_ = "gnugo --mode gtp";
  SearchView search_;
  ValueHistory history_;
  // Of --show.
  std::string wished_game_, wished_player_;
  std::vector<std::string> wished_moves_;
  bool wished_ = false, wished_hint_ = false;
};

// The board's place and the value bar beside it, as large as `size`; what the pointer does there.
[[nodiscard]] BoardPointer DrawPosition(const BoardScene& scene, std::optional<double> value,
                                        ImVec2 size);

}  // namespace agon::viewer
