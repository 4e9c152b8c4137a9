// SPDX-License-Identifier: Apache-2.0
// Whoever chooses moves: a network with its search, a baseline, a perfect player, a foreign
// program. A PLAYER is one word with its settings (docs/selfplay.md lists them all):
//
//   random    mcts:sims=1000    minimax:depth=5    perfect
//   net:weights=runs/x/weights.safetensors,sims=400,cpuct=1.5
//   gtp:timeout=30,cmd=gnugo --mode gtp --level 10          cmd= comes last and takes the rest
//
// A word makes a PlayerSource, which loads what is expensive once; the source makes a Player for
// each thread and game.
//
// Who needs this file: matches, evaluations, the GTP server, the trainer.
//
// Thread safety: a Player belongs to one thread; PlayerSource::Make may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/files.h"
#include "runtime/tensor/device.h"
#include "selfplay/games/any_game.h"
#include "selfplay/search/evaluator.h"
#include "selfplay/search/searcher.h"
#include "selfplay/search/settings.h"

namespace agon::selfplay {

class Player {
 public:
  virtual ~Player();

  // The name of its word: "mcts:sims=1000".
  [[nodiscard]] virtual std::string name() const = 0;
  // Called before a game that `state` is the beginning of; players that keep nothing ignore it.
  virtual void NewGame(const GameState& state);
  // A move of a game that is not over. kNoMove: it resigns, or, when failure() says something, it
  // could not answer. The move is not checked: who plays a game judges it.
  virtual Move Choose(const GameState& state) = 0;
  // Why the last Choose gave kNoMove: "no answer in 30 s"; empty when it resigned.
  [[nodiscard]] virtual std::string failure() const { return {}; }
  // For each of many unrelated positions what Choose would answer; faster where leaves of many
  // searches fill a batch.
  [[nodiscard]] virtual std::vector<Move> ChooseMany(std::span<const GameState> states);

  // What the last Choose or Analyse found out; nothing for players that do not search.
  [[nodiscard]] virtual std::optional<SearchResult> last_search() const { return std::nullopt; }
  // Thinks about a position until `stop`, asked often, says so. `report` gets the findings so far
  // about every `interval` seconds, and at the end. False, at once, for players without any.
  virtual bool Analyse(const GameState& state, double interval,
                       const std::function<void(const SearchResult&)>& report,
                       const std::function<bool()>& stop);
  // The search tree of the last Choose, at most `most` nodes.
  [[nodiscard]] virtual std::optional<record::Tree> Tree(int most) const;
  // Time for each Choose from now on; 0: as the player's own settings say.
  virtual void LimitSeconds(double seconds);
};

class PlayerSource {
 public:
  virtual ~PlayerSource();
  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Player> Make(std::uint64_t seed) const = 0;
  // Files it was made from, for the manifest.
  [[nodiscard]] virtual std::vector<Path> Files() const { return {}; }
};

struct PlayerContext {
  const DevicePolicy* device = nullptr;  // null: the CPU; networks only
  int threads = 1;                       // that will use its players at the same time
};

// Error(kUsage) naming the word, what is wrong with it and what is near; Error(kModel) for weights
// of another game.
[[nodiscard]] std::unique_ptr<PlayerSource> MakePlayerSource(std::string_view word,
                                                             const Component<AnyGame>& game,
                                                             const PlayerContext& context);
// One player of a source of its own.
[[nodiscard]] std::unique_ptr<Player> MakePlayer(std::string_view word,
                                                 const Component<AnyGame>& game,
                                                 const PlayerContext& context, std::uint64_t seed);

// Players that search with an evaluator at hand (the trainer's, of a generation). Without noise;
// moves are drawn at `temperature` for the first `temperature_moves` of a game, then the best.
// simulations 0: the raw policy.
struct SearchPlayerSettings {
  SearchSettings search;
  double temperature = 0;
  std::int64_t temperature_moves = 0;
};
[[nodiscard]] std::unique_ptr<PlayerSource> MakeSearchPlayers(std::string name,
                                                              const Component<AnyGame>& game,
                                                              std::shared_ptr<Evaluator> evaluator,
                                                              const SearchPlayerSettings& settings);

// The best move of each position, by searches that run side by side and share their batches; a leaf
// of each tree at a time, so that every search is exact. Depends on states, settings and seed only.
[[nodiscard]] std::vector<Move> SearchMany(std::span<const GameState> states, Evaluator& evaluator,
                                           const SearchSettings& settings, std::uint64_t seed);

// The player kinds a word may begin with.
[[nodiscard]] std::vector<std::string> PlayerKinds();

}  // namespace agon::selfplay
