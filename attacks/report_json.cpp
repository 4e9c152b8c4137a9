// SPDX-License-Identifier: Apache-2.0
// The report's figures as files for other programs: report.json, examples.csv,
// adversarial.safetensors.
#include "attacks/report.h"
#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/formats/safetensors.h"
#include "runtime/tensor/convert.h"

namespace agon::attacks {
namespace {

nlohmann::json ResultJson(const SuiteResult& result) {
  nlohmann::json attacks = nlohmann::json::array();
  for (const AttackRow& row : result.attacks) attacks.push_back(FiguresOf(row));
  return {{"model", result.model},
          {"threat", std::string(NameOf(result.threat.norm))},
          {"epsilon", result.threat.epsilon},
          {"suite", result.suite},
          {"examples", result.examples},
          {"clean_accuracy", result.clean_accuracy},
          {"robust_accuracy", result.robust_accuracy},
          {"robust_accuracy_8bit", result.robust_accuracy_8bit},
          {"attacks", attacks},
          {"flags", result.flags}};
}

// Class names may come from a user's file.
constexpr auto kReplaceBadText = nlohmann::json::error_handler_t::replace;

double FieldOf(const SuiteResult& result, const std::string& field) {
  return field == "clean_accuracy" ? result.clean_accuracy : result.robust_accuracy;
}

std::string ExamplesCsv(const SuiteResult& result, const data::Dataset& dataset) {
  const Tensor clean = data::Slice(dataset, 0, dataset.size()).images;
  const Tensor difference = result.adversarial - clean;  // [N,C,H,W]
  std::vector<Tensor> columns;
  for (const Norm norm : {Norm::kLinf, Norm::kL2, Norm::kL1, Norm::kL0}) {
    columns.push_back(NormOf(norm, difference).to(at::kDouble).contiguous());
  }
  const auto integer = [](const Tensor& tensor, std::int64_t row) {
    return tensor.data_ptr<std::int64_t>()[row];
  };
  std::string text = "index,label,clean_prediction,broken_by,prediction,linf,l2,l1,l0,queries\n";
  for (std::int64_t row = 0; row < result.examples; ++row) {
    text += fmt::format("{},{},{},{},{}", dataset.first + row, integer(result.label, row),
                        integer(result.clean_prediction, row), integer(result.broken_by, row),
                        integer(result.prediction, row));
    for (const Tensor& column : columns) {
      text += fmt::format(",{:.7g}", column.data_ptr<double>()[row]);
    }
    text += fmt::format(",{}\n", integer(result.queries, row));
  }
  return text;
}

void WriteExamples(const Path& folder, const SuiteResult& result, const data::Dataset& dataset) {
  MakeFolder(folder);
  WriteFileAtomic(folder / "examples.csv", ExamplesCsv(result, dataset));
  NamedTensors tensors = {{"clean", data::Slice(dataset, 0, dataset.size()).images},
                          {"adversarial", result.adversarial},
                          {"label", result.label},
                          {"prediction", result.prediction},
                          {"broken_by", result.broken_by}};
  if (result.clean_probabilities.defined() && result.adversarial_probabilities.defined()) {
    tensors.emplace_back("clean_probabilities", result.clean_probabilities);
    tensors.emplace_back("adversarial_probabilities", result.adversarial_probabilities);
  }
  std::vector<std::string> names;
  for (const AttackRow& row : result.attacks) names.push_back(row.name);
  formats::WriteSafetensors(
      folder / "adversarial.safetensors", ToArrays(tensors),
      {{"model", result.model},
       {"norm", std::string(NameOf(result.threat.norm))},
       {"epsilon", FormatReal(result.threat.epsilon)},
       {"first_index", std::to_string(dataset.first)},
       {"attacks", Join(names, ",")},
       {"class_names", nlohmann::json(dataset.class_names).dump(-1, ' ', false, kReplaceBadText)}});
}

// A folder name from a model's label: other characters become '_'.
std::string Plain(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '.') c = '_';
  }
  return name;
}

}  // namespace

