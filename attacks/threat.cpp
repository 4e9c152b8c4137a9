// SPDX-License-Identifier: Apache-2.0
#include "attacks/threat.h"

#include "runtime/base/error.h"
#include "runtime/base/text.h"

namespace agon::attacks {
namespace {

Norm NormFromName(const std::string& name) {
  for (const Norm norm : {Norm::kLinf, Norm::kL2, Norm::kL1}) {
    if (NameOf(norm) == name) return norm;
  }
  Fail(ErrorKind::kConfig, "threat.norm: \"{}\" is no norm; write linf, l2 or l1", name);
}

bool IsTargetWord(const std::string& word) {
  if (word == "none" || word == "next" || word == "random" || word == "least_likely") return true;
  const auto number = ParseInteger(word);
  return number && *number >= 0;
}

}  // namespace

Tensor Threat::Succeeded(const Tensor& predictions, const Tensor& labels) const {
  return targeted ? predictions.eq(labels) : predictions.ne(labels);
}

void ThreatSettings::Describe(config::Fields<ThreatSettings>& f) {
  f.Field(&ThreatSettings::norm, "norm", "how a perturbation is measured")
      .Choices({"linf", "l2", "l1"});
  f.Field(
       &ThreatSettings::epsilon, "epsilon",
       "largest allowed perturbation; a fraction such as 8/255 is a number; a list makes a curve")
      .Min(0)
      .ScalarIsList()
      .Required();
  f.Field(&ThreatSettings::query_budget, "query_budget",
          "queries an attack run may spend on an example; 0: no limit")
      .Min(0);
  f.Field(&ThreatSettings::target, "target",
          "none: any wrong class counts; next, random, least_likely or a class number: only that "
          "class");
  f.Check([](const ThreatSettings& t) -> std::string {
    if (t.epsilon.empty()) return "epsilon: the list is empty; write at least one number";
    if (!IsTargetWord(t.target)) {
      return "target: \"" + t.target +
             "\" is no target; write none, next, random, least_likely or a class number";
    }
    return {};
  });
}

std::vector<Threat> ThreatSettings::Threats() const {
  std::vector<Threat> threats;
  for (const double budget : epsilon) {
    Threat threat;
    threat.norm = NormFromName(norm);
    threat.epsilon = budget;
    if (query_budget > 0) threat.query_budget = query_budget;
    threat.targeted = target != "none";
    threats.push_back(threat);
  }
  return threats;
}

}  // namespace agon::attacks
