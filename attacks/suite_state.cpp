// SPDX-License-Identifier: Apache-2.0
// A suite's state in a checkpoint.
#include <limits>

#include "attacks/suite.h"
#include "runtime/base/error.h"

namespace agon::attacks {
namespace {

std::vector<std::pair<std::string, Tensor SuiteResult::*>> Members() {
  return {{"adversarial", &SuiteResult::adversarial},
          {"label", &SuiteResult::label},
          {"clean_prediction", &SuiteResult::clean_prediction},
          {"prediction", &SuiteResult::prediction},
          {"broken_by", &SuiteResult::broken_by},
          {"queries", &SuiteResult::queries},
          {"goal_label", &SuiteResult::goal_label}};
}

// Checkpoints of before there were any lack them.
std::vector<std::pair<std::string, Tensor SuiteResult::*>> OptionalMembers() {
  return {{"clean_probabilities", &SuiteResult::clean_probabilities},
          {"adversarial_probabilities", &SuiteResult::adversarial_probabilities}};
}

}  // namespace

nlohmann::json FiguresOf(const AttackRow& row) {
  return {{"name", row.name},
          {"broken", row.broken},
          {"robust_accuracy_after", row.robust_accuracy_after},
          {"forwards", row.forwards},
          {"backwards", row.backwards},
          {"queries", row.queries},
          {"seconds", row.seconds},
          {"rejected", row.rejected}};
}

nlohmann::json StateOf(const SuiteResult& result) {
  nlohmann::json rows = nlohmann::json::array();
  for (const AttackRow& row : result.attacks) {
    nlohmann::json json = FiguresOf(row);
    json["finished"] = row.finished;
    json["mean_loss"] = row.mean_loss;
    json["loss_weight"] = row.loss_weight;
    rows.push_back(std::move(json));
  }
  const Threat& threat = result.threat;
  return {{"model", result.model},
          {"suite", result.suite},
          {"norm", static_cast<int>(threat.norm)},
          {"epsilon", threat.epsilon},
          {"query_budget", threat.query_budget},
          {"targeted", threat.targeted},
          {"examples", result.examples},
          {"clean_accuracy", result.clean_accuracy},
          {"robust_accuracy", result.robust_accuracy},
          {"robust_accuracy_8bit", result.robust_accuracy_8bit},
          {"flags", result.flags},
          {"next_pass", result.next_pass},
          {"next_example", result.next_example},
          {"attacks", rows}};
}

NamedTensors TensorsOf(const SuiteResult& result) {
  NamedTensors tensors;
  for (const auto& [name, member] : Members()) tensors.emplace_back(name, result.*member);
  for (const auto& [name, member] : OptionalMembers()) {
    if ((result.*member).defined()) tensors.emplace_back(name, result.*member);
  }
  return tensors;
}

// JSON has no NaN: a mean over candidates that were not finite is written as null.
std::vector<double> Numbers(const nlohmann::json& list) {
  std::vector<double> numbers;
  for (const nlohmann::json& number : list) {
    numbers.push_back(number.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                       : number.get<double>());
  }
  return numbers;
}

SuiteResult Restore(const nlohmann::json& state, const NamedTensors& tensors) {
  SuiteResult result;
  try {
    result.model = state.at("model");
    result.suite = state.at("suite");
    result.threat.norm = static_cast<Norm>(state.at("norm").get<int>());
    result.threat.epsilon = state.at("epsilon");
    result.threat.query_budget = state.at("query_budget");
    result.threat.targeted = state.at("targeted");
    result.examples = state.at("examples");
    result.clean_accuracy = state.at("clean_accuracy");
    result.robust_accuracy = state.at("robust_accuracy");
    result.robust_accuracy_8bit = state.at("robust_accuracy_8bit");
    result.flags = state.at("flags").get<std::vector<std::string>>();
    result.next_pass = state.at("next_pass");
    result.next_example = state.at("next_example");
    for (const nlohmann::json& json : state.at("attacks")) {
      AttackRow row;
      row.name = json.at("name");
      row.broken = json.at("broken");
      row.robust_accuracy_after = json.at("robust_accuracy_after");
      row.forwards = json.at("forwards");
      row.backwards = json.at("backwards");
      row.queries = json.at("queries");
      row.seconds = json.at("seconds");
      row.rejected = json.at("rejected");
      row.finished = json.at("finished");
      row.mean_loss = Numbers(json.at("mean_loss"));
      row.loss_weight = Numbers(json.at("loss_weight"));
      result.attacks.push_back(std::move(row));
    }
  } catch (const nlohmann::json::exception& e) {
    Fail(ErrorKind::kData, "the checkpoint's suite state is damaged: {}", e.what());
  }
  for (const auto& [name, member] : Members()) {
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&name = name](const auto& t) { return t.first == name; });
    if (found == tensors.end() || found->second.size(0) != result.examples) {
      Fail(ErrorKind::kData, "the checkpoint's tensor \"{}\" is missing or has the wrong size",
           name);
    }
    result.*member = found->second.clone();
  }
  for (const auto& [name, member] : OptionalMembers()) {
    for (const auto& [stored, tensor] : tensors) {
      if (stored == name && tensor.dim() == 2 && tensor.size(0) == result.examples) {
        result.*member = tensor.clone();
      }
    }
  }
  return result;
}

}  // namespace agon::attacks
