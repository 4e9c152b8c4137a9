// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/losses.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

// Of answers that should be `real` or fake, as the generator (hinge: no margin) or the
// discriminator sees them.
Tensor ScoreLoss(GanLoss kind, const Tensor& given, bool real, bool of_generator) {
  const Tensor scores = given.to(at::kFloat);
  switch (kind) {
    case GanLoss::kLsgan:
      return (real ? scores - 1 : scores).square().mean();
    case GanLoss::kVanilla:
      return at::softplus(real ? -scores : scores).mean();
    case GanLoss::kHinge:
      if (of_generator) return -scores.mean();
      return at::relu(real ? 1 - scores : 1 + scores).mean();
  }
  Fail(ErrorKind::kInternal, "no such adversarial loss");
}

// [n,nodes]: a line of `nodes` numbers enlarged to n linearly, and then averaged over 2 r + 1
// neighbours, borders repeated. Both act on rows and columns apart, so that a whole field is two
// small products.
Tensor EnlargeAndBlur(std::int64_t nodes, std::int64_t n, std::int64_t r) {
  const Tensor unit = at::eye(nodes, at::kFloat).unsqueeze(0);  // [1,nodes,nodes]
  const Tensor large = at::upsample_linear1d(unit, {n}, /*align_corners=*/false);  // [1,nodes,n]
  return at::avg_pool1d(at::replication_pad1d(large, {r, r}), {2 * r + 1}, {1}).squeeze(0).t();
}

// Pixel centres from -1 + 1/n to 1 - 1/n.
Tensor Centres(std::int64_t n) {
  return at::arange(n, at::kFloat)
      .mul_(2.0 / static_cast<double>(n))
      .add_(1.0 / static_cast<double>(n) - 1.0);
}

}  // namespace

Tensor GeneratorGanLoss(GanLoss kind, const Tensor& fake_scores) {
  return ScoreLoss(kind, fake_scores, /*real=*/true, /*of_generator=*/true);
}

Tensor DiscriminatorGanLoss(GanLoss kind, const Tensor& real_scores, const Tensor& fake_scores) {
  return (ScoreLoss(kind, real_scores, true, false) + ScoreLoss(kind, fake_scores, false, false)) *
         0.5;
}

Tensor SyntheticFlow(ExampleRandom& random, std::int64_t height, std::int64_t width) {
  AGON_CHECK(height > 0 && width > 0);
  constexpr double kPicture = 256;  // pixels of the paper's pictures, to which its numbers belong
  constexpr double kDeviation = 8;  // of a node of the coarse grid
  constexpr double kShift = 10;     // of the whole, at most
  constexpr double kCell = 100;     // pixels between nodes, and the blur's window
  const double scale = static_cast<double>(std::min(height, width)) / kPicture;
  const auto matrix = [&](std::int64_t n) {
    const auto nodes =
        std::max<std::int64_t>(2, std::llround(static_cast<double>(n) / (kCell * scale)));
    return EnlargeAndBlur(nodes, n, std::max<std::int64_t>(1, std::llround(kCell * scale / 2)));
  };
  const at::NoGradGuard no_grad;
  const Tensor rows = matrix(height);                                       // [H,h]
  const Tensor columns = matrix(width);                                     // [W,w]
  const Tensor coarse = random.Normal({2, rows.size(1), columns.size(1)});  // [N,2,h,w]
  const Tensor shift = random.Uniform({2, 1, 1}, -kShift, kShift);          // [N,2,1,1]
  const at::Device device = coarse.device();
  const Tensor flow =
      at::matmul(rows.to(device), at::matmul(coarse.mul(kDeviation), columns.t().to(device)))
          .add_(shift)
          .mul_(scale);  // [N,2,H,W], pixels
  // From pixels to the grid's units, of which 2 are the whole side.
  const Tensor x = flow.select(1, 0).mul(2.0 / static_cast<double>(width));
  const Tensor y = flow.select(1, 1).mul(2.0 / static_cast<double>(height));
  return at::stack({x + Centres(width).to(device), y + Centres(height).to(device).unsqueeze(1)}, 3);
}

Tensor Warp(const Tensor& images, const Tensor& grid) {
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kBorder = 1;
  return at::grid_sampler(images, grid, kBilinear, kBorder, /*align_corners=*/false);
}

}  // namespace agon::cyclegan
