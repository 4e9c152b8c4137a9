// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/fused_norm.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/cyclegan/network/network_helpers.h"

namespace agon::cyclegan {
namespace {

struct Case {
  Shape shape;
  double slope;
  std::int64_t pad, residual_pad;  // -1: no residual
};

// Channels that fill vector registers and channels that do not; parts of one row and of many.
const Case kCases[] = {
    {{2, 5, 6, 7}, 1.0, 0, -1},    {{2, 5, 6, 7}, 0.0, 1, -1},   {{1, 40, 9, 8}, 0.2, 3, -1},
    {{2, 32, 5, 5}, 1.0, 1, 1},    {{2, 33, 4, 6}, 1.0, 0, 1},   {{1, 3, 8, 8}, 1.0, 2, 0},
    {{2, 64, 40, 48}, 0.0, 3, -1}, {{1, 64, 40, 48}, 1.0, 1, 1},
};

Tensor Random(const Shape& shape, std::uint64_t seed) {
  const Tensor first = at::zeros({1}, at::kLong);
  return RandomSource(seed).For(first).Normal(shape).squeeze(0);
}

// By its definition, in double precision.
Tensor Expected(const Tensor& x, const Tensor& residual, const Case& c) {
  const Tensor mean = x.mean({2, 3}, true);
  const Tensor variance = (x - mean).square().mean({2, 3}, true);
  Tensor y = (x - mean) / (variance + 1e-5).sqrt();
  y = at::where(y > 0, y, y * c.slope);
  const std::int64_t p = c.residual_pad;
  if (p >= 0) {
    y = y + residual.slice(2, p, residual.size(2) - p).slice(3, p, residual.size(3) - p);
  }
  return c.pad > 0 ? at::reflection_pad2d(y, {c.pad, c.pad, c.pad, c.pad}) : y;
}

class FusedNorm : public ::testing::TestWithParam<Case> {};

TEST_P(FusedNorm, EqualsItsDefinitionForwardAndBack) {
  const Case& c = GetParam();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    // Representable in every type; an offset, so that the mean matters.
    const Tensor x = (Random(c.shape, 1) * 2 + 3).to(at::kBFloat16).to(type).requires_grad_();
    Tensor residual;
    if (c.residual_pad >= 0) {
      Shape framed = c.shape;
      framed[2] += 2 * c.residual_pad;
      framed[3] += 2 * c.residual_pad;
      residual = Random(framed, 2).to(at::kBFloat16).to(type).requires_grad_();
    }
    const Tensor y = NormThen(x, {.slope = c.slope,
                                  .pad = c.pad,
                                  .residual = residual,
                                  .residual_pad = std::max<std::int64_t>(c.residual_pad, 0)});
    const Tensor x64 = x.detach().to(at::kDouble).requires_grad_();
    const Tensor residual64 =
        residual.defined() ? residual.detach().to(at::kDouble).requires_grad_() : Tensor();
    const Tensor expected = Expected(x64, residual64, c);
    const bool half = type == at::kBFloat16;
    EXPECT_EQ(y.scalar_type(), type);
    EXPECT_LT(LargestDifference(y, expected), half ? 0.03 : 1e-5);

    const Tensor sought =
        Random({y.sizes().begin(), y.sizes().end()}, 3).to(at::kBFloat16).to(at::kDouble);
    std::vector<Tensor> inputs{x};
    std::vector<Tensor> inputs64{x64};
    if (residual.defined()) {
      inputs.push_back(residual);
      inputs64.push_back(residual64);
    }
    const auto gradients = torch::autograd::grad({y}, inputs, {sought.to(type)});
    const auto expected64 = torch::autograd::grad({expected}, inputs64, {sought});
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_EQ(gradients[i].scalar_type(), type);
      EXPECT_GT(expected64[i].abs().max().item<double>(), 0.1);
      EXPECT_LT(LargestDifference(gradients[i], expected64[i]), half ? 0.06 : 2e-5) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, FusedNorm, ::testing::ValuesIn(kCases));

// A flat picture has nothing to be scaled up: no NaN (issue 20 of the reference).
TEST(FusedNormEdge, AFlatPictureGivesZeros) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    const Tensor x = at::full({1, 4, 8, 8}, 0.7).to(type).requires_grad_();
    const Tensor y = NormThen(x, {.slope = 0, .pad = 1});
    EXPECT_LT(y.abs().max().item<double>(), 1e-2);
    const auto gradients = torch::autograd::grad({y}, {x}, {at::ones_like(y)});
    EXPECT_TRUE(at::isfinite(gradients[0]).all().item<bool>());
  }
}

// Sums in double over parts that do not depend on threads.
TEST(FusedNormEdge, GivesTheSameBitsAgain) {
  const Tensor x = Random({2, 48, 64, 64}, 1).requires_grad_();
  const auto run = [&] {
    const Tensor y = NormThen(x, {.slope = 0, .pad = 3});
    return std::pair{y, torch::autograd::grad({y}, {x}, {at::sin(y)})[0]};
  };
  const auto [y, gradient] = run();
  const auto [again, gradient_again] = run();
  EXPECT_TRUE(at::equal(y, again));
  EXPECT_TRUE(at::equal(gradient, gradient_again));
}

}  // namespace
}  // namespace agon::cyclegan
