// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/training.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/run/live_settings.h"
#include "selfplay/games/game_record.h"
#include "selfplay/learn/batch.h"
#include "selfplay/learn/train_record.h"
#include "selfplay/play/overlay.h"

namespace agon::selfplay {
namespace {

// What learning waits for at most before it looks at the run again.
constexpr double kPatience = 0.05;
// Seconds between two recorded boards, two recorded trees.
constexpr double kBoardEvery = 1;
constexpr double kTreeEvery = 10;
constexpr int kTreeNodes = 400;

NamedTensors Clone(const NamedTensors& tensors) {
  NamedTensors copies;
  for (const auto& [name, tensor] : tensors)
    copies.emplace_back(name, tensor.detach().cpu().clone());
  return copies;
}

}  // namespace

std::unique_ptr<PolicyValueNetwork> StartingNetwork(const SelfplayConfig& config) {
  auto network = std::make_unique<PolicyValueNetwork>(config.game->Shape(), config.network,
                                                      static_cast<std::uint64_t>(config.seed));
  if (!config.weights.empty()) {
    const LoadedNetwork loaded = LoadSelfplayNetwork(config.weights, &config.game);
    if (!(loaded.network->settings() == config.network)) {
      Fail(ErrorKind::kModel, "{}: its network is not the one the configuration describes: {}; {}",
           config.weights.string(), loaded.network->Summary(), network->Summary());
    }
    network->LoadState(loaded.network->State());
  }
  return network;
}

Training::Training(const SelfplayConfig& config, run::Run& run, const DevicePolicy& device,
                   bool resume)
    : config_(config),
      run_(run),
      threads_(config.pace.threads > 0 ? static_cast<int>(config.pace.threads) : device.threads),
      network_(StartingNetwork(config)),
      learner_(*network_, config.learner, device),
      symmetries_(config.game),
      engine_(config, *network_, device),
      evaluation_(config, device),
      replay_(config.replay, config.game->Shape(), GameText(config.game), run.folder() / "replay",
              static_cast<std::uint64_t>(config.seed)),
      max_minutes_(config.max_minutes),
      checkpoint_every_(config.checkpoint_every),
      samples_(run.recorder(), config.game) {
  playing_ = Clone(learner_.PlayingWeights());
  Open(resume);
  engine_.SetWeights(playing_);
  actors_.emplace(
      config_, engine_.service(), engine_.cache(),
      ActorsSettings{
          .threads = engine_.threads(),
          .halves = engine_.servers() > 0,
          .max_games = config.max_games,
          .finished = [this](FinishedGame&& game) { Receive(game); },
          .watcher = {.searched = [this](const SelfGame::WatchedSearch& search) { Watch(search); },
                      .finished = [this](const FinishedGame& game,
                                         const GameState& end) { samples_.Finished(game, end); }}});
  actors_->SetGeneration(state_.generation);
  watched_step_ = state_.step;
}

SelfplayResult Training::Go() {
  Progress progress(config_.game.name(), Total(), Unit(), Done());
  progress_ = &progress;
  shown_ = Done();
  if (state_.ended.empty()) {
    config_.deterministic ? TakeTurns() : PlayAndLearn();
    EndTraining();
  }
  progress_ = nullptr;
  return Finish();
}

void Training::PlayAndLearn() {
  actors_->Start(next_game_);
  while (state_.ended.empty()) {
    actors_->Check();
    const bool learning = CanLearn();
    if (learning) {
      LearnStep();
      HoldPlaying();
    }
    if (state_.open_steps >= config_.pace.generation_steps) NewGeneration();
    if (!learning) {
      actors_->SetHold(0);
      replay_.WaitForMore(replay_.positions(), kPatience);
    }
    Attend();
    if (EvaluationDue()) Measure();
    // All games are played: what is left to learn from them is learnt.
    if (config_.max_games > 0 && actors_->Idle() && state_.ended.empty()) {
      replay_.CloseShard();
      if (!CanLearn()) state_.ended = "completed";
    }
  }
  actors_->Stop();
}

void Training::HoldPlaying() {
  const double ahead = static_cast<double>(replay_.positions()) -
                       static_cast<double>(state_.trained) / config_.pace.passes;
  const int all = actors_->threads();
  int hold = 0;
  if (ahead > config_.pace.lag) hold = (all + 1) / 2;
  if (ahead > 2 * config_.pace.lag) hold = all;
  actors_->SetHold(hold);
}

void Training::TakeTurns() {
  while (state_.ended.empty()) {
    if (!state_.turn_played) PlayTurn();
    while (CanLearn() && state_.ended.empty()) {
      LearnStep();
      if (config_.max_steps > 0 && state_.step >= config_.max_steps) state_.ended = "completed";
      Attend();
    }
    if (config_.max_games > 0 && next_game_ >= config_.max_games) state_.ended = "completed";
    if (!state_.ended.empty()) break;
    // A turn without learning (too few positions yet) changes no weights.
    if (state_.open_steps > 0) NewGeneration();
    state_.turn_played = false;
    Attend();
    if (EvaluationDue()) Measure();
  }
}

void Training::PlayTurn() {
  std::int64_t count = config_.games_per_turn;
  if (config_.max_games > 0) count = std::min(count, config_.max_games - next_game_);
  std::vector<FinishedGame> games = actors_->Play(next_game_, count, [this] {
    const run::Run::Requests requests = run_.Tick();
    return requests.stop;
  });
  if (games.empty()) Interrupt();  // the turn is played again when the run is resumed
  for (FinishedGame& game : games) Receive(game);
  replay_.CloseShard();
  next_game_ += count;
  state_.turn_played = true;
}

void Training::Receive(FinishedGame& game) {
  replay_.AddGame(game.number, game.samples);
  log_->Add(game.Line(*config_.game));
  const std::lock_guard lock(counts_mutex_);
  counts_.Add(game.counts);
}

// The steps of everything recorded are the learner's; a track's rise.
void Training::Watch(const SelfGame::WatchedSearch& search) {
  const std::int64_t step = watched_step_;
  samples_.Searched(search, step);
  if (!search.full || since_board_.Seconds() < kBoardEvery) return;
  board_step_ = std::max(step, board_step_ + 1);
  run_.recorder().Board("selfplay/board", board_step_,
                        BoardWithSearch(search.state, &search.result));
  since_board_.Restart();
  if (since_tree_.Seconds() < kTreeEvery) return;
  run_.recorder().Tree("selfplay/tree", board_step_, search.searcher.Picture(kTreeNodes));
  since_tree_.Restart();
}

bool Training::CanLearn() const {
  const std::int64_t positions = replay_.positions();
  return positions >= config_.replay.min_positions && replay_.window_positions() > 0 &&
         static_cast<double>(state_.trained + config_.pace.batch_size) <=
             config_.pace.passes * static_cast<double>(positions);
}

void Training::LearnStep() {
  // Measuring leaves this thread with another number.
  if (at::get_num_threads() != threads_) at::set_num_threads(threads_);
  const auto rows = replay_.Draw(static_cast<std::uint64_t>(state_.step),
                                 static_cast<std::size_t>(config_.pace.batch_size));
  // The schedule counts in percents of the training.
  learner_.Step(MakeTrainBatch(rows, config_.game->Shape(), symmetries_), 100 * Share(), 100);
  watched_step_ = ++state_.step;
  ++state_.open_steps;
  state_.trained += config_.pace.batch_size;
}

void Training::DrainFigures() {
  const LearnerFigures figures = learner_.Drain();
  if (figures.steps == 0) return;
  const auto before = static_cast<double>(state_.open_steps - figures.steps);
  const auto now = static_cast<double>(figures.steps);
  const auto mean = [&](double& to, double value) {
    to = (to * before + value * now) / (before + now);
  };
  GenerationRow& row = state_.open;
  mean(row.policy_loss, figures.policy_loss);
  mean(row.target_entropy, figures.target_entropy);
  mean(row.outcome_loss, figures.outcome_loss);
  mean(row.policy_accuracy, figures.policy_accuracy);
  mean(row.outcome_accuracy, figures.outcome_accuracy);
  row.learning_rate = figures.learning_rate;
}

void Training::NewGeneration() {
  DrainFigures();
  const NamedTensors weights = Clone(learner_.PlayingWeights());
  std::optional<double> score;
  if (config_.gate.games > 0) {
    UnlessInterrupted([&] {
      score = evaluation_.GateScore(engine_.Copy(weights), engine_.Copy(playing_),
                                    Seed("gate", state_.step));
    });
  }
  GenerationRow row = std::exchange(state_.open, {});
  state_.open_steps = 0;
  row.step = state_.step;
  row.generation = state_.generation + 1;
  row.gate_score = score;
  row.accepted = !score || *score >= config_.gate.score;
  if (row.accepted) {
    playing_ = weights;
    engine_.SetWeights(playing_);
    ++state_.generation;
    actors_->SetGeneration(state_.generation);
    SaveWeights();
  }
  Describe(row);
  state_.generations.push_back(row);
  note_ = ProgressNote(state_);
}

void Training::Describe(GenerationRow& row) {
  UpdateCounts();
  const EvaluatorServiceStatistics service = engine_.service().Statistics();
  engine_.service().ResetStatistics();
  state_.evaluations += service.rows;
  state_.evaluation_slots += service.slots;
  const double seconds = std::max(1e-3, Seconds() - row_seconds_);
  const GameCounts& before = row_counts_;
  const std::int64_t games = state_.games.games - before.games;
  row.games = state_.games.games;
  row.positions = state_.positions;
  row.window = replay_.window_positions();
  row.minutes = Seconds() / 60;
  row.games_per_second = static_cast<double>(games) / seconds;
  row.evaluations_per_second = static_cast<double>(service.rows) / seconds;
  row.batch_fill = service.fill();
  if (engine_.cache() != nullptr) {
    row.cache_hits = engine_.cache()->Statistics().hit_rate();
    engine_.cache()->ResetStatistics();
  }
  if (games > 0) {
    row.mean_moves =
        static_cast<double>(state_.games.moves - before.moves) / static_cast<double>(games);
  }
  row_counts_ = state_.games;
  row_seconds_ = Seconds();
  RecordGeneration(run_.recorder(), row, state_.games);
}

bool Training::EvaluationDue() const {
  if (evaluation_.empty() || !state_.ended.empty()) return false;
  const TrainEvaluationSettings& evaluate = config_.evaluate;
  if (config_.deterministic || evaluate.every_generations > 0) {
    if (evaluate.every_generations == 0) return false;
    const std::int64_t last = state_.evaluated.empty() ? 0 : state_.evaluated.back().generation;
    return state_.generation - last >= evaluate.every_generations;
  }
  return evaluate.every_minutes > 0 && Seconds() >= state_.next_evaluation && state_.generation > 0;
}

void Training::Measure() {
  actors_->SetHold(0);
  const auto now = engine_.Copy(playing_);
  std::shared_ptr<Evaluator> before;
  if (!measured_.empty() && config_.evaluate.elo_games > 0) before = engine_.Copy(measured_);
  EvaluationRow row;
  UnlessInterrupted(
      [&] { row = evaluation_.Measure(now, before, Seed("evaluation", state_.step)); });
  UpdateCounts();
  row.generation = state_.generation;
  row.step = state_.step;
  row.games = state_.games.games;
  row.minutes = Seconds() / 60;
  row.elo = state_.evaluated.empty() ? 0 : state_.evaluated.back().elo;
  if (row.previous) row.elo += row.previous->elo;
  measured_ = Clone(playing_);
  state_.evaluation_seconds += row.seconds;
  const double gap = config_.evaluate.budget > 0 ? row.seconds / config_.evaluate.budget : 0;
  state_.next_evaluation = Seconds() + std::max(60 * config_.evaluate.every_minutes, gap);
  RecordEvaluation(run_.recorder(), row);
  log::Info("{}", EvaluationLine(row));
  state_.evaluated.push_back(std::move(row));
}

void Training::Attend() {
  const run::Run::Requests requests = run_.Tick();
  run::ChangeLive(run_, requests.changes,
                  {{"max_minutes", max_minutes_}, {"checkpoint_every", checkpoint_every_}},
                  fmt::format("step {}", state_.step));
  if (requests.stop) Interrupt();
  if (requests.checkpoint || since_checkpoint_.Seconds() >= checkpoint_every_) Save();
  if (max_minutes_ > 0 && Seconds() >= 60 * max_minutes_) state_.ended = "time";
  if (!config_.deterministic && config_.max_steps > 0 && state_.step >= config_.max_steps) {
    state_.ended = "completed";
  }
  const std::int64_t shown = std::exchange(shown_, std::max(shown_, Done()));
  progress_->Advance(shown_ - shown, note_);
}

void Training::UnlessInterrupted(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kInterrupted) throw;
    Interrupt();  // what was under way is done again when the run is resumed
  }
}

void Training::Interrupt() {
  actors_->Stop();
  Save();
  Fail(ErrorKind::kInterrupted, "stopped after {} games and step {}; a checkpoint was saved",
       state_.games.games, state_.step);
}

}  // namespace agon::selfplay
