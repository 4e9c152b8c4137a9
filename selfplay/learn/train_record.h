// SPDX-License-Identifier: Apache-2.0
// What a training shows while it runs: curves, and a line for people.
//
// Who needs this file: the trainer. Thread safety: free functions.
#pragma once

#include <string>

#include "runtime/record/recorder.h"
#include "selfplay/learn/train_state.h"

namespace agon::selfplay {

void RecordGeneration(record::Recorder& recorder, const GenerationRow& row,
                      const GameCounts& games);
void RecordEvaluation(record::Recorder& recorder, const EvaluationRow& row);

// "generation 12, loss 1.204 + 0.611, 5120 games (41.0/s), 5200 evaluations/s, fill 93 %"
[[nodiscard]] std::string ProgressNote(const TrainingState& state);
// "generation 12 after 8.1 minutes: Test_L1_R1 error 3.10 % (14.20 % without search), ..."
[[nodiscard]] std::string EvaluationLine(const EvaluationRow& row);

}  // namespace agon::selfplay
