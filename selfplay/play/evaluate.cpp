// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/philox.h"
#include "runtime/base/progress.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"
#include "selfplay/search/perfect.h"

namespace agon::selfplay {
namespace {

constexpr std::int64_t kFull = -1000;  // of a column without room, in oracle files
constexpr std::size_t kChunk = 64;     // positions a player gets at a time

double Share(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

int Sign(std::int64_t value) { return (value > 0) - (value < 0); }

// One line of a file: the moves to the position, its score, and perhaps that of every move.
struct Line {
  int number = 0;
  std::string moves;
  std::vector<std::int64_t> scores;  // the position's, then the columns'
};

class PositionReader {
 public:
  PositionReader(const Path& file, const Component<AnyGame>& game) : file_(file), game_(game) {
    if (game.name() != "connect_four") {
      Fail(ErrorKind::kUsage, "{}: files of positions are of connect_four, not of {}",
           file.string(), game.name());
    }
  }

  PositionSet Read(std::int64_t most) {
    std::vector<Line> lines = ReadLines(file_);
    if (lines.empty()) Fail(ErrorKind::kData, "{}: holds no positions", file_.string());
    Thin(lines, most);
    if (lines.front().scores.size() == 1) AddOracle(lines);
    PositionSet set;
    set.name = file_.filename().string();
    for (const Line& line : lines) {
      GameState state = StateOf(line);
      set.moves.push_back(line.scores.size() > 1 ? ScoresOf(line, state) : Solve(line, state));
      set.states.push_back(std::move(state));
    }
    return set;
  }

 private:
  [[noreturn]] void Refuse(const Line& line, std::string_view what) const {
    Fail(ErrorKind::kData, "{}:{}: {}", source_.string(), line.number, what);
  }

  std::vector<Line> ReadLines(const Path& file) {
    source_ = file;
    std::vector<Line> lines;
    int number = 0;
    for (const std::string& text : Split(ReadFileText(file, std::size_t{64} << 20), '\n')) {
      ++number;
      Line line{.number = number, .moves = {}, .scores = {}};
      std::string words = text;
      std::replace(words.begin(), words.end(), '\r', ' ');
      std::replace(words.begin(), words.end(), '\t', ' ');
      if (words.find_first_not_of(' ') == std::string::npos || words.starts_with("#")) continue;
      const bool at_start = words.starts_with(" ");  // " 0": the empty board
      for (const std::string& word : Split(words, ' ')) {
        if (word.empty()) continue;
        if (line.moves.empty() && line.scores.empty() && !at_start) {
          line.moves = word;
          continue;
        }
        const auto score = ParseInteger(word);
        if (!score) Refuse(line, fmt::format("expected a score, found \"{}\"", word));
        line.scores.push_back(*score);
      }
      const std::size_t columns = static_cast<std::size_t>(game_->Shape().actions);
      if (line.scores.size() != 1 && line.scores.size() != 1 + columns) {
        Refuse(line, fmt::format("expected moves and 1 or {} scores, found {}", 1 + columns,
                                 line.scores.size()));
      }
      if (!lines.empty() && lines.front().scores.size() != line.scores.size()) {
        Refuse(line, "some lines have scores of moves, others have not");
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }

  static void Thin(std::vector<Line>& lines, std::int64_t most) {
    const auto wanted = static_cast<std::size_t>(std::max<std::int64_t>(most, 0));
    if (wanted == 0 || wanted >= lines.size()) return;
    std::vector<Line> kept;
    for (std::size_t i = 0; i < wanted; ++i) kept.push_back(lines[i * lines.size() / wanted]);
    lines = std::move(kept);
  }

  // Takes the scores of moves from the file beside it, where every position is found there.
  void AddOracle(std::vector<Line>& lines) {
    const Path oracle = file_.parent_path() / ("oracle_" + file_.filename().string() + ".txt");
    if (!std::filesystem::exists(oracle)) {
      log::Info("{}: no {} beside it: the scores of moves are computed", file_.string(),
                oracle.filename().string());
      return;
    }
    std::map<std::string, std::vector<std::int64_t>> known;
    for (Line& line : ReadLines(oracle)) known[line.moves] = std::move(line.scores);
    source_ = file_;
    std::vector<Line> scored = lines;
    for (Line& line : scored) {
      const auto found = known.find(line.moves);
      if (found == known.end() || found->second.size() == 1) {
        log::Warning("{}: line {} is not in {}: the scores of moves are computed", file_.string(),
                     line.number, oracle.string());
        return;
      }
      if (found->second.front() != line.scores.front()) {
        Refuse(line, fmt::format("score {}, but {} in {}", line.scores.front(),
                                 found->second.front(), oracle.string()));
      }
      line.scores = found->second;
    }
    lines = std::move(scored);
  }

  GameState StateOf(const Line& line) const {
    GameState state(game_);
    for (std::size_t i = 0; i < line.moves.size(); ++i) {
      const Move move = game_->ParseMove(std::string_view(line.moves).substr(i, 1));
      if (move == kNoMove || !state.IsLegal(move)) {
        Refuse(line, fmt::format("move {}, \"{}\", is not legal", i + 1, line.moves[i]));
      }
      state.Play(move);
    }
    if (state.Over()) Refuse(line, "the game is over");
    return state;
  }

  std::vector<ScoredMove> ScoresOf(const Line& line, const GameState& state) const {
    std::vector<ScoredMove> moves;
    std::int64_t best = kFull;
    const std::vector<Move> legal = state.LegalMoves();
    for (std::size_t column = 1; column < line.scores.size(); ++column) {
      const auto move = static_cast<Move>(column - 1);
      const std::int64_t score = line.scores[column];
      const bool possible = std::binary_search(legal.begin(), legal.end(), move);
      if (possible != (score != kFull)) {
        Refuse(line, fmt::format("column {} is {}, its score {}", column,
                                 possible ? "not full" : "full", score));
      }
      if (!possible) continue;
      best = std::max(best, score);
      moves.push_back({.move = move, .outcome = Sign(score), .score = static_cast<int>(score)});
    }
    if (best != line.scores.front()) {
      Refuse(line, fmt::format("the position's score is {}, that of its best move {}",
                               line.scores.front(), best));
    }
    return moves;
  }

  std::vector<ScoredMove> Solve(const Line& line, const GameState& state) {
    if (!solver_) solver_.emplace(game_, 0);
    if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "interrupted");
    std::vector<ScoredMove> moves;
    int best = -1;
    for (const PerfectMove& move : solver_->Moves(state)) {
      moves.push_back({.move = move.move, .outcome = Sign(move.outcome), .score = move.score});
      best = std::max(best, Sign(move.outcome));
    }
    if (best != Sign(line.scores.front())) {
      Refuse(line, fmt::format("score {}, but the best move {}", line.scores.front(),
                               best > 0    ? "wins"
                               : best == 0 ? "draws"
                                           : "loses"));
    }
    return moves;
  }

  Path file_, source_;
  Component<AnyGame> game_;
  std::optional<PerfectPlayer> solver_;
};

}  // namespace

void MoveErrors::Add(const MoveErrors& other) {
  const auto sum = [](const MoveErrors& e) {
    return *e.mean_score_loss * static_cast<double>(e.positions);
  };
  std::optional<double> loss = other.mean_score_loss;
  if (positions > 0 && loss && mean_score_loss && other.positions > 0) {
    loss = (sum(*this) + sum(other)) / static_cast<double>(positions + other.positions);
  } else if (positions > 0 && !mean_score_loss) {
    loss.reset();
  }
  mean_score_loss = loss;
  positions += other.positions;
  decidable += other.decidable;
  errors += other.errors;
  error_rate = Share(errors, positions);
  error_rate_decidable = Share(errors, decidable);
}

nlohmann::json MoveErrors::ToJson() const {
  nlohmann::json json = {{"positions", positions},
                         {"decidable", decidable},
                         {"errors", errors},
                         {"error_rate", error_rate},
                         {"error_rate_decidable", error_rate_decidable},
                         {"mean_score_loss", nullptr}};
  if (mean_score_loss) json["mean_score_loss"] = *mean_score_loss;
  return json;
}

PositionSet ReadPositions(const Path& file, const Component<AnyGame>& game, std::int64_t most) {
  return PositionReader(file, game).Read(most);
}

MoveErrors CountErrors(const PositionSet& set, std::span<const Move> chosen) {
  AGON_CHECK(chosen.size() == set.states.size());
  MoveErrors errors;
  double loss = 0;
  bool exact = true;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::vector<ScoredMove>& moves = set.moves[i];
    int best = -1;
    int worst = 1;
    std::optional<int> best_score, worst_score;
    const ScoredMove* played = nullptr;
    for (const ScoredMove& move : moves) {
      best = std::max(best, move.outcome);
      worst = std::min(worst, move.outcome);
      if (move.move == chosen[i]) played = &move;
      exact = exact && move.score.has_value();
      best_score = std::max(best_score, move.score);
      worst_score = worst_score ? std::min(worst_score, move.score) : move.score;
    }
    ++errors.positions;
    errors.decidable += worst < best;
    errors.errors += played == nullptr || played->outcome < best;
    if (exact) loss += *best_score - (played != nullptr ? *played->score : *worst_score);
  }
  errors.error_rate = Share(errors.errors, errors.positions);
  errors.error_rate_decidable = Share(errors.errors, errors.decidable);
  if (exact && errors.positions > 0) {
    errors.mean_score_loss = loss / static_cast<double>(errors.positions);
  }
  return errors;
}

std::vector<Move> ChooseMoves(const PositionSet& set, const PlayerSource& players,
                              std::uint64_t seed, int threads) {
  std::vector<Move> chosen(set.states.size(), kNoMove);
  const std::size_t chunks = (set.states.size() + kChunk - 1) / kChunk;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;  // of progress and problem
  std::exception_ptr problem;
  Progress progress(set.name, static_cast<std::int64_t>(set.states.size()), "position");
  const auto work = [&] {
    try {
      while (!stop) {
        const std::size_t chunk = next++;
        if (chunk >= chunks) return;
        if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "interrupted");
        const std::size_t first = chunk * kChunk;
        const std::size_t count = std::min(kChunk, set.states.size() - first);
        // A player for each chunk: what it draws depends on the chunk alone.
        const auto player = players.Make(MixBits(seed + chunk));
        const std::vector<Move> moves =
            player->ChooseMany(std::span(set.states).subspan(first, count));
        std::copy(moves.begin(), moves.end(), chosen.begin() + static_cast<std::ptrdiff_t>(first));
        const std::lock_guard lock(mutex);
        progress.Advance(static_cast<std::int64_t>(count));
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!problem) problem = std::current_exception();
      stop = true;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 1; i < std::min(threads, static_cast<int>(chunks)); ++i) {
      workers.emplace_back(work);
    }
    work();
  }
  if (problem) std::rethrow_exception(problem);
  return chosen;
}

}  // namespace agon::selfplay
