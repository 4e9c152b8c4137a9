// SPDX-License-Identifier: Apache-2.0
// The objectives that are built in: one line each.
#include "defenses/objective.h"

namespace agon::defenses {

Objective::~Objective() = default;

Objective::Capabilities& Objective::Capabilities::Against(std::set<attacks::Norm> value) {
  norms = std::move(value);
  return *this;
}

nlohmann::json Objective::Capabilities::ToJson() const {
  nlohmann::json names = nlohmann::json::array();
  for (const attacks::Norm norm : norms) names.push_back(attacks::NameOf(norm));
  return {{"needs_threat", NeedsThreat()}, {"norms", names}};
}

void RegisterPgdAt(Registry& registry);
void RegisterStandard(Registry& registry);

void RegisterObjectives(Registry& registry) {
  RegisterPgdAt(registry);
  RegisterStandard(registry);
}

}  // namespace agon::defenses
