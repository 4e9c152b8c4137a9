// SPDX-License-Identifier: Apache-2.0
#include "selfplay/learn/train_record.h"

#include "runtime/base/text.h"

namespace agon::selfplay {

void RecordGeneration(record::Recorder& recorder, const GenerationRow& row,
                      const GameCounts& games) {
  const auto scalar = [&](const char* track, double value) {
    recorder.Scalar(track, row.step, value);
  };
  scalar("train/policy_loss", row.policy_loss);
  scalar("train/target_entropy", row.target_entropy);
  scalar("train/outcome_loss", row.outcome_loss);
  scalar("train/policy_accuracy", row.policy_accuracy);
  scalar("train/outcome_accuracy", row.outcome_accuracy);
  scalar("train/learning_rate", row.learning_rate);
  scalar("selfplay/games", static_cast<double>(row.games));
  scalar("selfplay/games_per_second", row.games_per_second);
  scalar("selfplay/evaluations_per_second", row.evaluations_per_second);
  scalar("selfplay/batch_fill", row.batch_fill);
  scalar("selfplay/cache_hits", row.cache_hits);
  scalar("selfplay/mean_moves", row.mean_moves);
  scalar("replay/window", static_cast<double>(row.window));
  if (row.gate_score) scalar("gate/score", *row.gate_score);
  if (games.would_resign > 0) {
    scalar("selfplay/wrong_resign_rate",
           static_cast<double>(games.wrong_resign) / static_cast<double>(games.would_resign));
  }
}

void RecordEvaluation(record::Recorder& recorder, const EvaluationRow& row) {
  const auto scalar = [&](const std::string& track, double value) {
    recorder.Scalar(track, row.step, value);
  };
  for (const OracleRow& oracle : row.oracle) {
    scalar("oracle/" + oracle.file + "/error_rate", oracle.error);
    scalar("oracle/" + oracle.file + "/raw_error_rate", oracle.raw_error);
  }
  for (const OpponentRow& opponent : row.opponents) {
    scalar("match/" + opponent.player, opponent.score());
  }
  if (row.previous) scalar("elo", row.elo);
}

std::string ProgressNote(const TrainingState& state) {
  if (state.generations.empty()) return "";
  const GenerationRow& row = state.generations.back();
  std::string note = fmt::format(
      "generation {}, loss {:.3f} + {:.3f}, {} games ({:.1f}/s), {:.0f} evaluations/s, fill {:.0f} "
      "%",
      state.generation, row.policy_loss, row.outcome_loss, row.games, row.games_per_second,
      row.evaluations_per_second, 100 * row.batch_fill);
  if (!state.evaluated.empty() && !state.evaluated.back().oracle.empty()) {
    note += fmt::format(", error {:.1f} %", 100 * state.evaluated.back().oracle.front().error);
  }
  return note;
}

std::string EvaluationLine(const EvaluationRow& row) {
  std::string line = fmt::format("generation {} after {:.1f} minutes", row.generation, row.minutes);
  for (const OracleRow& oracle : row.oracle) {
    line += fmt::format(", {} error {:.2f} % ({:.2f} % without search)", oracle.file,
                        100 * oracle.error, 100 * oracle.raw_error);
  }
  for (const OpponentRow& opponent : row.opponents) {
    line += fmt::format(", {} : {} : {} against {}", opponent.wins, opponent.draws, opponent.losses,
                        opponent.player);
  }
  if (row.previous) line += fmt::format(", Elo {:+.0f} to {:.0f}", row.previous->elo, row.elo);
  return line + "; measured in " + FormatDuration(row.seconds);
}

}  // namespace agon::selfplay
