// SPDX-License-Identifier: Apache-2.0
// Random numbers that explore: Gamma variates, which normalised are Dirichlet noise for priors, and
// Gumbel noise for logits.
//
// `random` is the state of games/random.h and is advanced.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>

namespace agon::selfplay {

// Uniform in (0,1).
[[nodiscard]] double UnitOpen(std::uint64_t& random);
// Gamma(shape, 1), Marsaglia and Tsang 2000.
[[nodiscard]] double GammaVariate(double shape, std::uint64_t& random);
// Gumbel(0, 1).
[[nodiscard]] double GumbelVariate(std::uint64_t& random);

}  // namespace agon::selfplay
