// SPDX-License-Identifier: Apache-2.0
// `agon doctor`: what was found on this machine, and the cure for what is missing.
#include <fmt/format.h>
#include <torch/version.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cli/commands/commands.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/base/version.h"
#include "runtime/data/dataset.h"
#include "runtime/media/pictures.h"
#include "runtime/plugin/registry.h"

namespace agon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// {"found": bool, ...} with "cure" where something is missing.
json Missing(const std::string& cure) { return {{"found", false}, {"cure", cure}}; }

json DescribeDevice(Session& session) {
  try {
    const DevicePolicy& policy = session.Device();
    return {{"found", true},
            {"description", policy.description},
            {"threads", policy.threads},
            {"notes", policy.notes}};
  } catch (const Error& error) {
    return Missing(error.what());
  }
}

json DescribePictures() {
  try {
    static_cast<void>(media::Pictures());
    return {{"found", true}};
  } catch (const Error& error) {
    return Missing(error.what());
  }
}

// The datasets that need no path: can they be read?
json DescribeDatasets() {
  json found = json::object();
  for (const std::string& name : GlobalRegistry().Names(data::DatasetSource::kKind)) {
    config::Problems problems;
    config::Reader reader{problems, nullptr};
    const auto source =
        Component<data::DatasetSource>::FromConfig(config::Value::Scalar(name), reader, "dataset");
    if (!problems.empty()) continue;  // it must be told where its files are
    try {
      const data::Dataset dataset = source->LoadSplit("test", 0, 1);
      const std::string file = dataset.files.empty() ? "" : dataset.files.front().string();
      found[name] = {{"found", true}, {"file", file}};
    } catch (const Error& error) {
      found[name] = Missing(error.what());
    }
  }
  return found;
}

json DescribeMemory() {
  const auto page = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
  const auto pages = [&](int name) {
    return static_cast<std::uint64_t>(std::max(0L, ::sysconf(name))) * page;
  };
  return {{"total", pages(_SC_PHYS_PAGES)}, {"free", pages(_SC_AVPHYS_PAGES)}};
}

json DescribeFolder(const Path& folder) {
  std::error_code error;
  json result = {{"path", folder.string()}, {"found", fs::exists(folder, error)}};
  const fs::space_info space = fs::space(folder, error);
  if (!error) result["available"] = space.available;
  result["writable"] = ::access(folder.c_str(), W_OK) == 0;
  return result;
}

Path CacheFolder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return Path(cache) / "agon";
  }
  const char* home = std::getenv("HOME");
  return Path(home == nullptr ? "/" : home) / ".cache" / "agon";
}

std::string Cure(const json& entry) { return "missing: " + entry["cure"].get<std::string>(); }

std::string FolderText(const json& folder) {
  std::string text = folder["path"].get<std::string>();
  if (folder.contains("available")) {
    text += fmt::format(", {} free", FormatBytes(folder["available"].get<std::uint64_t>()));
  }
  if (!folder["writable"].get<bool>()) text += ", cannot be written";
  return text;
}

std::string Text(const json& all) {
  std::vector<std::vector<std::string>> rows;
  const auto row = [&](std::string what, std::string value) {
    rows.push_back({std::move(what), std::move(value)});
  };
  row("agon", all["agon"]);
  row("LibTorch", all["libtorch"]);
  const json& device = all["device"];
  row("device", device["found"] ? device["description"].get<std::string>() : Cure(device));
  const json& cuda = all["cuda"];
  const bool has_cuda = cuda.contains("devices") && !cuda["devices"].empty();
  row("CUDA", has_cuda ? cuda["devices"].dump() : cuda.value("reason", std::string("none found")));
  row("OpenCV", all["pictures"]["found"] ? "found (pictures)" : Cure(all["pictures"]));
  for (const auto& [name, dataset] : all["datasets"].items()) {
    row("dataset " + name, dataset["found"] ? dataset["file"].get<std::string>() : Cure(dataset));
  }
  row("cores", fmt::format("{} usable of {}", all["cores"]["usable"].get<int>(),
                           all["cores"]["present"].get<unsigned>()));
  row("memory", fmt::format("{}, {} free", FormatBytes(all["memory"]["total"].get<std::uint64_t>()),
                            FormatBytes(all["memory"]["free"].get<std::uint64_t>())));
  row("working folder", FolderText(all["working_folder"]));
  row("cache", all["cache"]["found"] ? FolderText(all["cache"])
                                     : all["cache"]["path"].get<std::string>() +
                                           ", not there (scripts/setup fills it)");
  return FormatTable(rows, {});
}

}  // namespace

int RunDoctor(const CommandLine&, Session& session) {
  json all = {{"agon", AGON_VERSION}, {"libtorch", TORCH_VERSION}};
  all["device"] = DescribeDevice(session);  // first: it loads the CUDA half
  all["cuda"] = DescribeCuda();
  all["pictures"] = DescribePictures();
  all["datasets"] = DescribeDatasets();
  all["cores"] = {{"usable", AvailableCores()}, {"present", std::thread::hardware_concurrency()}};
  all["memory"] = DescribeMemory();
  all["working_folder"] = DescribeFolder(fs::current_path());
  all["cache"] = DescribeFolder(CacheFolder());
  session.Print(Text(all));
  session.PrintJson(all);
  return all["device"]["found"] ? kExitDone : kExitFault;
}

}  // namespace agon::cli
