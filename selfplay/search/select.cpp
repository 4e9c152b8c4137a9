// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/select.h"

namespace agon::selfplay {

PuctRule::PuctRule(const SearchSettings& settings)
    : cpuct_(settings.cpuct),
      base_(settings.cpuct_base),
      fpu_(settings.fpu == "loss"   ? Fpu::kLoss
           : settings.fpu == "zero" ? Fpu::kZero
                                    : Fpu::kReduction),
      reduction_(settings.fpu == "reduction" ? static_cast<float>(settings.fpu_reduction) : 0.0F),
      solver_(settings.solver),
      scale_(kTable) {
  for (std::uint32_t visits = 0; visits < kTable; ++visits) scale_[visits] = Exact(visits);
}

float PuctRule::Exact(std::uint32_t visits) const {
  const double n = visits;
  return static_cast<float>((cpuct_ + std::log((1 + n + base_) / base_)) * std::sqrt(n));
}

}  // namespace agon::selfplay
