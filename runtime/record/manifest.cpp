// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/manifest.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "runtime/base/clock.h"
#include "runtime/base/error.h"

namespace agon::record {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kMaxManifestBytes = std::size_t{64} << 20;
// A process on another machine cannot be asked; it counts as dead after this silence.
constexpr double kSilenceSeconds = 600;

constexpr std::array<std::pair<RunStatus, std::string_view>, 4> kStatusNames = {{
    {RunStatus::kRunning, "running"},
    {RunStatus::kDone, "done"},
    {RunStatus::kFailed, "failed"},
    {RunStatus::kInterrupted, "interrupted"},
}};

[[noreturn]] void BadField(std::string_view field, std::string_view expected) {
  Fail(ErrorKind::kData, "manifest.json: {}: expected {}; the run folder is damaged", field,
       expected);
}

// A number parsed from text is unsigned, one set by a program may be a signed one >= 0.
bool IsWhole(const json& value) {
  return value.is_number_unsigned() ||
         (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

// A field that is missing keeps its default, so that older manifests stay readable.
void Get(const json& object, const char* field, std::string& value) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  if (!found->is_string()) BadField(field, "a text");
  value = found->get<std::string>();
}

void Get(const json& object, const char* field, double& value) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  if (!found->is_number()) BadField(field, "a number");
  value = found->get<double>();
}

void Get(const json& object, const char* field, std::uint64_t& value) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  if (!IsWhole(*found)) BadField(field, "a whole number >= 0");
  value = found->get<std::uint64_t>();
}

void Get(const json& object, const char* field, std::int64_t& value) {
  std::uint64_t number = 0;
  Get(object, field, number);
  if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    BadField(field, "a whole number below 2^63");
  }
  value = static_cast<std::int64_t>(number);
}

void Get(const json& object, const char* field, bool& value) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  if (!found->is_boolean()) BadField(field, "true or false");
  value = found->get<bool>();
}

// Of the one optional part that has fields of its own.
std::optional<ManifestProgress> GetProgress(const json& object) {
  const auto found = object.find("progress");
  if (found == object.end()) return std::nullopt;
  if (!found->is_object()) BadField("progress", "an object");
  ManifestProgress progress;
  Get(*found, "label", progress.label);
  Get(*found, "done", progress.done);
  Get(*found, "total", progress.total);
  Get(*found, "unit", progress.unit);
  Get(*found, "rate", progress.rate);
  Get(*found, "seconds_left", progress.seconds_left);
  Get(*found, "note", progress.note);
  return progress;
}

json ToJson(const ManifestProgress& progress) {
  json object = {{"label", progress.label}, {"done", progress.done}, {"total", progress.total},
                 {"unit", progress.unit},   {"rate", progress.rate}, {"note", progress.note}};
  if (progress.seconds_left >= 0) object["seconds_left"] = progress.seconds_left;
  return object;
}

void Get(const json& object, const char* field, json::value_t type, std::string_view expected,
         json& value) {
  const auto found = object.find(field);
  if (found == object.end()) return;
  if (found->type() != type) BadField(field, expected);
  value = *found;
}

std::string HostName() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

bool ProcessExists(std::int64_t process) {
  if (process <= 0 || process > std::numeric_limits<pid_t>::max()) return false;
  // EPERM: it exists and belongs to somebody else.
  return kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM;
}

}  // namespace

json Manifest::ToJson() const {
  json object = {{"format", format},
                 {"command", command},
                 {"arguments", arguments},
                 {"version", version},
                 {"config_hash", config_hash},
                 {"seed", seed},
                 {"device", device},
                 {"status", NameOf(status)},
                 {"message", message},
                 {"started", started},
                 {"updated", updated},
                 {"finished", finished},
                 {"heartbeat", heartbeat},
                 {"process", process},
                 {"boot", boot},
                 {"host", host},
                 {"inputs", inputs},
                 {"versions", versions},
                 {"plugins", plugins},
                 {"notes", notes}};
  if (process_start > 0) object["process_start"] = process_start;
  if (paused) object["paused"] = true;
  if (progress) object["progress"] = record::ToJson(*progress);
  return object;
}

