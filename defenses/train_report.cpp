// SPDX-License-Identifier: Apache-2.0
#include "defenses/train_report.h"

#include "runtime/base/files.h"
#include "runtime/base/text.h"
#include "runtime/nn/weights.h"
#include "runtime/record/html.h"

namespace agon::defenses {
namespace {

using record::HtmlReport;

constexpr int kFormat = 1;

std::string Percent(double share) { return fmt::format("{:.2f} %", 100 * share); }

std::string ThreatText(const attacks::Threat& threat) {
  return fmt::format("{} epsilon {}", NameOf(threat.norm), FormatReal(threat.epsilon));
}

std::string EndText(const TrainResult& result) {
  std::string done = fmt::format("{} of {} epochs in {}", result.epochs, result.planned,
                                 FormatDuration(result.seconds));
  if (result.ended == "early") return done + "; ended early, validation no longer improved";
  if (result.ended == "time") return done + "; ended by max_seconds";
  return done;
}

void Verdict(HtmlReport& page, const TrainResult& result) {
  std::vector<HtmlReport::VerdictCard> cards;
  if (result.validation) {
    const ValidationResult& v = *result.validation;
    const std::string detail = fmt::format("{} held-out images, epoch {}{}", v.examples, v.epoch,
                                           v.averaged ? ", averaged weights" : "");
    cards.push_back(
        {.headline = Percent(v.clean_accuracy), .label = "clean accuracy", .detail = detail});
    if (v.robust_accuracy && result.threat) {
      cards.push_back(
          {.headline = Percent(*v.robust_accuracy),
           .label = "robust accuracy",
           .detail = fmt::format("{}, {}", ThreatText(*result.threat), result.validation_attack)});
    }
  }
  if (!result.history.empty()) {
    cards.push_back({.headline = fmt::format("{:.4f}", result.history.back().loss),
                     .label = "training loss of the last epoch",
                     .detail = EndText(result)});
  }
  page.Verdict(cards, fmt::format("{} was trained with the objective {} on {} images of {}: {}.",
                                  result.label, result.objective, result.training_examples,
                                  result.dataset, EndText(result)));
}

void Curves(HtmlReport& page, const std::vector<EpochRow>& history) {
  HtmlReport::Series loss{.name = "training", .x = {}, .y = {}};
  HtmlReport::Series training{.name = "training images as trained on", .x = {}, .y = {}};
  HtmlReport::Series clean{.name = "held out, clean", .x = {}, .y = {}};
  HtmlReport::Series robust{.name = "held out, attacked", .x = {}, .y = {}};
  HtmlReport::Series rate{.name = "learning rate", .x = {}, .y = {}};
  const auto add = [](HtmlReport::Series& series, const EpochRow& row, double y) {
    series.x.push_back(static_cast<double>(row.epoch));
    series.y.push_back(y);
  };
  for (const EpochRow& row : history) {
    add(loss, row, row.loss);
    add(training, row, row.accuracy);
    add(rate, row, row.learning_rate);
    if (!row.validation) continue;
    add(clean, row, row.validation->clean_accuracy);
    if (row.validation->robust_accuracy) add(robust, row, *row.validation->robust_accuracy);
  }
  HtmlReport::ChartBlock accuracy{.title = "Accuracy",
                                  .x_label = "epoch",
                                  .y_label = "accuracy",
                                  .series = {training},
                                  .percent_y = true,
                                  .y_min = std::nullopt,
                                  .y_max = std::nullopt};
  if (!clean.x.empty()) accuracy.series.push_back(clean);
  if (!robust.x.empty()) accuracy.series.push_back(robust);
  page.Chart(accuracy);
  const auto curve = [&](const char* title, const HtmlReport::Series& series) {
    page.Chart({.title = title,
                .x_label = "epoch",
                .y_label = series.name,
                .series = {series},
                .y_min = std::nullopt,
                .y_max = std::nullopt});
  };
  curve("Training loss", loss);
  curve("Learning rate", rate);
}

void Epochs(HtmlReport& page, const std::vector<EpochRow>& history) {
  HtmlReport::TableBlock table;
  table.columns = {"epoch", "steps",         "time",           "learning rate",
                   "loss",  "training acc.", "clean accuracy", "robust accuracy"};
  table.numeric = std::vector<bool>(table.columns.size(), true);
  table.caption = "One row an epoch; accuracies of the last two columns on held-out images.";
  for (const EpochRow& row : history) {
    const auto& v = row.validation;
    table.rows.push_back({std::to_string(row.epoch), std::to_string(row.step),
                          FormatDuration(row.seconds), fmt::format("{:.3g}", row.learning_rate),
                          fmt::format("{:.4f}", row.loss), Percent(row.accuracy),
                          v ? Percent(v->clean_accuracy) : "",
                          v && v->robust_accuracy ? Percent(*v->robust_accuracy) : ""});
  }
  page.Table(table);
}

}  // namespace

nlohmann::json TrainReportJson(const TrainResult& result) {
  nlohmann::json history = nlohmann::json::array();
  for (const EpochRow& row : result.history) history.push_back(ToJson(row));
  nlohmann::json json = {{"format", kFormat},
                         {"command", "train"},
                         {"model", result.label},
                         {"dataset", result.dataset},
                         {"objective", result.objective},
                         {"training_examples", result.training_examples},
                         {"parameters", result.parameters},
                         {"epochs", result.epochs},
                         {"ended", result.ended},
                         {"seconds", result.seconds},
                         {"threat", nullptr},
                         {"validation", nullptr},
                         {"history", history},
                         {"weights", result.weights.filename().string()}};
  if (result.threat) {
    json["threat"] = {{"norm", NameOf(result.threat->norm)}, {"epsilon", result.threat->epsilon}};
  }
  if (result.validation) {
    json["validation"] = ToJson(*result.validation);
    if (!result.validation_attack.empty()) json["validation"]["attack"] = result.validation_attack;
  }
  return json;
}

std::string TrainReportHtml(const TrainResult& result, const std::string& config_yaml) {
  HtmlReport page("Training of " + result.label, result.dataset);
  Verdict(page, result);
  page.Heading("Over the epochs", "curves");
  Curves(page, result.history);
  Epochs(page, result.history);
  page.Heading("The network", "network");
  page.Paragraph(fmt::format("{} trainable parameters.", result.parameters));
  page.Preformatted("Layers", result.summary);
  page.Preformatted("Configuration", config_yaml);
  return page.Finish();
}

void WriteTrainResult(const Path& folder, const TrainResult& result,
                      const std::string& config_yaml) {
  const std::int64_t epoch = result.validation ? result.validation->epoch : result.epochs;
  std::map<std::string, std::string> metadata = {{"epoch", std::to_string(epoch)},
                                                 {"objective", result.objective},
                                                 {"dataset", result.dataset},
                                                 {"averaged", result.averaged ? "yes" : "no"}};
  if (result.threat) metadata["threat"] = ThreatText(*result.threat);
  nn::SaveWeights(*result.network, folder / kWeightsFile, metadata);
  WriteFileAtomic(folder / kReportFile, TrainReportHtml(result, config_yaml));
  WriteFileAtomic(folder / "report.json", TrainReportJson(result).dump(2) + "\n");
}

}  // namespace agon::defenses
