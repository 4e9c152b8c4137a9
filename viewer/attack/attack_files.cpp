// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/attack_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/formats/safetensors.h"

namespace agon::viewer {
namespace {

constexpr std::size_t kMaxReportBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxTableBytes = std::size_t{512} << 20;
constexpr std::int64_t kMaxImageValues = std::int64_t{1} << 26;
constexpr std::int64_t kMaxClasses = 1'000'000;
constexpr std::string_view kHeader =
    "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries";
constexpr std::size_t kColumns = 10;

// RUN/results/<number>-...; whatever the rest of the name is.
Path ResultFolder(const Path& run, std::size_t number, std::size_t of) {
  if (of == 1) return run;
  const std::string prefix = std::to_string(number) + "-";
  std::error_code error;
  for (std::filesystem::directory_iterator entry(run / "results", error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) return entry->path();
  }
  return {};
}

AttackResult ResultFromJson(const nlohmann::json& json) {
  AttackResult result;
  result.model = json.at("model").get<std::string>();
  result.norm = json.at("threat").get<std::string>();
  result.epsilon = json.at("epsilon").get<double>();
  result.title = fmt::format("{} {} {}", result.model, result.norm, FormatReal(result.epsilon));
  result.suite = json.value("suite", "");
  result.examples = json.value("examples", std::int64_t{0});
  result.clean_accuracy = json.at("clean_accuracy").get<double>();
  result.robust_accuracy = json.at("robust_accuracy").get<double>();
  result.robust_accuracy_8bit = json.value("robust_accuracy_8bit", result.robust_accuracy);
  for (const nlohmann::json& row : json.at("attacks")) {
    result.attacks.push_back({.name = row.at("name").get<std::string>(),
                              .broken = row.at("broken").get<std::int64_t>(),
                              .robust_after = row.at("robust_accuracy_after").get<double>(),
                              .seconds = row.value("seconds", 0.0)});
  }
  if (const auto flags = json.find("flags"); flags != json.end()) {
    result.flags = flags->get<std::vector<std::string>>();
  }
  return result;
}

FloatImage ImageFrom(formats::SafetensorsFile& file, std::string_view name, std::int64_t row,
                     const std::string& what) {
  const formats::SafetensorsLayout::Tensor* const tensor = file.layout().Find(name);
  if (tensor == nullptr || tensor->shape.size() != 4 || tensor->dtype != formats::DType::kF32) {
    Fail(ErrorKind::kData, "{}: no F32 tensor \"{}\" of shape [N,C,H,W]", what, name);
  }
  std::int64_t size = 1;
  for (std::size_t i = 1; i < 4; ++i) {
    if (tensor->shape[i] < 1 || tensor->shape[i] > kMaxImageValues / size) {
      Fail(ErrorKind::kData, "{}: images of {} are not shown", what,
           formats::ShapeText(tensor->shape));
    }
    size *= tensor->shape[i];
  }
  const formats::Array array = file.Rows(name, row, 1);
  FloatImage image{.channels = static_cast<int>(tensor->shape[1]),
                   .height = static_cast<int>(tensor->shape[2]),
                   .width = static_cast<int>(tensor->shape[3])};
  image.values.resize(static_cast<std::size_t>(size));
  std::memcpy(image.values.data(), array.data.data(), array.data.size());
  return image;
}

std::vector<float> NumbersFrom(formats::SafetensorsFile& file, std::string_view name,
                               std::int64_t row) {
  const formats::SafetensorsLayout::Tensor* const tensor = file.layout().Find(name);
  if (tensor == nullptr || tensor->shape.size() != 2 || tensor->dtype != formats::DType::kF32 ||
      tensor->shape[1] > kMaxClasses) {
    return {};  // written before there were any, or by somebody else
  }
  const formats::Array array = file.Rows(name, row, 1);
  std::vector<float> numbers(static_cast<std::size_t>(tensor->shape[1]));
  std::memcpy(numbers.data(), array.data.data(), array.data.size());
  return numbers;
}

// JSON in the metadata of adversarial.safetensors; none when it has none.
std::vector<std::string> ClassNames(const Path& file) {
  try {
    const formats::SafetensorsFile tensors(file);
    const auto found = tensors.layout().metadata.find("class_names");
    if (found == tensors.layout().metadata.end()) return {};
    return nlohmann::json::parse(found->second).get<std::vector<std::string>>();
  } catch (const std::exception&) {
    return {};  // the table is worth showing without; the images say what is wrong
  }
}

}  // namespace

AttackReport ReadAttackReport(const Path& run) {
  const Path file = run / "report.json";
  AttackReport report;
  try {
    const nlohmann::json json = nlohmann::json::parse(ReadFileText(file, kMaxReportBytes));
    if (json.contains("command") || !json.contains("results")) {
      Fail(ErrorKind::kData, "{}: not the report of an attack", file.string());
    }
    report.dataset = json.value("dataset", "");
    const nlohmann::json& results = json.at("results");
    for (std::size_t i = 0; i < results.size(); ++i) {
      report.results.push_back(ResultFromJson(results[i]));
      report.results.back().folder = ResultFolder(run, i, results.size());
    }
  } catch (const nlohmann::json::exception& error) {
    Fail(ErrorKind::kData, "{}: no report of an attack: {}", file.string(), error.what());
  }
  return report;
}

std::string ExampleTable::ClassName(std::int64_t label) const {
  const auto place = static_cast<std::size_t>(label);
  return label >= 0 && place < class_names.size() ? class_names[place] : std::to_string(label);
}

std::optional<std::size_t> ExampleTable::Find(std::int64_t index) const {
  if (rows.empty()) return std::nullopt;
  // Agon writes the examples in the split's order, without a gap.
  const std::int64_t guess = index - rows.front().index;
  if (guess >= 0 && guess < static_cast<std::int64_t>(rows.size()) &&
      rows[static_cast<std::size_t>(guess)].index == index) {
    return static_cast<std::size_t>(guess);
  }
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const ExampleRow& row) { return row.index == index; });
  return found == rows.end() ? std::nullopt
                             : std::optional(static_cast<std::size_t>(found - rows.begin()));
}

