// SPDX-License-Identifier: Apache-2.0
// The players that know the rules only, and the perfect ones.
#include <algorithm>
#include <mutex>
#include <utility>

#include "runtime/base/philox.h"
#include "selfplay/games/random.h"
#include "selfplay/play/player_word.h"
#include "selfplay/search/baselines.h"
#include "selfplay/search/perfect.h"

namespace agon::selfplay {
namespace {

// A source whose players are made of its settings and a seed.
template <class P>
class SimpleSource final : public PlayerSource {
 public:
  using Settings = typename P::Settings;
  SimpleSource(std::string name, Settings settings)
      : name_(std::move(name)), settings_(std::move(settings)) {}
  const std::string& name() const override { return name_; }
  std::unique_ptr<Player> Make(std::uint64_t seed) const override {
    return std::make_unique<P>(name_, settings_, MixBits(seed));
  }

 private:
  std::string name_;
  Settings settings_;
};

template <class P>
PlayerSourcePtr MakeSimple(PlayerWord word,
                           const std::vector<std::pair<std::string, std::string>>& renamed = {}) {
  using Settings = typename P::Settings;
  CheckSettings(word, NamesOf(config::Fields<Settings>::Get().Infos()), renamed);
  auto settings = ReadSettings<Settings>(word);
  return std::make_unique<SimpleSource<P>>(std::move(word.text), std::move(settings));
}

class RandomPlayer final : public Player {
 public:
  struct Settings {
    static void Describe(config::Fields<Settings>&) {}
  };
  RandomPlayer(std::string name, const Settings&, std::uint64_t seed)
      : name_(std::move(name)), random_(seed) {}
  std::string name() const override { return name_; }
  Move Choose(const GameState& state) override { return RandomMove(state, random_); }

 private:
  std::string name_;
  std::uint64_t random_;
};

class MctsPlayer final : public Player {
 public:
  struct Settings : RolloutSettings {
    static void Describe(config::Fields<Settings>& f) {
      f.Field(&Settings::simulations, "simulations", "random games a move").Min(1).Max(1e9);
      f.Field(&Settings::uct_c, "uct_c", "exploration").Min(0);
      f.Field(&Settings::solver, "solver", "carry proven results up the tree");
    }
  };
  MctsPlayer(std::string name, const Settings& settings, std::uint64_t seed)
      : name_(std::move(name)), settings_(settings), random_(seed) {}
  std::string name() const override { return name_; }
  Move Choose(const GameState& state) override {
    SearchResult result;
    result.simulations = settings_.simulations;
    double total = 0;
    for (const RolloutMove& move : RolloutSearch(state, settings_, random_)) {
      result.moves.push_back({.move = move.move,
                              .visits = move.visits,
                              .value = move.value,
                              .proven = move.proven,
                              .line = {move.move}});
      result.visits += move.visits;
      total += static_cast<double>(move.visits) * move.value;
    }
    const auto visits = static_cast<double>(std::max<std::int64_t>(result.visits, 1));
    for (MoveStats& move : result.moves) {
      move.prior = 1.0 / static_cast<double>(result.moves.size());
      move.target = static_cast<double>(move.visits) / visits;
    }
    result.best = result.moves.front().move;
    const MoveStats& best = result.moves.front();
    result.value = best.proven != 2 ? best.proven : total / visits;
    last_ = std::move(result);
    return last_->best;
  }
  std::optional<SearchResult> last_search() const override { return last_; }

 private:
  std::string name_;
  Settings settings_;
  std::uint64_t random_;
  std::optional<SearchResult> last_;
};

class MinimaxPlayer final : public Player {
 public:
  struct Settings {
    std::int64_t depth = 5;
    static void Describe(config::Fields<Settings>& f) {
      f.Field(&Settings::depth, "depth", "plies").Min(1).Max(100);
    }
  };
  MinimaxPlayer(std::string name, const Settings& settings, std::uint64_t seed)
      : name_(std::move(name)), minimax_(static_cast<int>(settings.depth)), random_(seed) {}
  std::string name() const override { return name_; }
  Move Choose(const GameState& state) override { return minimax_.Choose(state, random_); }

