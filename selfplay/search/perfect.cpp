// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/perfect.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "runtime/base/error.h"
#include "selfplay/games/connect_four.h"
#include "selfplay/games/random.h"
#include "selfplay/games/tic_tac_toe.h"
#include "selfplay/search/connect_four_solver.h"

namespace agon::selfplay {
namespace {

int Sign(int score) { return (score > 0) - (score < 0); }

PerfectMove Exact(int move, int score) {
  return {.move = static_cast<Move>(move), .outcome = Sign(score), .score = score};
}

}  // namespace

std::optional<int> PerfectMemory::Find(std::uint64_t key) const {
  const std::lock_guard lock(mutex_);
  const auto found = outcomes_.find(key);
  if (found == outcomes_.end()) return std::nullopt;
  return found->second;
}
void PerfectMemory::Keep(std::uint64_t key, int outcome) {
  constexpr std::size_t kMost = 1 << 20;
  const std::lock_guard lock(mutex_);
  if (outcomes_.size() < kMost) outcomes_.emplace(key, outcome);
}

class PerfectPlayer::Solver {
 public:
  virtual ~Solver() = default;
  [[nodiscard]] virtual std::vector<PerfectMove> Moves(const GameState& state, bool exact) = 0;
};

// Every position once.
class PerfectPlayer::TicTacToeSolver final : public Solver {
 public:
  std::vector<PerfectMove> Moves(const GameState& state, bool) override {
    TicTacToe::Position position;
    std::memcpy(&position, state.position().bytes, sizeof(position));
    std::vector<PerfectMove> moves;
    for (const Move move : state.LegalMoves()) {
      moves.push_back(Exact(move, ScoreOfMove(position, move)));
    }
    return moves;
  }

 private:
  // As Pons' for Connect Four: of nine stones the one that wins, counted from the player's last.
  int ScoreOfMove(TicTacToe::Position position, Move move) {
    const int stones = std::popcount(position.stones[0]) + std::popcount(position.stones[1]);
    rules_.Play(position, move);
    if (position.won) return (10 - stones) / 2;
    return -Score(position);
  }

  int Score(const TicTacToe::Position& position) {
    std::array<Move, 9> moves;
    const int count = rules_.LegalMoves(position, History(), moves);
    if (count == 0) return 0;
    const auto [known, is_new] =
        scores_.try_emplace(position.stones[0] | std::uint32_t{position.stones[1]} << 16, 0);
    if (!is_new) return known->second;
    int best = -9;
    for (int i = 0; i < count; ++i) {
      best = std::max(best, ScoreOfMove(position, moves[static_cast<std::size_t>(i)]));
    }
    return scores_[position.stones[0] | std::uint32_t{position.stones[1]} << 16] = best;
  }

  const TicTacToe rules_{};
  std::unordered_map<std::uint32_t, int> scores_;  // by the stones of both
};

class PerfectPlayer::ConnectFourSolver final : public Solver {
 public:
  explicit ConnectFourSolver(PerfectSettings settings)
      : settings_(std::move(settings)), solver_(settings_.table_bytes) {
    if (!settings_.memory) settings_.memory = std::make_shared<PerfectMemory>();
  }

  std::vector<PerfectMove> Moves(const GameState& state, bool exact) override {
    const FourBoard board = FourBoard::From(state).value();
    const int stones = board.stones();
    std::vector<PerfectMove> moves;
    for (const Move move : state.LegalMoves()) {
      if (stones == 0) {
        moves.push_back(Exact(move, kFirstMoves[move]));
      } else if (exact || stones >= settings_.exact_from) {
        if (stones < settings_.exact_from) Tell(move, stones, "the score");
        moves.push_back(Exact(move, solver_.ScoreOfColumn(board, move)));
      } else {
        moves.push_back({.move = move, .outcome = EarlyOutcome(board, move), .score = {}});
      }
    }
    return moves;
  }

 private:
  // Scores of the first moves, from the solved game (Allen and Allis 1988, Tromp 1995); that the
  // solver finds the same is a test of its own, since it takes minutes.
  static constexpr std::array<int, FourBoard::kColumns> kFirstMoves = {-2, -1, 0, 1, 0, -1, -2};

  // For the side that moves. It takes long, and comes again in the next game.
  int EarlyOutcome(const FourBoard& board, Move move) {
    const FourBoard next = board.AfterColumn(move);
    const std::uint64_t key = next.KeyUpToMirror();
    if (const std::optional<int> known = settings_.memory->Find(key)) return *known;
    Tell(move, board.stones(), "the outcome");
    const int outcome = solver_.OutcomeOfColumn(board, move);
    settings_.memory->Keep(key, outcome);
    return outcome;
  }

  void Tell(Move move, int stones, const char* what) const {
    if (!settings_.progress) return;
    settings_.progress(
        fmt::format("connect_four: {} of column {} after {} moves", what, move + 1, stones));
  }

  PerfectSettings settings_;
  FourSolver solver_;
};

bool PerfectPlayer::Knows(const std::string& game) {
  return game == "tic_tac_toe" || game == "connect_four";
}

PerfectPlayer::PerfectPlayer(const Component<AnyGame>& game, std::uint64_t seed,
                             PerfectSettings settings)
    : random_(seed) {
  if (dynamic_cast<const TicTacToe*>(&*game) != nullptr) {
    solver_ = std::make_unique<TicTacToeSolver>();
  } else if (dynamic_cast<const ConnectFour*>(&*game) != nullptr) {
    solver_ = std::make_unique<ConnectFourSolver>(std::move(settings));
  } else {
    Fail(ErrorKind::kUsage,
         "perfect: {} is not solved here; perfect plays tic_tac_toe and connect_four", game.name());
  }
}
PerfectPlayer::~PerfectPlayer() = default;
PerfectPlayer::PerfectPlayer(PerfectPlayer&&) noexcept = default;
PerfectPlayer& PerfectPlayer::operator=(PerfectPlayer&&) noexcept = default;

std::vector<PerfectMove> PerfectPlayer::Moves(const GameState& state, bool exact) {
  AGON_CHECK(!state.Over());
  return solver_->Moves(state, exact);
}

Move PerfectPlayer::Choose(const GameState& state) {
  const std::vector<PerfectMove> moves = Moves(state);
  const auto worth = [](const PerfectMove& move) {
    return std::pair(move.outcome, move.score.value_or(0));
  };
  const auto best = worth(std::ranges::max(moves, {}, worth));
  std::vector<Move> best_moves;
  for (const PerfectMove& move : moves) {
    if (worth(move) == best) best_moves.push_back(move.move);
  }
  const int count = static_cast<int>(best_moves.size());
  return best_moves[static_cast<std::size_t>(RandomBelow(random_, count))];
}

}  // namespace agon::selfplay
