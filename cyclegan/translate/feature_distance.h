// SPDX-License-Identifier: Apache-2.0
// How far two sets of pictures are apart in the features of a network that the user names: the
// Frechet distance between their Gaussians (Heusel et al. 2017) and the kernel distance (Binkowski
// et al. 2018). With the Inception network of the papers the first is FID and the second KID; with
// any other they are not, and are never called so.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>

#include "runtime/tensor/types.h"

namespace agon::cyclegan {

// a [N,D], b [M,D], any float type; N, M >= 2. |mu_a - mu_b|^2 + Tr(A + B - 2 (A B)^1/2) with
// covariances of ddof 1, in double. With fewer pictures than features the covariances are singular:
// values then compare with others of the same N and M only.
[[nodiscard]] double FrechetDistance(const Tensor& a, const Tensor& b);

// The unbiased squared MMD with the kernel (x y / D + 1)^3 over all pictures; where there are more
// than 1000 of a set, the mean over `subsets` random subsets of so many.
[[nodiscard]] double KernelDistance(const Tensor& a, const Tensor& b, std::uint64_t seed,
                                    int subsets = 100);

}  // namespace agon::cyclegan
