// SPDX-License-Identifier: Apache-2.0
#include "attacks/attack.h"

namespace agon::attacks {

Probe::~Probe() = default;
void Probe::Step(std::int64_t, const Tensor&, const Tensor&) {}
void Probe::Keep(const Tensor&) {}

Attack::~Attack() = default;

Attack::Capabilities& Attack::Capabilities::Norms(std::set<Norm> value) {
  norms = std::move(value);
  return *this;
}

Attack::Capabilities& Attack::Capabilities::Needs(Access value) {
  access = value;
  return *this;
}

Attack::Capabilities& Attack::Capabilities::Targeted(bool value) {
  targeted = value;
  return *this;
}

nlohmann::json Attack::Capabilities::ToJson() const {
  nlohmann::json names = nlohmann::json::array();
  for (const Norm norm : norms) names.push_back(std::string(NameOf(norm)));
  const char* needs = access == Access::kGradient ? "gradients"
                      : access == Access::kScore  ? "scores"
                                                  : "decisions";
  return {{"norms", names}, {"needs", needs}, {"targeted", targeted}};
}

}  // namespace agon::attacks
