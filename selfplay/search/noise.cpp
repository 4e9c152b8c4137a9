// SPDX-License-Identifier: Apache-2.0
#include "selfplay/search/noise.h"

#include <cmath>
#include <numbers>

#include "selfplay/games/random.h"

namespace agon::selfplay {

double UnitOpen(std::uint64_t& random) {
  return (static_cast<double>(NextRandom(random) >> 12) + 0.5) * 0x1p-52;
}

double GammaVariate(double shape, std::uint64_t& random) {
  // Below 1 the method needs a shape one higher and a power of a uniform number (their section 6).
  if (shape < 1) {
    const double power = std::pow(UnitOpen(random), 1 / shape);
    return GammaVariate(shape + 1, random) * power;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double radius = std::sqrt(-2 * std::log(UnitOpen(random)));
    const double x = radius * std::cos(2 * std::numbers::pi * UnitOpen(random));
    const double t = 1 + c * x;
    if (t <= 0) continue;
    const double v = t * t * t;
    if (std::log(UnitOpen(random)) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double GumbelVariate(std::uint64_t& random) { return -std::log(-std::log(UnitOpen(random))); }

}  // namespace agon::selfplay
