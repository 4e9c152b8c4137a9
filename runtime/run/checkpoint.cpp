// SPDX-License-Identifier: Apache-2.0
// The layout is described in docs/formats.md, "Checkpoints".
#include "runtime/run/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <map>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/kill_point.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/formats/safetensors.h"
#include "runtime/tensor/convert.h"

namespace agon::run {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr std::string_view kTensors = "tensors.safetensors";
constexpr std::string_view kState = "state.json";
constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kTemporaryPrefix = "tmp-";
constexpr std::size_t kMaxStateBytes = std::size_t{256} << 20;

Path FolderOf(const Path& run_folder) { return run_folder / "checkpoints"; }

// A folder's name is its step, "000000000120"; saved again at the same step "000000000120.1", so
// that the earlier one stays whole until the later one is.
struct Place {
  std::int64_t step = 0;
  std::int64_t again = 0;
  [[nodiscard]] std::string Name() const {
    return again == 0 ? fmt::format("{:012}", step) : fmt::format("{:012}.{}", step, again);
  }
  // clang-tidy 14 takes what <=> is compared with for a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const Place&) const = default;
};

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<Place> PlaceOf(const Path& folder) {
  const std::string name = folder.filename().string();
  const std::vector<std::string> parts = Split(name, '.');
  const auto step = Number(parts[0]);
  const auto again = parts.size() == 2 ? Number(parts[1]) : std::optional<std::int64_t>(0);
  if (parts.size() > 2 || !step || !again) return std::nullopt;
  return Place{*step, *again};
}

// All checkpoint folders, newest first, complete or not.
std::vector<std::pair<Place, Path>> List(const Path& run_folder) {
  std::vector<std::pair<Place, Path>> found;
  std::error_code error;
  for (fs::directory_iterator it(FolderOf(run_folder), error), end; !error && it != end;
       it.increment(error)) {
    if (const auto place = PlaceOf(it->path())) found.emplace_back(*place, it->path());
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first > b.first; });
  return found;
}

// Removing is a courtesy to the disk; what cannot be removed is skipped by every reader anyway.
void Remove(const Path& folder) {
  std::error_code error;
  // The manifest first: a half-removed checkpoint must not look like a whole one.
  fs::remove(folder / kManifest, error);
  KillPoint();
  fs::remove_all(folder, error);
  if (error) log::Warning("{}: cannot be removed: {}", folder.string(), error.message());
}

void RemoveTemporaries(const Path& run_folder) {
  std::error_code error;
  std::vector<Path> left;
  for (fs::directory_iterator it(FolderOf(run_folder), error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().starts_with(kTemporaryPrefix)) left.push_back(it->path());
  }
  for (const Path& path : left) Remove(path);
}

nlohmann::json Entry(const Path& file) {
  return {{"size", fs::file_size(file)}, {"sha256", Sha256OfFile(file)}};
}

void WriteFiles(const Path& folder, const Checkpoint& checkpoint) {
  formats::WriteSafetensors(folder / kTensors, ToArrays(checkpoint.tensors));
  KillPoint();
  WriteFileAtomic(folder / kState, checkpoint.state.dump());
  KillPoint();
  nlohmann::json files = nlohmann::json::object();
  for (const std::string_view name : {kTensors, kState}) {
    files[std::string(name)] = Entry(folder / name);
  }
  // The order of the tensors is part of the state; safetensors sorts them.
  nlohmann::json order = nlohmann::json::array();
  for (const auto& [name, tensor] : checkpoint.tensors) order.push_back(name);
  const nlohmann::json manifest = {
      {"format", kFormat}, {"step", checkpoint.step}, {"files", files}, {"order", order}};
  WriteFileAtomic(folder / kManifest, manifest.dump(1));
  KillPoint();
}

NamedTensors InOrder(NamedTensors tensors, const nlohmann::json& order) {
  NamedTensors ordered;
  for (const auto& item : order) {
    const auto& name = item.get_ref<const std::string&>();
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found == tensors.end()) Fail(ErrorKind::kData, "tensor \"{}\" is missing", name);
    ordered.push_back(std::move(*found));
    tensors.erase(found);
  }
  if (!tensors.empty()) {
    Fail(ErrorKind::kData, "tensor \"{}\" is not in its manifest", tensors.front().first);
  }
  return ordered;
}