bool Requirement::MetBy(double value) const {
  if (comparison == ">=") return value >= bound;
  if (comparison == ">") return value > bound;
  if (comparison == "<=") return value <= bound;
  return value < bound;
}

Requirements Requirements::FromConfig(const config::Value& value, config::Reader& reader,
                                      const std::string& path) {
  Requirements requirements;
  const std::vector<std::string> fields = {"robust_accuracy", "clean_accuracy"};
  if (!value.IsMapping()) {
    if (!value.IsNull()) {
      reader.problems.Add(value.location, path, "expected a mapping, found " + value.Describe(),
                          "write {robust_accuracy: \">= 0.60\"}");
    }
    return requirements;
  }
  for (const auto& entry : value.entries()) {
    const std::string key = config::JoinPath(path, entry.key);
    if (std::find(fields.begin(), fields.end(), entry.key) == fields.end()) {
      reader.problems.Add(entry.key_location, key,
                          "there is no such figure" + DidYouMean(entry.key, fields),
                          "known: " + Join(fields, ", "));
      continue;
    }
    Requirement requirement;
    requirement.field = entry.key;
    const std::string& text = entry.value.text();
    const std::size_t digits = text.find_first_not_of("<>= ");
    const std::string sign = text.substr(0, std::min(text.find_first_not_of("<>="), text.size()));
    const auto bound = digits == std::string::npos ? std::nullopt : ParseReal(text.substr(digits));
    if (!bound || (sign != ">=" && sign != ">" && sign != "<=" && sign != "<")) {
      reader.problems.Add(entry.value.location, key,
                          "expected a comparison, found " + entry.value.Describe(),
                          "write \">= 0.60\" (also >, <=, <)");
      continue;
    }
    requirement.comparison = sign;
    requirement.bound = *bound;
    requirements.list.push_back(requirement);
  }
  return requirements;
}

config::Value Requirements::ToConfig() const {
  config::Value mapping = config::Value::Mapping();
  for (const Requirement& r : list) {
    mapping.Set(r.field, config::Value::Scalar(r.comparison + " " + FormatReal(r.bound), true));
  }
  return mapping;
}

bool RobustnessReport::RequirementsMet() const {
  for (const SuiteResult& result : results) {
    for (const Requirement& r : require.list) {
      if (!r.MetBy(FieldOf(result, r.field))) return false;
    }
  }
  return true;
}

nlohmann::json RobustnessReport::ToJson() const {
  nlohmann::json json = {{"format", 1}, {"dataset", dataset}};
  nlohmann::json list = nlohmann::json::array();
  for (const SuiteResult& result : results) list.push_back(ResultJson(result));
  if (results.size() == 1) json.update(list[0]);
  json["results"] = list;
  nlohmann::json required = nlohmann::json::array();
  for (const Requirement& r : require.list) {
    bool met = true;
    for (const SuiteResult& result : results) met = met && r.MetBy(FieldOf(result, r.field));
    required.push_back(
        {{"field", r.field}, {"required", r.comparison + " " + FormatReal(r.bound)}, {"met", met}});
  }
  json["require"] = required;
  return json;
}

std::string DescribeExamples(const data::Dataset& dataset) {
  return fmt::format("{}, examples {} to {}", dataset.name, dataset.first,
                     dataset.first + dataset.size() - 1);
}

void WriteReport(const Path& run_folder, const RobustnessReport& report,
                 const data::Dataset& dataset, const std::string& config_yaml) {
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const SuiteResult& result = report.results[i];
    const Path folder = report.results.size() == 1
                            ? run_folder
                            : run_folder / "results" /
                                  fmt::format("{}-{}-{}-{:.4g}", i, Plain(result.model),
                                              NameOf(result.threat.norm), result.threat.epsilon);
    WriteExamples(folder, result, dataset);
  }
  WriteFileAtomic(run_folder / "report.html", ReportHtml(report, dataset, config_yaml));
  // Last: whoever waits for report.json finds everything else there.
  WriteFileAtomic(run_folder / "report.json", report.ToJson().dump(2) + "\n");
}

}  // namespace agon::attacks
