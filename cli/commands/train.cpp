// SPDX-License-Identifier: Apache-2.0
// `agon train CONFIG`: reads, checks, opens the run, and lets defenses/trainer.h do the work.
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "defenses/train_report.h"
#include "defenses/trainer.h"
#include "runtime/base/text.h"

namespace agon::cli {
namespace {

std::string Summary(const defenses::TrainResult& result) {
  std::string text = fmt::format("{}: {} of {} epochs in {}", result.label, result.epochs,
                                 result.planned, FormatDuration(result.seconds));
  if (result.ended == "early") text += ", ended early";
  if (result.ended == "time") text += ", ended by max_seconds";
  if (const auto& v = result.validation) {
    text += fmt::format("\n{} held-out images, epoch {}: {:.2f} % clean", v->examples, v->epoch,
                        100 * v->clean_accuracy);
    if (v->robust_accuracy && result.threat) {
      text += fmt::format(", {:.2f} % robust ({} {}, {})", 100 * *v->robust_accuracy,
                          attacks::NameOf(result.threat->norm), FormatReal(result.threat->epsilon),
                          result.validation_attack);
    }
  }
  return text + fmt::format("\nweights: {}\nreport: {}\n", result.weights.string(),
                            result.report.string());
}

}  // namespace

config::Value ResolveTrainConfig(const config::Value& value) {
  return config::Dump(defenses::ReadTrainConfig(value));
}

std::vector<config::FieldInfo> TrainConfigFields() {
  return config::Fields<defenses::TrainConfig>::Get().Infos();
}

int RunTrain(const CommandLine& line, Session& session) {
  const config::Value raw = session.LoadConfig(line.train.config);
  const defenses::TrainConfig config = defenses::ReadTrainConfig(raw);
  const DevicePolicy& device = session.Device();
  const data::Dataset dataset = config.dataset->Load();
  defenses::CheckBeforeTraining(config, dataset);

  run::Run& run = session.OpenRunOf(config, dataset);

  defenses::TrainOptions train;
  train.resume = session.resuming();
  const defenses::TrainResult result = defenses::Train(config, dataset, run, device, train);
  run.Finish();
  session.Print(Summary(result));
  session.PrintJson(defenses::TrainReportJson(result));
  return kExitDone;
}

}  // namespace agon::cli
