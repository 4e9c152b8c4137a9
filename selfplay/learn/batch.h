// SPDX-License-Identifier: Apache-2.0
// From drawn samples to what the learner trains on, each under a symmetry of its own.
//
// Thread safety: free functions.
#pragma once

#include <span>

#include "selfplay/learn/replay.h"
#include "selfplay/learn/symmetry.h"
#include "selfplay/network/learner.h"

namespace agon::selfplay {

// Row i is turned by the symmetry random mod count that its draw gives; on the CPU.
[[nodiscard]] TrainBatch MakeTrainBatch(std::span<const ReplayWindow::Row> rows,
                                        const GameShape& shape, const SymmetryTables& symmetries);

}  // namespace agon::selfplay
