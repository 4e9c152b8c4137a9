// SPDX-License-Identifier: Apache-2.0
// `agon report`: one page that compares runs of `agon attack`, made from their report.json.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/commands/commands.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/record/html.h"

namespace agon::cli {
namespace {

using nlohmann::json;
using record::HtmlReport;

constexpr std::size_t kMaxReportBytes = std::size_t{64} << 20;
constexpr double kGood = 0.5;  // robust accuracy a card is green from, as in the runs' own reports

// One model of one run under one threat model.
struct Row {
  std::string run;  // folder name
  std::string model, dataset, norm, suite;
  double epsilon = 0, clean = 0, robust = 0;
  std::int64_t examples = 0;
  std::string strongest;  // the attack that broke most
  std::vector<std::string> flags;

  [[nodiscard]] std::string Label() const { return run + ": " + model; }
};

std::string Percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

Row ReadRow(const json& result, const std::string& run, const std::string& dataset) {
  Row row;
  row.run = run;
  row.dataset = dataset;
  row.model = result.at("model");
  row.norm = result.at("threat");
  row.suite = result.value("suite", std::string());
  row.epsilon = result.at("epsilon");
  row.clean = result.at("clean_accuracy");
  row.robust = result.at("robust_accuracy");
  row.examples = result.at("examples");
  std::int64_t most = 0;
  for (const auto& attack : result.at("attacks")) {
    const std::int64_t broken = attack.at("broken");
    if (broken > most) row.strongest = attack.at("name");
    most = std::max(most, broken);
  }
  row.flags = result.value("flags", std::vector<std::string>());
  return row;
}

// The last folder name of a path, with or without a slash behind it.
std::string NameOf(const Path& folder) {
  const Path full = std::filesystem::absolute(folder).lexically_normal();
  return full.has_filename() ? full.filename().string() : full.parent_path().filename().string();
}

std::vector<Row> ReadRows(const Path& folder) {
  const Path file = folder / "report.json";
  if (!std::filesystem::exists(file)) {
    Fail(ErrorKind::kUsage,
         "{}: holds no report.json; agon report compares finished runs of agon attack",
         folder.string());
  }
  std::vector<Row> rows;
  try {
    const json report = json::parse(ReadFileText(file, kMaxReportBytes));
    if (const int format = report.at("format"); format != 1) {
      Fail(ErrorKind::kData, "{}: has format {}; this program reads format 1", file.string(),
           format);
    }
    for (const auto& result : report.at("results")) {
      rows.push_back(ReadRow(result, NameOf(folder), report.at("dataset")));
    }
  } catch (const json::exception& error) {
    Fail(ErrorKind::kData, "{}: is no report of agon attack: {}", file.string(), error.what());
  }
  return rows;
}

template <class Get>
std::size_t CountDistinct(const std::vector<Row>& rows, Get get) {
  std::set<decltype(get(rows.front()))> values;
  for (const Row& row : rows) values.insert(get(row));
  return values.size();
}

// The largest epsilon that every model was attacked with; negative when there is none.
double CommonEpsilon(const std::vector<Row>& rows) {
  double best = -1;
  const std::size_t labels = CountDistinct(rows, [](const Row& row) { return row.Label(); });
  for (const Row& candidate : rows) {
    std::set<std::string> with;
    for (const Row& row : rows) {
      if (row.norm == candidate.norm && row.epsilon == candidate.epsilon) with.insert(row.Label());
    }
    if (with.size() == labels) best = std::max(best, candidate.epsilon);
  }
  return best;
}

void AddVerdict(HtmlReport& page, const std::vector<Row>& rows) {
  const double epsilon = CommonEpsilon(rows);
  std::vector<Row> shown;  // one a model: at the common epsilon, else at its largest
  for (const Row& row : rows) {
    if (epsilon >= 0 && row.epsilon != epsilon) continue;
    const auto same = std::find_if(shown.begin(), shown.end(),
                                   [&](const Row& other) { return other.Label() == row.Label(); });
    if (same == shown.end()) {
      shown.push_back(row);
    } else if (row.epsilon > same->epsilon) {
      *same = row;
    }
  }
  std::vector<HtmlReport::VerdictCard> cards;
  for (const Row& row : shown) {
    using Tone = HtmlReport::VerdictCard::Tone;
    cards.push_back({Percent(row.robust) + " robust", row.Label(),
                     fmt::format("{} epsilon {}, {} clean, {} examples", row.norm,
                                 FormatReal(row.epsilon), Percent(row.clean), row.examples),
                     row.robust >= kGood ? Tone::kGood : Tone::kBad});
  }
  std::string sentence = "The runs share no epsilon; each is shown at its largest.";
  if (epsilon >= 0) {
    const auto best = std::max_element(
        shown.begin(), shown.end(), [](const Row& a, const Row& b) { return a.robust < b.robust; });
    sentence = fmt::format("At epsilon {} {} keeps the most: {} of the examples stay correct.",
                           FormatReal(epsilon), best->Label(), Percent(best->robust));
  }
  page.Verdict(cards, sentence);
  if (CountDistinct(rows, [](const Row& row) { return row.dataset; }) > 1) {
    page.Note("The runs used different examples; their figures are not directly comparable.");
  }
  if (CountDistinct(rows, [](const Row& row) { return row.norm; }) > 1) {
    page.Note("The runs used different norms; their figures are not directly comparable.");
  }
}

void AddTable(HtmlReport& page, const std::vector<Row>& rows) {
  HtmlReport::TableBlock table;
  table.columns = {"run",   "model",  "examples",         "norm",         "epsilon", "suite",
                   "clean", "robust", "strongest attack", "left standing"};
  table.numeric = {false, false, false, false, true, false, true, true, false, true};
  for (const Row& row : rows) {
    const auto standing = static_cast<double>(row.examples) * row.robust;
    table.rows.push_back({row.run, row.model, row.dataset, row.norm, FormatReal(row.epsilon),
                          row.suite, Percent(row.clean), Percent(row.robust), row.strongest,
                          fmt::format("{:.0f} of {}", standing, row.examples)});
  }
  page.Heading("All results");
  page.Table(table);
}

void AddCurves(HtmlReport& page, const std::vector<Row>& rows) {
  std::map<std::string, std::map<std::string, std::map<double, double>>> norms;
  for (const Row& row : rows) {
    auto& points = norms[row.norm][row.Label()];
    points[0.0] = row.clean;
    points[row.epsilon] = row.robust;
  }
  page.Heading("Robust accuracy against epsilon");
  for (const auto& [norm, curves] : norms) {
    HtmlReport::ChartBlock chart;
    chart.title = "Norm " + norm;
    chart.x_label = "epsilon";
    chart.y_label = "robust accuracy";
    chart.percent_y = true;
    chart.y_min = 0;
    chart.y_max = 1;
    for (const auto& [label, points] : curves) {
      HtmlReport::Series series;
      series.name = label;
      for (const auto& [epsilon, robust] : points) {
        series.x.push_back(epsilon);
        series.y.push_back(robust);
      }
      chart.series.push_back(std::move(series));
    }
    page.Chart(chart);
  }
}

json ToJson(const std::vector<Row>& rows) {
  json list = json::array();
  for (const Row& row : rows) {
    list.push_back({{"run", row.run},
                    {"model", row.model},
                    {"dataset", row.dataset},
                    {"threat", row.norm},
                    {"epsilon", row.epsilon},
                    {"suite", row.suite},
                    {"examples", row.examples},
                    {"clean_accuracy", row.clean},
                    {"robust_accuracy", row.robust},
                    {"strongest_attack", row.strongest}});
  }
  return list;
}

}  // namespace

int RunReport(const CommandLine& line, Session& session) {
  std::vector<Row> rows;
  for (const std::string& folder : line.report.runs) {
    for (Row& row : ReadRows(folder)) rows.push_back(std::move(row));
  }
  if (rows.empty()) Fail(ErrorKind::kData, "these runs hold no results");
  HtmlReport page("Runs compared",
                  fmt::format("{} runs, {} results", line.report.runs.size(), rows.size()));
  AddVerdict(page, rows);
  AddTable(page, rows);
  AddCurves(page, rows);
  for (const Row& row : rows) {
    for (const std::string& flag : row.flags) page.Note(row.Label() + ": " + flag);
  }
  WriteFileAtomic(line.report.output, page.Finish());
  session.Print(
      fmt::format("report: {}\n", std::filesystem::absolute(line.report.output).string()));
  session.PrintJson(ToJson(rows));
  return kExitDone;
}

}  // namespace agon::cli
