// SPDX-License-Identifier: Apache-2.0
// Serves a player by GTP 2, for every registered game: to GoGui, Sabaki, twogtp and Agon's viewer.
//
//   GtpServer server(game, make_player, [](std::string_view text) { fmt::print("{}", text); });
//   while (auto line = reader.Next()) {
//     if (!server.Handle(*line, [&] { return reader.Waiting(); })) break;   // quit
//   }
//
// Black is whoever moves first; moves of games other than Go are written as the game writes them.
// Beyond the standard there are lz-analyze and kata-analyze, which report until the next line
// comes, and the agon- commands with JSON (docs/formats.md, "GTP"). A command that fails changes
// nothing.
//
// In Go a side may move twice: the other's pass is put in between. Handicap stones and set-up
// stones of SGF files come about in the same way. Scoring is by area, every stone counting as
// alive.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selfplay/games/game_record.h"
#include "selfplay/play/gtp_clock.h"
#include "selfplay/play/gtp_line.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

class GtpServer {
 public:
  // Makes a player for a game: again whenever size or komi change. What it throws is the reply
  // then.
  using MakePlayer = std::function<std::unique_ptr<Player>(const Component<AnyGame>&)>;
  using Output = std::function<void(std::string_view)>;

  GtpServer(const Component<AnyGame>& game, MakePlayer make_player, Output output);

  // Obeys one line; false after quit. `waiting` says whether another line has come, which ends an
  // analysis.
  bool Handle(std::string_view line, const std::function<bool()>& waiting);

  [[nodiscard]] const GameState& state() const { return state_; }

 private:
  using Handler = std::string (GtpServer::*)(const GtpLine&);
  struct CommandEntry {
    std::string_view name;
    Handler handler;
    bool go_only;
  };
  [[nodiscard]] static const std::vector<CommandEntry>& Commands();
  [[nodiscard]] const CommandEntry* Find(std::string_view name) const;

  // ---- about the session (gtp_server.cpp) ----
  std::string ProtocolVersion(const GtpLine&);
  std::string Name(const GtpLine&);
  std::string Version(const GtpLine&);
  std::string KnownCommand(const GtpLine&);
  std::string ListCommands(const GtpLine&);
  std::string Quit(const GtpLine&);
  // ---- the game ----
  std::string BoardSize(const GtpLine&);
  std::string RectangularBoardSize(const GtpLine&);
  std::string QueryBoardSize(const GtpLine&);
  std::string ClearBoard(const GtpLine&);
  std::string Komi(const GtpLine&);
  std::string GetKomi(const GtpLine&);
  std::string Play(const GtpLine&);
  std::string GenMove(const GtpLine&);
  std::string RegGenMove(const GtpLine&);
  std::string Undo(const GtpLine&);
  std::string ShowBoard(const GtpLine&);
  std::string FinalScore(const GtpLine&);
  std::string FinalStatusList(const GtpLine&);
  std::string TimeSettings(const GtpLine&);
  std::string TimeLeft(const GtpLine&);
  // ---- records and handicap (gtp_records.cpp) ----
  std::string LoadSgf(const GtpLine&);
  std::string PrintSgf(const GtpLine&);
  std::string FixedHandicap(const GtpLine&);
  std::string PlaceFreeHandicap(const GtpLine&);
  std::string SetFreeHandicap(const GtpLine&);
  // ---- what the player thinks (gtp_analysis.cpp) ----
  std::string LzAnalyze(const GtpLine&);
  std::string KataAnalyze(const GtpLine&);
  std::string LzGenMoveAnalyze(const GtpLine&);
  std::string KataGenMoveAnalyze(const GtpLine&);
  std::string AgonAnalyze(const GtpLine&);
  std::string AgonGenMoveAnalyze(const GtpLine&);
  std::string AgonBoard(const GtpLine&);
  std::string AgonTree(const GtpLine&);

  // ---- shared ----
  using Reporter = std::string (*)(const GameState&, const SearchResult&);
  std::string Analyze(const GtpLine& line, Reporter reporter);
  std::string GenMoveAnalyze(const GtpLine& line, Reporter reporter);
  // Starts anew with another game of the same kind; a player for it is made first.
  void ChangeGame(const Component<AnyGame>& game);
  void ResetTo(GameState state, std::size_t setup);
  [[nodiscard]] Component<AnyGame> Resized(std::int64_t width, std::int64_t height) const;
  // The state with `colour` to move: in Go the other side passes first; else Error(kUsage).
  [[nodiscard]] GameState WithTurn(int colour) const;
  [[nodiscard]] Move Think(const GameState& state);
  // Where the last move shows; negative: nowhere.
  [[nodiscard]] int LastCell() const;
  std::string PlaceHandicap(std::int64_t stones, bool most);
  void SetHandicap(const std::vector<Move>& points);

  MakePlayer make_player_;
  Output output_;
  GameState state_;
  std::size_t setup_ = 0;  // moves that set up the position; undo stops there
  std::unique_ptr<Player> player_;
  GtpClock clock_;
  std::function<bool()> waiting_;  // of the line being handled
  bool replied_ = false;           // an analysis writes its reply itself
  bool quit_ = false;
  std::optional<SearchResult> search_;  // the last, of the position after searched_
  std::vector<Move> searched_;
};

// Words of a line as values; Error(kUsage) "syntax error" with what was expected.
[[nodiscard]] const std::string& ArgumentOf(const GtpLine& line, std::size_t place,
                                            std::string_view what);
[[nodiscard]] std::int64_t IntegerOf(const GtpLine& line, std::size_t place, std::string_view what);
[[nodiscard]] int ColourOf(const GtpLine& line, std::size_t place);

}  // namespace agon::selfplay
