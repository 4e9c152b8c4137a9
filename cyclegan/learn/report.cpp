// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "runtime/base/files.h"
#include "runtime/base/text.h"

namespace agon::cyclegan {
namespace {

using record::HtmlReport;
using Tone = HtmlReport::VerdictCard::Tone;

constexpr int kFormat = 1;
constexpr int kGap = 2;                // pixels between the pictures of a grid
constexpr std::size_t kStages = 8;     // of the pictures over the training
constexpr std::size_t kStageRows = 3;  // samples they follow

std::string EndText(const CycleganResult& result) {
  const TrainingState& state = result.state;
  std::string text = fmt::format("{} of {} iterations ({:.1f} epochs) in {}", state.step,
                                 result.iterations, result.epochs, FormatDuration(state.seconds));
  if (state.ended == "time") text += "; ended by max_minutes";
  if (state.ended == "collapsed") text += "; halted, training collapsed";
  return text;
}

double PerSecond(const TrainingState& state) {
  return state.seconds > 0 ? static_cast<double>(state.step) / state.seconds : 0;
}

// Pictures are shown at about this many CSS pixels.
int ScaleOf(const formats::Pixels& picture) { return std::clamp(144 / picture.width, 1, 8); }

HtmlReport::Series Curve(std::string name, const std::vector<TrainRow>& rows, auto&& value) {
  HtmlReport::Series series{.name = std::move(name), .x = {}, .y = {}};
  for (const TrainRow& row : rows) {
    series.x.push_back(static_cast<double>(row.step));
    series.y.push_back(value(row));
  }
  return series;
}

void AddChart(HtmlReport& page, std::string title, std::string y_label,
              std::vector<HtmlReport::Series> series, bool markers = false) {
  HtmlReport::ChartBlock chart;
  chart.title = std::move(title);
  chart.x_label = "iteration";
  chart.y_label = std::move(y_label);
  chart.series = std::move(series);
  chart.markers = markers;
  page.Chart(chart);
}

void AddGallery(HtmlReport& page, const std::vector<SampleRow>& rows,
                const std::vector<std::string>& columns) {
  if (rows.empty()) return;
  HtmlReport::GalleryBlock gallery{
      .columns = columns, .rows = {}, .scale = ScaleOf(rows.front().input)};
  for (const SampleRow& row : rows) {
    gallery.rows.push_back(
        {.caption = "",
         .pictures = {{row.input, ""}, {row.translated, ""}, {row.back, ""}, {row.same, ""}}});
  }
  page.Gallery(gallery);
}

formats::Pixels Cut(const formats::Pixels& from, int left, int top, int width, int height) {
  formats::Pixels part{.width = width, .height = height, .channels = 3, .data = {}};
  for (int y = 0; y < height; ++y) {
    const auto* const row =
        from.data.data() + 3 * (static_cast<std::ptrdiff_t>(top + y) * from.width + left);
    part.data.insert(part.data.end(), row, row + 3 * static_cast<std::ptrdiff_t>(width));
  }
  return part;
}

// What the first samples became at some iterations, out of the grids in the run's folder.
void AddStages(HtmlReport& page, const CycleganResult& result) {
  const std::vector<std::int64_t>& steps = result.state.sampled;
  const std::size_t followed = std::min(kStageRows, result.samples_a.size());
  if (steps.size() < 2 || followed == 0) return;
  HtmlReport::GalleryBlock gallery{
      .columns = {"A"}, .rows = {}, .scale = std::max(1, ScaleOf(result.samples_a[0].input) - 1)};
  for (std::size_t i = 0; i < followed; ++i) {
    gallery.rows.push_back({.caption = "", .pictures = {{result.samples_a[i].input, ""}}});
  }
  const std::size_t stages = std::min(kStages, steps.size());
  for (std::size_t stage = 0; stage < stages; ++stage) {
    const std::int64_t step = steps[(stage + 1) * steps.size() / stages - 1];
    const Path file = result.folder / SampleFile(step, 0);
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) continue;
    const formats::Pixels grid = formats::DecodePng(ReadFileBytes(file), file.string());
    std::vector<formats::Pixels> parts;
    int top = 0;
    for (std::size_t i = 0; i < followed; ++i) {
      const formats::Pixels& one = result.samples_a[i].input;
      if (grid.channels != 3 || grid.width < 2 * one.width + kGap ||
          grid.height < top + one.height) {
        break;
      }
      parts.push_back(Cut(grid, one.width + kGap, top, one.width, one.height));
      top += one.height + kGap;
    }
    if (parts.size() < followed) continue;
    gallery.columns.push_back(fmt::format("a2b, {}", step));
    for (std::size_t i = 0; i < followed; ++i) {
      gallery.rows[i].pictures.push_back({std::move(parts[i]), ""});
    }
  }
  page.Heading("Over the training", "stages");
  page.Paragraph("What a2b makes of the same pictures after so many iterations.");
  page.Gallery(gallery);
}

void AddJudgement(HtmlReport& page, const CycleganResult& result) {
  const std::vector<JudgedRow>& judged = result.state.judged;
  if (judged.empty()) return;
  const TruthVerdict& last = judged.back().verdict;
  page.Heading("Judged by the truth", "judge");
  page.Paragraph(last.Sentence());
  HtmlReport::TableBlock table;
  table.columns = {"what", "reached", "required", ""};
  table.numeric = {false, true, true, false};
  for (const TruthVerdict::Line& line : last.Lines()) {
    table.rows.push_back({line.name, line.value, line.limit, line.met ? "met" : "missed"});
  }
  table.rows.push_back({"checkerboard in the background (root mean square), of full scale",
                        fmt::format("{:.4f}", last.savanna.background_checkerboard), "", ""});
  table.rows.push_back({"warping error of the translation by the true flow; the input's",
                        fmt::format("{:.5f}; {:.5f}", last.clip.output, last.clip.input), "", ""});
  table.caption = fmt::format(
      "{} scenes of A translated, {} of B for comparison, none of them trained on; clips of {} "
      "pairs of frames.",
      last.savanna.translated, last.savanna.real, last.clip.pairs);
  page.Table(table);
  if (judged.size() < 2) return;
  const auto curve = [&](std::string name, auto&& value) {
    HtmlReport::Series series{.name = std::move(name), .x = {}, .y = {}};
    for (const JudgedRow& row : judged) {
      series.x.push_back(static_cast<double>(row.step));
      series.y.push_back(value(row.verdict.savanna));
    }
    return series;
  };
  AddChart(page, "Colours, stripes, place of the change", "ratio",
           {curve("colour distance / input's", [](const auto& v) { return v.ColourRatio(); }),
            curve("stripe energy / real B's", [](const auto& v) { return v.StripeRatio(); }),
            curve("IoU with the mask", [](const auto& v) { return v.change_iou; })},
           true);
  AddChart(page, "Background", "of full scale",
           {curve("change", [](const auto& v) { return v.background_change; }),
            curve("checkerboard", [](const auto& v) { return v.background_checkerboard; })},
           true);
}

void AddCurves(HtmlReport& page, const std::vector<TrainRow>& rows) {
  if (rows.size() < 2) return;
  using Pair = std::array<double, 2> StepFigures::*;
  const auto pair = [&](Pair member, const char* first, const char* second) {
    return std::vector<HtmlReport::Series>{
        Curve(first, rows, [member](const TrainRow& row) { return (row.figures.*member)[0]; }),
        Curve(second, rows, [member](const TrainRow& row) { return (row.figures.*member)[1]; })};
  };
  page.Heading("Losses", "losses");
  AddChart(page, "Cycle loss", "mean absolute difference",
           pair(&StepFigures::cycle, "A, to B and back", "B, to A and back"));
  AddChart(page, "Identity loss", "mean absolute difference",
           pair(&StepFigures::identity, "b2a of A", "a2b of B"));
  AddChart(page, "Adversarial loss of the generators", "", pair(&StepFigures::gan, "a2b", "b2a"));
  AddChart(page, "Loss of the discriminators", "",
           pair(&StepFigures::discriminator, "of B", "of A"));
  AddChart(page, "Change", "of full scale", pair(&StepFigures::change, "a2b", "b2a"));
  const bool consistent = std::any_of(
      rows.begin(), rows.end(), [](const TrainRow& row) { return row.figures.consistency[0] > 0; });
  if (consistent) {
    AddChart(page, "Consistency loss", "mean absolute difference",
             pair(&StepFigures::consistency, "a2b", "b2a"));
  }
  AddChart(page, "Learning rate", "",
           {Curve("", rows, [](const TrainRow& row) { return row.learning_rate; })});
}

}  // namespace

