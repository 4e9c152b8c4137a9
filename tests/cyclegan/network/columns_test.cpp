// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/columns.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "runtime/train/precision.h"
#include "tests/cyclegan/network/network_helpers.h"

namespace agon::cyclegan {
namespace {

Tensor Random(const Shape& shape, std::uint64_t seed) {
  return RandomSource(seed).For(at::zeros({1}, at::kLong)).Normal(shape).squeeze(0);
}

struct Both {
  Tensor output;
  std::vector<Tensor> gradients;  // of x, weight, bias
};
using Conv = Tensor (*)(const Tensor&, const Tensor&, const Tensor&);

Both Run(Conv conv, const Tensor& x, const Tensor& weight, const Tensor& bias, bool autocast) {
  const std::vector<Tensor> inputs{x.clone().requires_grad_(), weight.clone().requires_grad_(),
                                   bias.clone().requires_grad_()};
  Both both;
  {
    const train::AutocastGuard guard(autocast, at::kCPU);
    both.output = conv(inputs[0], inputs[1], inputs[2]);
  }
  const Tensor sought = at::sin(at::arange(both.output.numel(), at::kFloat)).view_as(both.output);
  both.gradients =
      torch::autograd::grad({both.output}, inputs, {sought.to(both.output.scalar_type())});
  return both;
}

Tensor Reference(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return at::conv2d(x, weight, bias);
}

void ExpectSame(Conv conv, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  for (const bool autocast : {false, true}) {
    const Both ours = Run(conv, x, weight, bias, autocast);
    const Both theirs = Run(&Reference, x, weight, bias, false);
    const double tolerance = autocast ? 0.02 : 1e-5;
    const auto near = [&](const Tensor& a, const Tensor& b) {
      EXPECT_LT(LargestDifference(a, b), tolerance * b.abs().max().item<double>());
    };
    near(ours.output, theirs.output);
    for (std::size_t i = 0; i < 3; ++i) near(ours.gradients[i], theirs.gradients[i]);
  }
}

TEST(Columns, AConvolutionFromColoursIsTheSame) {
  ExpectSame(&ConvFromColours, Random({2, 3, 11, 13}, 1), Random({5, 3, 7, 7}, 2), Random({5}, 3));
  // One output pixel in a row: every column is an end.
  ExpectSame(&ConvFromColours, Random({1, 3, 7, 7}, 1), Random({5, 3, 7, 7}, 2), Random({5}, 3));
}

TEST(Columns, AConvolutionToColoursIsTheSame) {
  ExpectSame(&ConvToColours, Random({2, 5, 11, 13}, 1), Random({3, 5, 7, 7}, 2), Random({3}, 3));
  ExpectSame(&ConvToColours, Random({1, 5, 9, 8}, 1), Random({3, 5, 7, 7}, 2), Random({3}, 3));
}

// bf16 parts are summed in float32.
TEST(Columns, TheSumIsFloat32) {
  const Tensor x = at::full({1, 21, 2, 8}, 1.0 / 3).to(at::kBFloat16);
  const Tensor sum = SumColumns(x);
  EXPECT_EQ(sum.scalar_type(), at::kFloat);
  EXPECT_EQ(sum.sizes(), (at::IntArrayRef{1, 3, 2, 2}));
  EXPECT_NEAR(sum.max().item<double>(), 7 * x[0][0][0][0].item<double>(), 1e-6);
}

// In double precision, for differences, the plain convolution.
TEST(Columns, OtherTypesTakeThePlainConvolution) {
  const Tensor x = Random({1, 3, 9, 9}, 1).to(at::kDouble);
  const Tensor weight = Random({2, 3, 7, 7}, 2).to(at::kDouble);
  const Tensor bias = Random({2}, 3).to(at::kDouble);
  EXPECT_TRUE(at::equal(ConvFromColours(x, weight, bias), at::conv2d(x, weight, bias)));
}

}  // namespace
}  // namespace agon::cyclegan
