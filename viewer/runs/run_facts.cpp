// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/run_facts.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "viewer/core/text_tail.h"

namespace agon::viewer {
namespace {

constexpr double kQuietSeconds = 30;  // without a heartbeat, which comes every 2 s between steps

std::optional<int> Digits(std::string_view text) {
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

// "1 batch", "2 batches", "3 frames".
std::string Plural(const std::string& unit, std::int64_t count) {
  if (unit.empty() || count == 1) return unit;
  const bool hisses = unit.ends_with("tch") || unit.ends_with("s") || unit.ends_with("x");
  return unit + (hisses ? "es" : "s");
}

std::string Listed(const nlohmann::json& list) {
  std::string text;
  for (const auto& item : list) {
    text += (text.empty() ? "" : "\n") + (item.is_string() ? item.get<std::string>() : item.dump());
  }
  return text;
}

std::string Mapped(const nlohmann::json& object) {
  std::string text;
  for (const auto& [key, value] : object.items()) {
    text += (text.empty() ? "" : "\n") + key + ": " +
            (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

Fact::Tone ToneOf(RunState state) {
  switch (state) {
    case RunState::kRunning:
    case RunState::kDone:
      return Fact::Tone::kGood;
    case RunState::kPaused:
    case RunState::kInterrupted:
      return Fact::Tone::kWarning;
    case RunState::kFailed:
    case RunState::kDead:
    case RunState::kUnreadable:
    case RunState::kGone:
      return Fact::Tone::kBad;
  }
  return Fact::Tone::kPlain;
}

}  // namespace

std::optional<double> ParseUtc(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] != '0' && text[i] != kForm[i]) return std::nullopt;
  }
  const auto year = Digits(text.substr(0, 4)), month = Digits(text.substr(5, 2)),
             day = Digits(text.substr(8, 2)), hour = Digits(text.substr(11, 2)),
             minute = Digits(text.substr(14, 2)), second = Digits(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + *hour * 3600.0 + *minute * 60.0 + *second;
}

std::optional<double> ShareDone(const RunEntry& run) {
  if (run.state == RunState::kDone) return 1.0;
  const auto& progress = run.manifest.progress;
  if (!progress || progress->total <= 0) return std::nullopt;
  return std::clamp(static_cast<double>(progress->done) / static_cast<double>(progress->total), 0.0,
                    1.0);
}

std::string ProgressText(const RunEntry& run) {
  const auto& progress = run.manifest.progress;
  if (!progress) return {};
  const std::int64_t counted = progress->total > 0 ? progress->total : progress->done;
  std::string text = std::to_string(progress->done);
  if (progress->total > 0) text += " of " + std::to_string(progress->total);
  if (!progress->unit.empty()) text += " " + Plural(progress->unit, counted);
  if (progress->total > 0) {
    const double share = static_cast<double>(progress->done) / static_cast<double>(progress->total);
    text += ", " + std::to_string(std::lround(100 * std::clamp(share, 0.0, 1.0))) + " %";
  }
  return text;
}

std::string TimeText(const RunEntry& run, double now) {
  const record::Manifest& manifest = run.manifest;
  if (run.state == RunState::kRunning) {
    const double quiet = now - manifest.heartbeat;
    if (manifest.heartbeat > 0 && quiet > kQuietSeconds) {
      return "silent for " + FormatDuration(quiet);
    }
    if (manifest.progress && manifest.progress->seconds_left >= 0) {
      return FormatDuration(manifest.progress->seconds_left) + " left";
    }
    const auto started = ParseUtc(manifest.started);
    return started ? "for " + FormatDuration(std::max(0.0, now - *started)) : std::string();
  }
  const auto from = ParseUtc(manifest.started), to = ParseUtc(manifest.finished);
  if (from && to && *to >= *from && run.state != RunState::kPaused) {
    return "took " + FormatDuration(*to - *from);
  }
  return {};
}

std::vector<Fact> Facts(const RunEntry& run, double now) {
  const record::Manifest& manifest = run.manifest;
  std::vector<Fact> facts;
  const auto add = [&](std::string name, std::string value, Fact::Tone tone = Fact::Tone::kPlain) {
    if (!value.empty()) facts.push_back({std::move(name), std::move(value), tone});
  };
  add("state", std::string(NameOf(run.state)), ToneOf(run.state));
  add("problem", run.problem, Fact::Tone::kBad);
  add("message", manifest.message, Fact::Tone::kBad);
  if (run.state == RunState::kUnreadable) {
    add("folder", run.folder.string());
    return facts;
  }
  if (manifest.progress) {
    add("working on", manifest.progress->label);
    add("progress", ProgressText(run));
    if (manifest.progress->rate > 0 && IsAlive(run.state)) {
      add("rate", fmt::format("{:.3g} {} a second", manifest.progress->rate,
                              Plural(manifest.progress->unit, 2)));
    }
    add("latest", manifest.progress->note);
  }
  add("time", TimeText(run, now));
  add("command", "agon " + manifest.command);
  add("as typed", manifest.arguments);
  add("folder", run.folder.string());
  add("started", manifest.started);
  add("finished", manifest.finished);
  add("device", manifest.device);
  add("seed", std::to_string(manifest.seed));
  add("notes", Listed(manifest.notes), Fact::Tone::kWarning);
  add("version", manifest.version);
  add("versions", Mapped(manifest.versions));
  add("process", manifest.process > 0 ? fmt::format("{} on {}", manifest.process, manifest.host)
                                      : std::string());
  add("inputs", Mapped(manifest.inputs));
  add("plug-ins", Listed(manifest.plugins));
  add("config hash", manifest.config_hash);
  return facts;
}

bool IsAlive(RunState state) { return state == RunState::kRunning || state == RunState::kPaused; }

bool CanResume(const RunEntry& run) {
  static constexpr std::array<std::string_view, 5> kCommands = {
      "attack", "train", "selfplay train", "cyclegan train", "cyclegan translate"};
  const bool ended = run.state == RunState::kFailed || run.state == RunState::kInterrupted ||
                     run.state == RunState::kDead;
  return ended &&
         std::find(kCommands.begin(), kCommands.end(), run.manifest.command) != kCommands.end();
}

bool Matches(const RunEntry& run, std::string_view filter) {
  const std::vector<std::string> line = {run.name + " " + run.manifest.command + " " +
                                         std::string(NameOf(run.state))};
  return !FilterLines(line, filter).empty();
}

}  // namespace agon::viewer
