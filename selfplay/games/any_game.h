// SPDX-License-Identifier: Apache-2.0
// Some game, chosen by name: the type-erased form of game.h for commands, players, protocols and
// the learner. The component kind "game":  connect_four, or {name: go, size: 9, komi: 7.5}.
//
// Who needs this file: everybody who does not know the game when it is compiled. The hot loops (the
// tree, random play-outs) are templates over the game itself and are made by MakeSearcher and
// MakeRollouts.
//
// Thread safety: an AnyGame is immutable; a GameState belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/plugin/registry.h"
#include "selfplay/games/game.h"

namespace agon::selfplay {

class Searcher;          // selfplay/search/searcher.h
struct SearchSettings;   // selfplay/search/settings.h
struct RolloutMove;      // selfplay/search/baselines.h
struct RolloutSettings;  // selfplay/search/baselines.h

// Bytes of a position of some game; what they mean only the game knows.
struct AnyPosition {
  alignas(64) std::byte bytes[kMaxPositionBytes];
};

// The sizes a network and a replay file depend on.
struct GameShape {
  int width = 0, height = 0;
  int actions = 0;
  int planes = 0, scalars = 0;
  int symmetries = 1;
  int max_moves = 0;
  [[nodiscard]] int cells() const { return width * height; }
  [[nodiscard]] int plane_words() const { return PlaneWords(planes, cells()); }
  friend bool operator==(const GameShape&, const GameShape&) = default;
};

class AnyGame {
 public:
  static constexpr std::string_view kKind = "game";
  struct Capabilities {
    [[nodiscard]] nlohmann::json ToJson() const { return nlohmann::json::object(); }
  };
  virtual ~AnyGame();

  [[nodiscard]] virtual GameShape Shape() const = 0;
  [[nodiscard]] virtual bool ForbidsRepetition() const = 0;
  virtual void Start(AnyPosition& position) const = 0;
  [[nodiscard]] virtual int ToMove(const AnyPosition& position) const = 0;
  [[nodiscard]] virtual bool Over(const AnyPosition& position) const = 0;
  [[nodiscard]] virtual Outcome Result(const AnyPosition& position) const = 0;
  [[nodiscard]] virtual int LegalMoves(const AnyPosition& position, const History& history,
                                       std::span<Move> moves) const = 0;
  virtual void Play(AnyPosition& position, Move move) const = 0;
  [[nodiscard]] virtual std::uint64_t Hash(const AnyPosition& position) const = 0;
  [[nodiscard]] virtual std::uint64_t BoardKey(const AnyPosition& position) const = 0;
  // `words` are cleared first.
  virtual void Encode(const AnyPosition& position, int symmetry, std::span<std::uint64_t> words,
                      std::span<float> scalars) const = 0;
  [[nodiscard]] virtual Move Transform(Move move, int symmetry) const = 0;
  [[nodiscard]] virtual int Inverse(int symmetry) const = 0;
  [[nodiscard]] virtual std::string MoveText(Move move) const = 0;
  [[nodiscard]] virtual Move ParseMove(std::string_view text) const = 0;
  [[nodiscard]] virtual std::string Text(const AnyPosition& position) const = 0;
  [[nodiscard]] virtual record::Board Picture(const AnyPosition& position) const = 0;
  [[nodiscard]] virtual std::size_t PositionBytes() const = 0;

  // Area score of Black minus White with komi, for games that count points (Go); else nothing.
  [[nodiscard]] virtual std::optional<double> Score(const AnyPosition& position) const = 0;

  // A tree search over this game. One searcher plays one game at a time.
  [[nodiscard]] virtual std::unique_ptr<Searcher> MakeSearcher(const SearchSettings& settings,
                                                               std::uint64_t seed) const = 0;
  // The outcome of a uniformly random game from here; `random` is advanced.
  [[nodiscard]] virtual Outcome Rollout(const AnyPosition& position, const History& history,
                                        std::uint64_t& random) const = 0;
  // Pure Monte Carlo tree search; callers use RolloutSearch (selfplay/search/baselines.h).
  [[nodiscard]] virtual std::vector<RolloutMove> SearchByRollouts(const AnyPosition& position,
                                                                  const History& history,
                                                                  const RolloutSettings& settings,
                                                                  std::uint64_t& random) const = 0;
};

// A game being played: position, history, the moves so far. What protocols and players hold.
class GameState {
 public:
  explicit GameState(Component<AnyGame> game);

  [[nodiscard]] const AnyGame& game() const { return *game_; }
  [[nodiscard]] const Component<AnyGame>& component() const { return game_; }
  [[nodiscard]] const AnyPosition& position() const { return position_; }
  // Boards before the present one.
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] const std::vector<Move>& moves() const { return moves_; }

  [[nodiscard]] int to_move() const { return game_->ToMove(position_); }
  // Over by the rules, or at the game's limit of moves.
  [[nodiscard]] bool Over() const;
  // Of a game that is over; at the limit of moves a draw, unless the game counts points.
  [[nodiscard]] Outcome Result() const;
  [[nodiscard]] std::vector<Move> LegalMoves() const;
  [[nodiscard]] bool IsLegal(Move move) const;
  // Error(kUsage) naming the move when it is not legal; the state is then unchanged.
  void Play(Move move);
  // False at the start.
  bool Undo();
  void Reset();
  // The present position with last move and legal moves filled in.
  [[nodiscard]] record::Board Picture() const;

 private:
  Component<AnyGame> game_;
  AnyPosition position_;
  History history_;
  std::vector<Move> moves_;
};

}  // namespace agon::selfplay