Path SampleFile(std::int64_t step, std::size_t direction) {
  return Path(kSampleFolder) / fmt::format("{:06}-{}.png", step, direction == 0 ? "a2b" : "b2a");
}

formats::Pixels SampleGrid(const std::vector<SampleRow>& rows) {
  std::vector<std::vector<formats::Pixels>> grid;
  grid.reserve(rows.size());
  for (const SampleRow& row : rows) grid.push_back({row.input, row.translated, row.back, row.same});
  return PictureGrid(grid, kGap);
}

nlohmann::json CycleganReportJson(const CycleganResult& result) {
  const TrainingState& state = result.state;
  nlohmann::json history = nlohmann::json::array();
  for (const TrainRow& row : state.rows) history.push_back(row.ToJson());
  nlohmann::json evaluations = nlohmann::json::array();
  for (const JudgedRow& row : state.judged) evaluations.push_back(row.ToJson());
  nlohmann::json json = {{"format", kFormat},
                         {"command", "cyclegan train"},
                         {"domains", result.domains},
                         {"pictures", {{"a", result.pictures_a}, {"b", result.pictures_b}}},
                         {"generator", result.generator},
                         {"discriminator", result.discriminator},
                         {"precision", result.precision},
                         {"ended", state.ended},
                         {"iterations", state.step},
                         {"planned_iterations", result.iterations},
                         {"epochs", result.epochs},
                         {"seconds", state.seconds},
                         {"iterations_per_second", PerSecond(state)},
                         {"averaged", result.averaged},
                         {"judge", nullptr},
                         {"collapse", nullptr},
                         {"evaluations", evaluations},
                         {"notes", result.notes},
                         {"history", history},
                         {"weights", result.weights.filename().string()}};
  if (!state.judged.empty()) json["judge"] = state.judged.back().ToJson();
  if (state.collapse) json["collapse"] = state.collapse->ToJson();
  return json;
}

