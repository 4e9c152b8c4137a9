// SPDX-License-Identifier: Apache-2.0
#include "runtime/run/live_settings.h"

#include <algorithm>

#include "runtime/base/log.h"
#include "runtime/base/text.h"

namespace agon::run {

void ChangeLive(Run& run, std::span<const record::ControlCommand> changes,
                std::initializer_list<LiveSetting> settings, std::string_view when) {
  for (const record::ControlCommand& change : changes) {
    const auto* const setting = std::find_if(settings.begin(), settings.end(),
                                             [&](const auto& s) { return s.key == change.key; });
    const auto value = ParseReal(change.value);
    if (setting == settings.end() || !value || *value < 0) {
      std::vector<std::string> keys;
      for (const LiveSetting& known : settings) keys.emplace_back(known.key);
      log::Warning("{} = {} cannot be set while this runs; {} can, to a number >= 0", change.key,
                   change.value, Join(keys, " and "));
      continue;
    }
    setting->value = *value;
    run.AddNote(fmt::format("{}: {} set to {}", when, change.key, change.value));
  }
}

}  // namespace agon::run
