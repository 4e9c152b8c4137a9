// SPDX-License-Identifier: Apache-2.0
// What a run says about itself, in words for tables and tooltips.
//
// Thread safety: free functions on plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/core/run_list.h"

namespace agon::viewer {

// "2026-11-25T21:05:32Z" in seconds since 1970; nothing for anything else.
[[nodiscard]] std::optional<double> ParseUtc(std::string_view text);

// 0 to 1; nothing when it is unknown.
[[nodiscard]] std::optional<double> ShareDone(const RunEntry& run);
// "120 of 600 batches, 20 %"
[[nodiscard]] std::string ProgressText(const RunEntry& run);
// "3 min 10 s left" while it runs, "took 5 min 02 s" afterwards; `now` in seconds since 1970.
[[nodiscard]] std::string TimeText(const RunEntry& run, double now);

struct Fact {
  std::string name, value;
  enum class Tone { kPlain, kGood, kBad, kWarning } tone = Tone::kPlain;
};
// Everything its manifest says, what matters most first.
[[nodiscard]] std::vector<Fact> Facts(const RunEntry& run, double now);

// Whether control/ is read by anybody.
[[nodiscard]] bool IsAlive(RunState state);
// Whether `agon COMMAND --resume` continues it.
[[nodiscard]] bool CanResume(const RunEntry& run);

// Runs that have every word of `filter` in their name, command or state.
[[nodiscard]] bool Matches(const RunEntry& run, std::string_view filter);

}  // namespace agon::viewer