void AddTrainingVerdict(HtmlReport& page, const CycleganResult& result) {
  std::vector<HtmlReport::VerdictCard> cards;
  const TrainingState& state = result.state;
  if (!state.judged.empty()) {
    for (const TruthVerdict::Line& line : state.judged.back().verdict.Lines()) {
      cards.push_back({.headline = line.value,
                       .label = line.name,
                       .detail = line.limit,
                       .tone = line.met ? Tone::kGood : Tone::kBad});
    }
  } else if (!state.rows.empty()) {
    const StepFigures& last = state.rows.back().figures;
    cards.push_back({.headline = fmt::format("{:.3f}", (last.cycle[0] + last.cycle[1]) / 2),
                     .label = "cycle loss at the end",
                     .detail = "mean absolute difference, pictures from -1 to 1"});
    cards.push_back({.headline = fmt::format("{:.1f} %", 50 * (last.change[0] + last.change[1])),
                     .label = "change by a translation",
                     .detail = "of full scale, mean over all pixels and both directions"});
  }
  cards.push_back({.headline = fmt::format("{:.2f} / s", PerSecond(state)),
                   .label = "iterations",
                   .detail = EndText(result)});
  std::string sentence =
      fmt::format("Generators for {} were trained: {}.", result.domains, EndText(result));
  if (!state.judged.empty()) sentence += " " + state.judged.back().verdict.Sentence();
  if (state.judged.empty() && !state.collapse) {
    sentence +=
        " Nothing is known of these pictures but themselves, so no figure says how good the "
        "translations are: look at the samples.";
  }
  page.Verdict(cards, sentence);
  if (state.collapse) page.Note("Training " + state.collapse->message + ".");
  for (const std::string& note : result.notes) page.Note(note);
}

void AddTrainingBlocks(HtmlReport& page, const CycleganResult& result) {
  page.Heading("Samples", "samples");
  page.Paragraph(fmt::format("Made with {} weights, in float32. {}",
                             result.averaged ? "the averaged" : "the last",
                             result.held_out ? "None of these pictures was trained on."
                                             : "These are pictures that were trained on."));
  AddGallery(page, result.samples_a, {"A", "to B", "and back to A", "A by b2a: should stay"});
  AddGallery(page, result.samples_b, {"B", "to A", "and back to B", "B by a2b: should stay"});
  AddStages(page, result);
  AddJudgement(page, result);
  AddCurves(page, result.state.rows);
  page.Heading("Networks", "networks");
  HtmlReport::TableBlock table;
  table.columns = {"what", ""};
  table.rows = {
      {"generators, two of", result.generator},
      {"discriminators, two of", result.discriminator},
      {"pictures of A, of B", fmt::format("{}, {}", result.pictures_a, result.pictures_b)},
      {"precision of training", result.precision}};
  page.Table(table);
}

void WriteCycleganReport(const CycleganResult& result, const std::string& config_yaml) {
  HtmlReport page("CycleGAN: " + result.domains, result.generator);
  AddTrainingVerdict(page, result);
  AddTrainingBlocks(page, result);
  page.Heading("Configuration", "configuration");
  page.Preformatted("Configuration", config_yaml);
  WriteFileAtomic(result.folder / kReportFile, page.Finish());
  WriteFileAtomic(result.folder / "report.json", CycleganReportJson(result).dump(2) + "\n");
}

}  // namespace agon::cyclegan