Manifest Manifest::FromJson(const json& object) {
  if (!object.is_object()) BadField("the file", "a JSON object");
  Manifest manifest;
  const auto format = object.find("format");
  if (format == object.end() || !IsWhole(*format)) BadField("format", "a number");
  if (format->get<std::uint64_t>() > kFormat) {
    Fail(ErrorKind::kData,
         "manifest.json: format: {} is newer than this program reads ({}); update Agon",
         format->get<std::uint64_t>(), kFormat);
  }
  manifest.format = format->get<int>();
  std::string status;
  Get(object, "status", status);
  bool known = false;
  for (const auto& [value, name] : kStatusNames) {
    if (name != status) continue;
    manifest.status = value;
    known = true;
  }
  if (!known) BadField("status", "running, done, failed or interrupted");

  Get(object, "command", manifest.command);
  Get(object, "arguments", manifest.arguments);
  Get(object, "version", manifest.version);
  Get(object, "config_hash", manifest.config_hash);
  Get(object, "seed", manifest.seed);
  Get(object, "device", manifest.device);
  Get(object, "message", manifest.message);
  Get(object, "started", manifest.started);
  Get(object, "updated", manifest.updated);
  Get(object, "finished", manifest.finished);
  Get(object, "heartbeat", manifest.heartbeat);
  Get(object, "process", manifest.process);
  Get(object, "process_start", manifest.process_start);
  Get(object, "boot", manifest.boot);
  Get(object, "host", manifest.host);
  Get(object, "paused", manifest.paused);
  manifest.progress = GetProgress(object);
  Get(object, "inputs", json::value_t::object, "an object", manifest.inputs);
  Get(object, "versions", json::value_t::object, "an object", manifest.versions);
  Get(object, "plugins", json::value_t::array, "a list", manifest.plugins);
  Get(object, "notes", json::value_t::array, "a list", manifest.notes);
  return manifest;
}

void WriteManifest(const Path& run_folder, const Manifest& manifest) {
  // Arguments and paths may hold any bytes; what is no UTF-8 is replaced rather than refused.
  const std::string text =
      manifest.ToJson().dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  WriteFileAtomic(run_folder / "manifest.json", text);
}

Manifest ReadManifest(const Path& run_folder) {
  const Path file = run_folder / "manifest.json";
  const json object =
      json::parse(ReadFileText(file, kMaxManifestBytes), nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) {
    Fail(ErrorKind::kData, "{}: is no JSON; the run folder is damaged", file.string());
  }
  try {
    return Manifest::FromJson(object);
  } catch (const Error& error) {
    Fail(error.kind(), "{}: {}", run_folder.string(), error.what());
  }
}

bool IsDead(const Manifest& manifest) {
  if (manifest.status != RunStatus::kRunning) return false;
  if (manifest.host != HostName()) return UnixTime() - manifest.heartbeat > kSilenceSeconds;
  if (manifest.boot != BootId()) return true;
  if (!ProcessExists(manifest.process)) return true;
  // Another process may have the number by now: in a container that was started again, always.
  const std::int64_t start = manifest.process_start > 0 ? ProcessStart(manifest.process) : 0;
  return start > 0 && start != manifest.process_start;
}

std::string_view NameOf(RunStatus status) {
  for (const auto& [value, name] : kStatusNames) {
    if (value == status) return name;
  }
  Fail(ErrorKind::kInternal, "RunStatus {} has no name", static_cast<int>(status));
}

std::string BootId() {
  // Read as a stream: files of /proc claim a size of 0.
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::int64_t ProcessStart(std::int64_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  // The name, in brackets, may hold anything; the start is the 20th word behind it.
  std::istringstream words(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string word;
  for (int i = 0; i < 20; ++i) words >> word;
  return words ? std::strtoll(word.c_str(), nullptr, 10) : 0;
}

}  // namespace agon::record
