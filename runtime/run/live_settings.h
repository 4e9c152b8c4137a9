// SPDX-License-Identifier: Apache-2.0
// Settings that `set` in the control folder may change while a command runs.
//
//   const Run::Requests requests = run.Tick();
//   ChangeLive(run, requests.changes, {{"max_minutes", max_minutes}}, fmt::format("step {}",
//   step));
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "runtime/run/run.h"

namespace agon::run {

struct LiveSetting {
  std::string_view key;
  double& value;  // >= 0
};

// Carries out each change that names one of `settings` and a number >= 0, with a note in the
// manifest ("step 12: max_minutes set to 3"); warns of every other one, and says what can be set.
void ChangeLive(Run& run, std::span<const record::ControlCommand> changes,
                std::initializer_list<LiveSetting> settings, std::string_view when);

}  // namespace agon::run
