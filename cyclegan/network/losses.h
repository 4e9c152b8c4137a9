// SPDX-License-Identifier: Apache-2.0
// The losses of unpaired translation: adversarial (least squares, vanilla, hinge), cycle, identity,
// and the consistency term by synthetic flow, which needs no video to train.
//
// Thread safety: free functions.
#pragma once

#include <cstdint>

#include "runtime/tensor/random.h"
#include "runtime/tensor/types.h"

namespace agon::cyclegan {

enum class GanLoss { kLsgan, kVanilla, kHinge };

// Of the generator: how far the discriminator's answers [N,1,h,w] are from "real". A scalar.
[[nodiscard]] Tensor GeneratorGanLoss(GanLoss kind, const Tensor& fake_scores);
// Of the discriminator: half the sum of both errors (the reference's 0.5 factor). A scalar.
[[nodiscard]] Tensor DiscriminatorGanLoss(GanLoss kind, const Tensor& real_scores,
                                          const Tensor& fake_scores);

// A random smooth displacement field as normalised sampling grid [N,H,W,2] for Warp: normal(0, 8)
// pixels of a 256-pixel picture on a coarse grid, enlarged, plus one uniform shift of +-10 for all,
// blurred (Unsup_Recycle_GAN, AAAI 2022; sizes scaled to the picture's). Depends on the random
// source's draws alone.
[[nodiscard]] Tensor SyntheticFlow(ExampleRandom& random, std::int64_t height, std::int64_t width);
// Bilinear, borders repeated.
[[nodiscard]] Tensor Warp(const Tensor& images, const Tensor& grid);

}  // namespace agon::cyclegan
