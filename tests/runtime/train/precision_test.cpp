// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/precision.h"

#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

namespace agon::train {
namespace {

at::ScalarType TypeOfAProduct() {
  const Tensor a = at::ones({4, 4});
  return at::mm(a, a).scalar_type();
}

TEST(AutocastGuard, MultipliesInBfloat16InsideItsScope) {
  EXPECT_EQ(TypeOfAProduct(), at::kFloat);
  {
    const AutocastGuard guard(true, at::kCPU);
    EXPECT_EQ(TypeOfAProduct(), at::kBFloat16);
  }
  EXPECT_EQ(TypeOfAProduct(), at::kFloat);
}

TEST(AutocastGuard, DisabledDoesNothing) {
  const AutocastGuard guard(false, at::kCPU);
  EXPECT_EQ(TypeOfAProduct(), at::kFloat);
}

TEST(AutocastGuard, RestoresWhatItFound) {
  const AutocastGuard outer(true, at::kCPU);
  at::autocast::set_autocast_dtype(at::kCPU, at::kHalf);
  { const AutocastGuard inner(true, at::kCPU); }
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  EXPECT_EQ(at::autocast::get_autocast_dtype(at::kCPU), at::kHalf);
}

// Weights cast inside one scope are cast again in the next: they may have changed in between.
TEST(AutocastGuard, ForgetsCastWeights) {
  const Tensor weight = at::ones({2, 2}).requires_grad_(true);
  const Tensor x = at::ones({2, 2});
  for (const double value : {1.0, 3.0}) {
    {
      const c10::NoGradGuard no_grad;
      weight.fill_(value);
    }
    const AutocastGuard guard(true, at::kCPU);
    EXPECT_EQ(at::mm(x, weight)[0][0].item<double>(), 2 * value);
  }
}

}  // namespace
}  // namespace agon::train
