// SPDX-License-Identifier: Apache-2.0
// Checkpoints, the end of a training, and how far it is.
#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/stop.h"
#include "runtime/tensor/random.h"
#include "selfplay/games/game_record.h"
#include "selfplay/learn/report.h"
#include "selfplay/learn/training.h"
#include "selfplay/play/overlay.h"

namespace agon::selfplay {

void Training::Save() {
  DrainFigures();
  replay_.CloseShard();
  UpdateCounts();
  const ReplayMark mark = replay_.Mark();
  TrainingState state = state_;
  state.seconds = Seconds();
  state.damaged_files = static_cast<std::int64_t>(replay_.damaged().size());
  run::Checkpoint checkpoint{.step = state_.step, .tensors = {}, .state = {}};
  checkpoint.state = {{"training", state.ToJson()},
                      {"next_shard", mark.next_shard},
                      {"next_game", std::max(mark.next_game, next_game_)}};
  run::AppendGroup(checkpoint.tensors, "learner", learner_.State());
  run::AppendGroup(checkpoint.tensors, "playing", playing_);
  run::AppendGroup(checkpoint.tensors, "measured", measured_);
  run::SaveCheckpoint(run_.folder(), checkpoint);
  replay_.ForgetOld();
  since_checkpoint_.Restart();
}

void Training::Open(bool resume) {
  std::optional<run::Checkpoint> checkpoint;
  if (resume) checkpoint = run::LoadNewestCheckpoint(run_.folder());
  ReplayMark mark;
  if (checkpoint) {
    mark = Restore(*checkpoint);
  } else if (resume) {
    log::Info("no checkpoint yet: training starts from the beginning");
  }
  // Playing and learning at once keeps every game there is. In turn, what came after the
  // checkpoint is played again, the same.
  const std::optional<ReplayMark> from = config_.deterministic ? std::optional(mark) : std::nullopt;
  replay_.Open(from);
  log_.emplace(run_.folder() / "games", from ? std::optional(from->next_game) : std::nullopt);
  next_game_ =
      config_.deterministic ? mark.next_game : std::max(mark.next_game, replay_.Mark().next_game);
  base_counts_ = state_.games;
  base_counts_.games = std::max(base_counts_.games, replay_.games());
  UpdateCounts();
  row_counts_ = state_.games;
  row_seconds_ = Seconds();
  if (checkpoint) {
    log::Info("continues after {} games and step {}", state_.games.games, state_.step);
  }
}

ReplayMark Training::Restore(const run::Checkpoint& checkpoint) {
  try {
    state_ = TrainingState::FromJson(checkpoint.state.at("training"));
    learner_.LoadState(run::TakeGroup(checkpoint.tensors, "learner"));
    playing_ = run::TakeGroup(checkpoint.tensors, "playing");
    measured_ = run::TakeGroup(checkpoint.tensors, "measured");
    return {.next_shard = checkpoint.state.at("next_shard").get<std::int64_t>(),
            .next_game = checkpoint.state.at("next_game").get<std::int64_t>()};
  } catch (const nlohmann::json::exception& error) {
    Fail(ErrorKind::kData, "the checkpoint's state.json is not one of a self-play training: {}",
         error.what());
  }
}

void Training::UpdateCounts() {
  const std::lock_guard lock(counts_mutex_);
  state_.games = base_counts_;
  state_.games.Add(counts_);
  state_.positions = replay_.positions();
}

void Training::SaveWeights() const {
  SaveSelfplayNetwork(run_.folder() / kSelfplayWeightsFile, *network_, config_.game, playing_,
                      {{"generation", std::to_string(state_.generation)},
                       {"step", std::to_string(state_.step)},
                       {"games", std::to_string(state_.games.games)}});
}

void Training::EndTraining() {
  replay_.CloseShard();
  if (state_.open_steps > 0) NewGeneration();
  Save();
  // What follows measures; it is no training.
  state_.seconds = Seconds();
  over_ = true;
}

SelfplayResult Training::Finish() {
  over_ = true;
  const bool measured =
      !state_.evaluated.empty() && state_.evaluated.back().generation == state_.generation;
  if (!evaluation_.empty() && !measured) {
    Measure();
    Save();
  }
  SelfplayResult result;
  result.game = config_.game.name();
  result.start = config_.weights.empty() ? "nothing but its rules" : config_.weights.string();
  result.network = network_->Summary();
  result.parameters = network_->ParameterCount();
  result.ended = state_.ended;
  result.state = state_;
  result.state.damaged_files = static_cast<std::int64_t>(replay_.damaged().size());
  result.sample_game = SampleGame();
  result.weights = run_.folder() / kSelfplayWeightsFile;
  result.report = run_.folder() / kSelfplayReportFile;
  SaveWeights();
  WriteSelfplayReport(run_.folder(), result, config::ToYaml(config::Dump(config_)));
  return result;
}

std::vector<record::Board> Training::SampleGame() {
  const std::shared_ptr<Evaluator> evaluator = engine_.Copy(playing_);
  const SearchSettings search = evaluation_.Search(config_.evaluate.simulations);
  const auto searcher = config_.game->MakeSearcher(search, Seed("sample", 0));
  EvalBatch batch(config_.game->Shape(), static_cast<int>(search.leaves_per_batch));
  std::vector<record::Board> boards;
  std::vector<RecordedPosition> positions;
  GameState state(config_.game);
  while (!state.Over() && StopSignal() == 0) {
    const SearchResult result =
        RunSearch(*searcher, state, *evaluator, batch,
                  {.symmetry = std::nullopt,
                   .seed = Seed("sample", static_cast<std::int64_t>(boards.size()))},
                  static_cast<int>(search.leaves_per_batch));
    boards.push_back(BoardWithSearch(state, &result));
    positions.push_back({.board = boards.back(), .tree = searcher->Picture(kRecordedTreeNodes)});
    searcher->Advance(result.best);
    state.Play(result.best);
  }
  boards.push_back(state.Picture());
  positions.push_back({.board = boards.back(), .tree = std::nullopt});
  samples_.AddLast(positions, state_.step,
                   ResultText(state.Over() ? std::optional(state.Result()) : std::nullopt));
  return boards;
}

double Training::Seconds() const {
  return over_ ? state_.seconds : state_.seconds + clock_.Seconds();
}

std::uint64_t Training::Seed(std::string_view purpose, std::int64_t number) const {
  return RandomSource(static_cast<std::uint64_t>(config_.seed))
      .Stream(purpose, static_cast<std::uint64_t>(number))
      .key();
}

std::int64_t Training::Games() const {
  const std::lock_guard lock(counts_mutex_);
  return base_counts_.games + counts_.games;
}

double Training::Share() const {
  double share = 0;
  if (max_minutes_ > 0) share = Seconds() / (60 * max_minutes_);
  const auto part = [&share](std::int64_t done, std::int64_t all) {
    if (all > 0) share = std::max(share, static_cast<double>(done) / static_cast<double>(all));
  };
  part(config_.deterministic ? next_game_ : Games(), config_.max_games);
  part(state_.step, config_.max_steps);
  return std::clamp(share, 0.0, 0.9999);
}

std::int64_t Training::Total() const {
  if (max_minutes_ > 0) return static_cast<std::int64_t>(60 * max_minutes_);
  return config_.max_games > 0 ? config_.max_games : config_.max_steps;
}

std::int64_t Training::Done() const {
  if (max_minutes_ > 0) return static_cast<std::int64_t>(Seconds());
  return config_.max_games > 0 ? Games() : state_.step;
}

const char* Training::Unit() const {
  if (max_minutes_ > 0) return "second";
  return config_.max_games > 0 ? "game" : "step";
}

}  // namespace agon::selfplay