std::vector<ExampleRow> ParseExamples(std::string_view csv, const std::string& file) {
  std::vector<ExampleRow> rows;
  std::size_t number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++number == 1) {
      if (line != kHeader) {
        Fail(ErrorKind::kData, "{}:1: expected \"{}\"", file, kHeader);
      }
      continue;
    }
    if (line.empty()) continue;
    if (rows.size() >= kMostExamples) {
      Fail(ErrorKind::kData, "{}: more than {} examples", file, kMostExamples);
    }
    std::array<std::string_view, kColumns> cells;
    std::size_t count = 0;
    for (std::string_view rest = line; count < kColumns; ++count) {
      const std::size_t comma = rest.find(',');
      cells[count] = rest.substr(0, comma);
      if (comma == std::string_view::npos) {
        ++count;
        break;
      }
      rest.remove_prefix(comma + 1);
    }
    const auto integer = [&](std::size_t column) {
      const auto value = ParseInteger(cells[column]);
      if (!value) Fail(ErrorKind::kData, "{}:{}: column {} is no number", file, number, column + 1);
      return *value;
    };
    const auto real = [&](std::size_t column) {
      const auto value = ParseReal(cells[column]);
      if (!value) Fail(ErrorKind::kData, "{}:{}: column {} is no number", file, number, column + 1);
      return *value;
    };
    if (count != kColumns ||
        std::count(line.begin(), line.end(), ',') != static_cast<std::ptrdiff_t>(kColumns) - 1) {
      Fail(ErrorKind::kData, "{}:{}: expected {} columns", file, number, kColumns);
    }
    rows.push_back({.index = integer(0),
                    .label = integer(1),
                    .clean_prediction = integer(2),
                    .broken_by = integer(3),
                    .prediction = integer(4),
                    .linf = real(5),
                    .l2 = real(6),
                    .l1 = real(7),
                    .l0 = real(8),
                    .queries = integer(9)});
  }
  if (number == 0) Fail(ErrorKind::kData, "{}: empty", file);
  return rows;
}

ExampleTable ReadExampleTable(const Path& folder) {
  const Path file = folder / "examples.csv";
  ExampleTable table;
  table.rows = ParseExamples(ReadFileText(file, kMaxTableBytes), file.string());
  table.class_names = ClassNames(folder / "adversarial.safetensors");
  std::int64_t highest = static_cast<std::int64_t>(table.class_names.size()) - 1;
  for (const ExampleRow& row : table.rows) {
    highest = std::max({highest, row.label, row.prediction, row.clean_prediction});
  }
  table.classes = std::min(highest + 1, kMaxClasses);
  return table;
}

std::string ExamplesCsv(const ExampleTable& table, const AttackResult& result,
                        const std::vector<std::size_t>& rows) {
  const auto quoted = [](std::string text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
  };
  std::string csv =
      "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries,label_name,"
      "prediction_name,broken_by_name\n";
  for (const std::size_t place : rows) {
    const ExampleRow& row = table.rows.at(place);
    const auto attack = static_cast<std::size_t>(row.broken_by);
    const std::string by = row.broken_by == kWrongWhenClean ? "wrong when clean"
                           : row.broken_by < 0              ? "stands"
                           : attack < result.attacks.size() ? result.attacks[attack].name
                                                            : std::to_string(row.broken_by);
    csv += fmt::format("{},{},{},{},{},{:.7g},{:.7g},{:.7g},{:.7g},{},{},{},{}\n", row.index,
                       row.label, row.clean_prediction, row.broken_by, row.prediction, row.linf,
                       row.l2, row.l1, row.l0, row.queries, quoted(table.ClassName(row.label)),
                       quoted(table.ClassName(row.prediction)), quoted(by));
  }
  return csv;
}

ExampleImages ReadExampleImages(const Path& folder, std::size_t row) {
  const Path path = folder / "adversarial.safetensors";
  formats::SafetensorsFile file(path);
  const auto place = static_cast<std::int64_t>(row);
  ExampleImages images;
  images.clean = ImageFrom(file, "clean", place, path.string());
  images.adversarial = ImageFrom(file, "adversarial", place, path.string());
  if (!images.clean.SameShape(images.adversarial)) {
    Fail(ErrorKind::kData, "{}: \"clean\" and \"adversarial\" have different shapes",
         path.string());
  }
  images.clean_probabilities = NumbersFrom(file, "clean_probabilities", place);
  images.adversarial_probabilities = NumbersFrom(file, "adversarial_probabilities", place);
  return images;
}

}  // namespace agon::viewer