 private:
  std::string name_;
  Minimax minimax_;
  std::uint64_t random_;
};

// Solvers keep what they have found out; a player borrows one for as long as it lives.
class SolverPool {
 public:
  explicit SolverPool(Component<AnyGame> game) : game_(std::move(game)) {}
  std::unique_ptr<PerfectPlayer> Borrow() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<PerfectPlayer>(game_, 0);
    std::unique_ptr<PerfectPlayer> solver = std::move(idle_.back());
    idle_.pop_back();
    return solver;
  }
  void Return(std::unique_ptr<PerfectPlayer> solver) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(solver));
  }

 private:
  Component<AnyGame> game_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PerfectPlayer>> idle_;
};

class PerfectWordPlayer final : public Player {
 public:
  PerfectWordPlayer(std::string name, std::shared_ptr<SolverPool> pool, std::uint64_t seed)
      : name_(std::move(name)), pool_(std::move(pool)), solver_(pool_->Borrow()), random_(seed) {}
  ~PerfectWordPlayer() override { pool_->Return(std::move(solver_)); }
  PerfectWordPlayer(const PerfectWordPlayer&) = delete;
  PerfectWordPlayer& operator=(const PerfectWordPlayer&) = delete;

  std::string name() const override { return name_; }
  // Of the best moves any, by numbers of its own: what the solver remembers changes nothing.
  Move Choose(const GameState& state) override {
    Solve(state);
    const int choice = RandomBelow(random_, best_count_);
    last_.best = last_.moves[static_cast<std::size_t>(choice)].move;
    return last_.best;
  }
  std::optional<SearchResult> last_search() const override {
    return last_.moves.empty() ? std::nullopt : std::optional(last_);
  }

 private:
  // Every move with its outcome, as a search that has proven all; the best ones first.
  void Solve(const GameState& state) {
    const auto sign = [](int value) { return (value > 0) - (value < 0); };
    std::vector<PerfectMove> moves = solver_->Moves(state);
    const auto key = [&](const PerfectMove& move) {
      return std::pair(sign(move.outcome), move.score.value_or(0));
    };
    std::stable_sort(moves.begin(), moves.end(),
                     [&](const PerfectMove& a, const PerfectMove& b) { return key(a) > key(b); });
    last_ = {};
    best_count_ =
        static_cast<int>(std::count_if(moves.begin(), moves.end(), [&](const PerfectMove& move) {
          return key(move) == key(moves.front());
        }));
    for (const PerfectMove& move : moves) {
      last_.moves.push_back({.move = move.move,
                             .prior = 1.0 / static_cast<double>(moves.size()),
                             .value = static_cast<double>(sign(move.outcome)),
                             .proven = sign(move.outcome),
                             .line = {move.move}});
    }
    last_.value = last_.moves.front().value;
    last_.best = moves.front().move;
  }

  std::string name_;
  std::shared_ptr<SolverPool> pool_;
  std::unique_ptr<PerfectPlayer> solver_;
  std::uint64_t random_;
  int best_count_ = 0;
  SearchResult last_;
};

class PerfectSource final : public PlayerSource {
 public:
  PerfectSource(std::string name, Component<AnyGame> game)
      : name_(std::move(name)), pool_(std::make_shared<SolverPool>(std::move(game))) {}
  const std::string& name() const override { return name_; }
  std::unique_ptr<Player> Make(std::uint64_t seed) const override {
    return std::make_unique<PerfectWordPlayer>(name_, pool_, MixBits(seed));
  }

 private:
  std::string name_;
  std::shared_ptr<SolverPool> pool_;
};

}  // namespace

PlayerSourcePtr MakeRandomSource(PlayerWord word, const Component<AnyGame>&) {
  return MakeSimple<RandomPlayer>(std::move(word));
}

PlayerSourcePtr MakeMctsSource(PlayerWord word, const Component<AnyGame>&) {
  return MakeSimple<MctsPlayer>(std::move(word), {{"sims", "simulations"}});
}

PlayerSourcePtr MakeMinimaxSource(PlayerWord word, const Component<AnyGame>&) {
  return MakeSimple<MinimaxPlayer>(std::move(word));
}

PlayerSourcePtr MakePerfectSource(PlayerWord word, const Component<AnyGame>& game) {
  CheckSettings(word, {});
  (void)PerfectPlayer(game, 0);  // says at once when there is none for this game
  return std::make_unique<PerfectSource>(std::move(word.text), game);
}

}  // namespace agon::selfplay
