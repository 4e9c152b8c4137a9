// SPDX-License-Identifier: Apache-2.0
// A game between a person and a program, driven through `agon selfplay gtp`, which knows the rules,
// referees foreign programs, and thinks. Nothing here waits: Poll once a frame, then look.
//
//   GameSession game({.program = agon, .game = "connect_four", .player = "mcts:sims=1000"});
//   ...each frame: game.Poll(); Draw(game.board()); if (clicked) game.Play(move);
//
// Thread safety: one thread.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"
#include "viewer/game/gtp_client.h"
#include "viewer/game/search_model.h"

namespace agon::viewer {

// Who moves for the two sides: first (Black, X) and second.
enum class Mover { kPerson, kProgram };

struct SessionSettings {
  Path program;        // build/agon
  std::string game;    // "connect_four", "{name: go, size: 9}"
  std::string player;  // "mcts:sims=1000"
  std::array<Mover, 2> movers = {Mover::kPerson, Mover::kProgram};
  // Who gives hints when the player has nothing to tell (minimax, foreign programs): a second
  // program. Empty: nobody.
  std::string adviser = "mcts:sims=2000";
  // Seconds that a hint thinks about a position at most.
  double hint_seconds = 10;
  std::function<double()> clock = {};  // seconds, rising; empty: the steady clock
};

// One move of the game so far.
struct PlayedMove {
  std::string text;
  bool first = true;            // the first player's
  bool program = false;         // its own choice
  std::optional<double> value;  // of the position before it, for the first player
};

enum class SessionPhase {
  kStarting,  // the program loads
  kPerson,    // to move
  kThinking,  // the program is to move
  kWaiting,   // for an answer of the program that takes no thought
  kOver,
  kFailed,  // the program is gone: problem() says why
};

class GameSession {
 public:
  // Starts the program; what is wrong with that is told by phase() and problem().
  explicit GameSession(SessionSettings settings);
  ~GameSession();
  GameSession(const GameSession&) = delete;
  GameSession& operator=(const GameSession&) = delete;

  void Poll();

  [[nodiscard]] SessionPhase phase() const { return phase_; }
  [[nodiscard]] const SessionSettings& settings() const { return settings_; }
  // Why it failed; or the last thing that was refused ("illegal move"), until the next move.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Nothing until the program has answered for the first time.
  [[nodiscard]] const std::optional<ServedBoard>& board() const { return board_; }
  [[nodiscard]] const GameLook& look() const { return look_; }
  // Changes whenever board() does.
  [[nodiscard]] std::int64_t version() const { return version_; }
  [[nodiscard]] const std::vector<PlayedMove>& moves() const { return moves_; }
  // By whose hand the game ended, in words: "won by the first player", "resigned", ...
  [[nodiscard]] std::string ResultText() const;
  // Seconds since the program began to think.
  [[nodiscard]] double thinking_seconds() const;

  // What is known about the present position (a hint), else what the program found out about the
  // one it moved in last. `present` says which.
  [[nodiscard]] const std::optional<Analysis>& analysis() const { return analysis_; }
  [[nodiscard]] bool analysis_is_present() const { return analysis_present_; }
  // The tree of the program's last search, where it has one.
  [[nodiscard]] const std::shared_ptr<const record::Tree>& tree() const { return tree_; }

  [[nodiscard]] bool CanPlay() const { return phase_ == SessionPhase::kPerson; }
  void Play(std::string_view move);  // one of board()->legal; others are refused by the program
  [[nodiscard]] bool CanUndo() const;
  void Undo();                          // to the person's last turn
  [[nodiscard]] bool CanBegin() const;  // nothing is on its way
  void NewGame();
  void Resign();
  void SetMovers(std::array<Mover, 2> movers);
  // Thinks about the position while the person does: analysis() fills. Off when nobody has anything
  // to tell (hint_problem() says so).
  void SetHint(bool on);
  [[nodiscard]] bool hint() const { return hint_; }
  [[nodiscard]] bool hint_running() const { return hint_running_; }
  [[nodiscard]] const std::string& hint_problem() const { return hint_problem_; }
  // The word of who gives hints.
  [[nodiscard]] const std::string& hint_player() const;

  // The player's process and the adviser's, those that there are, for a polite end in the
  // background; the session has then failed.
  [[nodiscard]] std::vector<std::shared_ptr<Process>> Release();

 private:
  void Fail(std::string_view problem);
  [[nodiscard]] double Now() const;
  [[nodiscard]] std::string_view Colour() const;  // of the side to move
  // Asks for the board and goes on from there.
  void Refresh();
  void Continue(const GtpReply& reply);
  void Think();
  void TakeAnswer(const GtpReply& reply);
  void AskTree(GtpClient& client);
  [[nodiscard]] std::unique_ptr<GtpClient> StartProgram(const std::string& player) const;
  void StartHint();
  void EndHint();  // its lines count no more
  void RefuseHint(const std::string& why);
  void TellAdviser();
  void TakeHint(std::string_view line);
  void StopHint();
  void Remember(std::optional<double> value_for_mover);

  SessionSettings settings_;
  std::unique_ptr<GtpClient> client_;
  std::unique_ptr<GtpClient> adviser_;  // once it was needed
  SessionPhase phase_ = SessionPhase::kStarting;
  std::string problem_, hint_problem_;
  std::optional<ServedBoard> board_;
  GameLook look_;
  std::int64_t version_ = 0;
  std::vector<PlayedMove> moves_;
  std::optional<double> value_;   // of the present position, for the first player
  std::optional<bool> resigned_;  // by the first player, or the second
  std::optional<Analysis> analysis_;
  bool analysis_present_ = false;
  std::shared_ptr<const record::Tree> tree_;
  bool hint_ = false, hint_running_ = false;
  double hint_since_ = 0, thinking_since_ = 0;
  bool adviser_tried_ = false;
  std::int64_t hint_number_ = 0;  // of the analysis whose lines count
};

}  // namespace agon::viewer
