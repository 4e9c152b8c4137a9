// SPDX-License-Identifier: Apache-2.0
#include "defenses/train_state.h"

#include "runtime/base/error.h"

namespace agon::defenses {
namespace {

nlohmann::json SumsToJson(const Sums& sums) {
  return {sums.loss, sums.steps, sums.correct, sums.examples};
}

Sums SumsFromJson(const nlohmann::json& json) {
  return {json.at(0).get<double>(), json.at(1).get<std::int64_t>(), json.at(2).get<std::int64_t>(),
          json.at(3).get<std::int64_t>()};
}

ValidationResult ValidationFromJson(const nlohmann::json& json) {
  ValidationResult result;
  result.epoch = json.at("epoch").get<std::int64_t>();
  result.examples = json.at("examples").get<std::int64_t>();
  result.clean_accuracy = json.at("clean_accuracy").get<double>();
  if (json.contains("robust_accuracy")) {
    result.robust_accuracy = json.at("robust_accuracy").get<double>();
  }
  result.averaged = json.at("averaged").get<bool>();
  return result;
}

EpochRow RowFromJson(const nlohmann::json& json) {
  EpochRow row;
  row.epoch = json.at("epoch").get<std::int64_t>();
  row.step = json.at("step").get<std::int64_t>();
  row.seconds = json.at("seconds").get<double>();
  row.loss = json.at("loss").get<double>();
  row.accuracy = json.at("accuracy").get<double>();
  row.learning_rate = json.at("learning_rate").get<double>();
  if (json.contains("validation")) row.validation = ValidationFromJson(json.at("validation"));
  return row;
}

}  // namespace

void Sums::Add(double step_loss, std::int64_t step_correct, std::int64_t step_examples) {
  loss += step_loss;
  ++steps;
  correct += step_correct;
  examples += step_examples;
}

nlohmann::json ToJson(const ValidationResult& result) {
  nlohmann::json json = {{"epoch", result.epoch},
                         {"examples", result.examples},
                         {"clean_accuracy", result.clean_accuracy},
                         {"averaged", result.averaged}};
  if (result.robust_accuracy) json["robust_accuracy"] = *result.robust_accuracy;
  return json;
}

nlohmann::json ToJson(const EpochRow& row) {
  nlohmann::json json = {{"epoch", row.epoch},       {"step", row.step},
                         {"seconds", row.seconds},   {"loss", row.loss},
                         {"accuracy", row.accuracy}, {"learning_rate", row.learning_rate}};
  if (row.validation) json["validation"] = ToJson(*row.validation);
  return json;
}

nlohmann::json TrainState::ToJson() const {
  nlohmann::json rows = nlohmann::json::array();
  for (const EpochRow& row : history) rows.push_back(defenses::ToJson(row));
  nlohmann::json json = {{"epoch", epoch},
                         {"batch", batch},
                         {"step", step},
                         {"seconds", seconds},
                         {"of_epoch", SumsToJson(of_epoch)},
                         {"of_window", SumsToJson(of_window)},
                         {"ended", ended},
                         {"history", rows},
                         {"stale", stale}};
  if (best) json["best"] = defenses::ToJson(*best);
  return json;
}

TrainState TrainState::FromJson(const nlohmann::json& json) {
  try {
    TrainState state;
    state.epoch = json.at("epoch").get<std::int64_t>();
    state.batch = json.at("batch").get<std::int64_t>();
    state.step = json.at("step").get<std::int64_t>();
    state.seconds = json.at("seconds").get<double>();
    state.of_epoch = SumsFromJson(json.at("of_epoch"));
    state.of_window = SumsFromJson(json.at("of_window"));
    state.ended = json.at("ended").get<std::string>();
    for (const auto& row : json.at("history")) state.history.push_back(RowFromJson(row));
    if (json.contains("best")) state.best = ValidationFromJson(json.at("best"));
    state.stale = json.at("stale").get<std::int64_t>();
    return state;
  } catch (const nlohmann::json::exception& error) {
    Fail(ErrorKind::kData, "the checkpoint's state.json is not one of a training: {}",
         error.what());
  }
}

}  // namespace agon::defenses
