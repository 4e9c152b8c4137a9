// SPDX-License-Identifier: Apache-2.0
// One game of self-play, driven from outside so that one thread can play many: it asks for
// evaluations (Collect), gets them (Apply), and between them chooses moves, ends the game and makes
// samples of it.
//
//   game.Start(number, generation);
//   while (game.Collect(batch) > 0) { evaluate; game.Apply(batch); }
//   FinishedGame finished = game.Take();
//
// All that is random in a game comes from the seed and its number.
//
// Who needs this file: the actors. Thread safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "selfplay/learn/config.h"
#include "selfplay/learn/sample.h"
#include "selfplay/learn/train_state.h"
#include "selfplay/search/searcher.h"

namespace agon::selfplay {

struct FinishedGame {
  std::int64_t number = 0;
  std::int64_t generation = 0;  // of the weights when it began
  std::vector<Move> moves;
  std::int64_t opening = 0;  // the first so many moves were random
  std::vector<int> full;     // moves that were searched in full
  Outcome outcome = Outcome::kDraw;
  std::string ending;  // rules; length (the game's limit of moves); resigned; proven
  std::vector<Sample> samples;
  GameCounts counts;

  // One line of RUN/games/, JSON; docs/formats.md, "Games of a training".
  [[nodiscard]] std::string Line(const AnyGame& game) const;
};

class SelfGame {
 public:
  // What is seen of a game while it is played.
  struct WatchedSearch {
    std::int64_t number, generation;
    bool full;  // it is learnt from
    const GameState& state;
    const SearchResult& result;
    const Searcher& searcher;
  };
  struct Watcher {
    std::function<void(const WatchedSearch&)> searched;  // after every search
    std::function<void(const FinishedGame&, const GameState&)> finished;
  };

  // `config` must outlive it.
  explicit SelfGame(const SelfplayConfig& config);

  void Start(std::int64_t number, std::int64_t generation);
  // Adds leaves to the batch and returns how many; 0: the game is over. Moves are made meanwhile.
  int Collect(EvalBatch& batch);
  // After the rows that the last Collect added were answered.
  void Apply(const EvalBatch& batch);
  // Of a game that is over.
  [[nodiscard]] FinishedGame Take();
  void SetWatcher(Watcher watcher) { watcher_ = std::move(watcher); }
  [[nodiscard]] std::size_t tree_bytes() const;

 private:
  // What a recorded position waits for the end of the game with.
  struct Pending {
    Sample sample;
    int player = 0;
    std::array<float, 3> searched{};  // the search's own outcome
    std::optional<int> proven;        // for the player
  };

  void PlayOpening();
  void BeginMove();
  void EndMove();
  void Remember(const SearchResult& result, std::optional<int> proven);
  // True when the game ends here.
  bool GiveUp(const SearchResult& result, std::optional<int> proven);
  void Finish(Outcome outcome, std::string ending);
  double Uniform();

  const SelfplayConfig& config_;
  const GameShape shape_;
  GameState state_;
  std::unique_ptr<Searcher> searcher_;
  std::unique_ptr<Searcher> cheap_;  // null: the same for both
  Searcher* active_ = nullptr;
  std::uint64_t random_ = 0;
  bool searching_ = false, full_ = false, over_ = true;
  int first_row_ = 0;
  bool play_out_ = false;
  std::array<std::int64_t, 2> lost_moves_{};  // of each side in a row
  int would_resign_ = -1;                     // the side, once
  FinishedGame finished_;
  std::vector<Pending> pending_;
  Watcher watcher_;
};

// The value a finished search has proven for the side to move: 1, 0, -1.
[[nodiscard]] std::optional<int> ProvenValue(const SearchResult& result);
// Chances of win, draw and loss with the search's value and as much of the network's draw as fits.
[[nodiscard]] std::array<float, 3> OutcomeOfSearch(const SearchResult& result);

}  // namespace agon::selfplay
