// SPDX-License-Identifier: Apache-2.0
#include "viewer/video/translation_files.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/error.h"
#include "runtime/base/text.h"

namespace agon::viewer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMaxReportBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxFigureBytes = std::size_t{256} << 20;
constexpr int kMostFolders = 1024;  // of a run that are looked into

std::string TextOf(const json& report, const char* key) {
  const auto found = report.find(key);
  return found != report.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Nothing: a report of something else.
std::optional<FoundTranslation> ReadTranslation(const Path& run, const Path& folder) {
  const Path file = folder / "report.json";
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  json report;
  try {
    report = json::parse(ReadFileText(file, kMaxReportBytes));
  } catch (const json::exception&) {
    Fail(ErrorKind::kData, "{}: is no JSON; the run may still be writing it", file.string());
  }
  if (!report.is_object()) return std::nullopt;
  const std::string command = TextOf(report, "command");
  if (command != "cyclegan translate" && command != "cyclegan evaluate") return std::nullopt;
  FoundTranslation found;
  found.videos.input = FindReported(run, TextOf(report, "input"));
  found.videos.output = FindReported(run, TextOf(report, "output"));
  if (found.videos.input.empty() || found.videos.output.empty()) {
    Fail(ErrorKind::kData, "{}: names no `input` or no `output`", file.string());
  }
  found.videos.side_by_side = report.value("side_by_side", json(false)) == json(true);
  const auto frames = report.find("frames");
  if (frames != report.end() && frames->is_number_integer()) found.frames = frames->get<int64_t>();
  found.network = TextOf(report, "network");
  found.steady = TextOf(report, "steady");
  const Path figures = folder / "metrics.csv";
  if (fs::is_regular_file(figures, ignored)) {
    found.figures = ParseFigures(ReadFileText(figures, kMaxFigureBytes), figures.string());
  }
  return found;
}

std::vector<std::string_view> Cells(std::string_view line) {
  std::vector<std::string_view> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

Path FindReported(const Path& run, const Path& reported) {
  if (reported.empty() || reported.is_absolute()) return reported;
  std::error_code failed;
  for (Path base = fs::absolute(run, failed).lexically_normal(); !base.empty();
       base = base.parent_path()) {
    if (fs::exists(base / reported, failed)) return base / reported;
    if (base == base.parent_path()) break;
  }
  return fs::absolute(reported, failed);
}

std::vector<FrameFigures> ParseFigures(std::string_view csv, const std::string& file) {
  std::vector<FrameFigures> columns;
  std::size_t number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::vector<std::string_view> cells = Cells(line);
    if (columns.empty()) {
      if (cells[0] != "frame") Fail(ErrorKind::kData, "{}:1: no column `frame` at first", file);
      for (const std::string_view cell : cells) columns.push_back({std::string(cell), {}, {}});
      continue;
    }
    const std::optional<std::int64_t> frame = ParseInteger(cells[0]);
    if (!frame || cells.size() != columns.size()) {
      Fail(ErrorKind::kData, "{}:{}: expected the number of a frame and {} values", file, number,
           columns.size() - 1);
    }
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      const std::optional<double> value = ParseReal(cells[i]);
      if (!value) Fail(ErrorKind::kData, "{}:{}: \"{}\" is no number", file, number, cells[i]);
      columns[i].frames.push_back(*frame);
      columns[i].values.push_back(*value);
    }
  }
  if (!columns.empty()) columns.erase(columns.begin());  // `frame` itself
  std::erase_if(columns, [](const FrameFigures& column) { return column.name == "seconds"; });
  return columns;
}

TranslationFiles FindTranslations(const Path& run) {
  TranslationFiles files;
  const auto look = [&](const Path& folder, std::string name) {
    try {
      std::optional<FoundTranslation> found = ReadTranslation(run, folder);
      if (!found || files.found.size() == kMostTranslations) return;
      found->name = std::move(name);
      files.found.push_back(std::move(*found));
    } catch (const std::exception& error) {
      files.problem = error.what();
    }
  };
  look(run, "");
  std::vector<Path> folders;
  std::error_code failed;
  for (fs::directory_iterator it(run, failed), end; !failed && it != end; it.increment(failed)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) folders.push_back(it->path());
    if (folders.size() == kMostFolders) break;
  }
  std::sort(folders.begin(), folders.end());
  for (const Path& folder : folders) look(folder, folder.filename().string());
  return files;
}

}  // namespace agon::viewer