// Error(kData) with the reason when anything is not as the manifest says.
Checkpoint Load(const Path& folder) {
  const auto manifest = nlohmann::json::parse(ReadFileText(folder / kManifest, kMaxStateBytes));
  if (const int format = manifest.at("format").get<int>(); format != kFormat) {
    Fail(ErrorKind::kData, "it has format {}, this program reads format {}", format, kFormat);
  }
  std::map<std::string, Bytes> contents;
  for (const auto& [name, entry] : manifest.at("files").items()) {
    const auto size = entry.at("size").get<std::size_t>();  // also over the usual limit
    Bytes bytes = ReadFileBytes(folder / Path(name).filename(), size);
    if (bytes.size() != size || Sha256(bytes) != entry.at("sha256").get<std::string>()) {
      Fail(ErrorKind::kData, "{} is not what was written", name);
    }
    contents[name] = std::move(bytes);
  }
  const auto content = [&](std::string_view name) -> const Bytes& {
    const auto found = contents.find(std::string(name));
    if (found == contents.end()) Fail(ErrorKind::kData, "{} is not in its manifest", name);
    return found->second;
  };
  Checkpoint checkpoint;
  checkpoint.step = manifest.at("step").get<std::int64_t>();
  checkpoint.tensors = InOrder(
      ToTensors(formats::ParseSafetensors(content(kTensors), (folder / kTensors).string()).tensors),
      manifest.at("order"));
  const Bytes& state = content(kState);
  const auto* const begin = reinterpret_cast<const char*>(state.data());
  checkpoint.state = nlohmann::json::parse(begin, begin + state.size());
  return checkpoint;
}

}  // namespace

void SaveCheckpoint(const Path& run_folder, const Checkpoint& checkpoint, int keep) {
  AGON_CHECK(checkpoint.step >= 0 && keep >= 1);
  const Path folder = FolderOf(run_folder);
  MakeFolder(folder);
  RemoveTemporaries(run_folder);
  Place place{checkpoint.step, 0};
  for (const auto& [other, path] : List(run_folder)) {
    if (other.step == place.step) place.again = std::max(place.again, other.again + 1);
  }
  const Path temporary = folder / (std::string(kTemporaryPrefix) + place.Name());
  MakeFolder(temporary);
  KillPoint();
  try {
    WriteFiles(temporary, checkpoint);
    SyncFolder(temporary);
    KillPoint();
    fs::rename(temporary, folder / place.Name());
    KillPoint();
    SyncFolder(folder);
  } catch (const fs::filesystem_error& error) {
    Remove(temporary);
    Fail(ErrorKind::kIo, "{}: the checkpoint cannot be written: {}", folder.string(),
         error.code().message());
  } catch (...) {
    Remove(temporary);
    throw;
  }
  KillPoint();
  // Later steps than the one just written can only be damaged ones that a resume stepped over.
  int kept = 0;
  for (const auto& [other, path] : List(run_folder)) {
    if (other > place || ++kept > keep) Remove(path);
  }
}

std::optional<Checkpoint> LoadNewestCheckpoint(const Path& run_folder) {
  for (const auto& [place, folder] : List(run_folder)) {
    std::string reason;
    try {
      return Load(folder);
    } catch (const Error& error) {
      reason = error.what();
    } catch (const nlohmann::json::exception& error) {
      reason = error.what();
    }
    log::Warning("{}: this checkpoint is incomplete or damaged and is skipped: {}", folder.string(),
                 reason);
  }
  return std::nullopt;
}

void AppendGroup(NamedTensors& all, const std::string& group, const NamedTensors& tensors) {
  const std::string prefix = group + ".";
  for (const auto& [name, tensor] : tensors) all.emplace_back(prefix + name, tensor);
}

NamedTensors TakeGroup(const NamedTensors& all, const std::string& group) {
  const std::string prefix = group + ".";
  NamedTensors taken;
  for (const auto& [name, tensor] : all) {
    if (name.starts_with(prefix)) taken.emplace_back(name.substr(prefix.size()), tensor);
  }
  return taken;
}

}  // namespace agon::run
