// SPDX-License-Identifier: Apache-2.0
// On a linear model the worst point of a ball is known in closed form.
#include "tests/attacks/attack_helpers.h"

namespace agon::attacks {
namespace {

struct Case {
  Tensor weights = at::tensor(std::vector<float>{0.5, -2.0, 1.0, -1.0, 0.25, 3.0}).view({2, 3});
  Batch batch{.images = at::full({2, 1, 1, 3}, 0.5),
              .labels = at::tensor(std::vector<std::int64_t>{0, 1}),
              .indices = at::arange(2, at::kLong)};
  // Towards class 1 for the first image, towards class 0 for the second: [2,1,1,3].
  Tensor worst = at::stack({weights[1] - weights[0], weights[0] - weights[1]}).view({2, 1, 1, 3});
};

// The best L-infinity perturbation is epsilon * sign(w), whatever the start. Image 1 stays right in
// all these balls, so that no attack may stop before it has done its best; image 0 is wrong
// already.
TEST(LinearModel, LinfAttacksFindTheCorner) {
  const Case c;
  LinearTarget target(c.weights);
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1};
  for (const char* attack :
       {"fgsm", "pgd", "{name: pgd, random_start: false, steps: 5}", "apgd_ce"}) {
    const Tensor x = Candidates(attack, target, c.batch, threat);
    const Tensor expected = c.batch.images + 0.1 * c.worst.sign();
    EXPECT_TRUE(at::allclose(x[1], expected[1], 0, 1e-6)) << attack << x;
  }
}

// The best L2 perturbation is epsilon * w / |w|.
TEST(LinearModel, L2AttacksFindTheNearestHyperplane) {
  const Case c;
  LinearTarget target(c.weights);
  const Threat threat{.norm = Norm::kL2, .epsilon = 0.2};
  for (const char* attack : {"fgsm", "{name: pgd, step_size: 0.2}", "apgd_ce"}) {
    const Tensor x = Candidates(attack, target, c.batch, threat);
    const Tensor expected =
        c.batch.images + 0.2 * c.worst / PerExample(NormOf(Norm::kL2, c.worst), c.worst);
    EXPECT_TRUE(at::allclose(x[1], expected[1], 0, 2e-3)) << attack << x;
  }
}

// The best L1 perturbation puts everything on the coordinate with the largest weight: for image 1
// the second one (-2 - 0.25 = -2.25).
TEST(LinearModel, L1AttacksSpendAllOnTheLargestCoordinate) {
  const Case c;
  LinearTarget target(c.weights);
  const Threat threat{.norm = Norm::kL1, .epsilon = 0.3};
  Tensor expected = c.batch.images[1].clone();
  expected[0][0][1] = 0.2;
  for (const char* attack : {"fgsm", "{name: pgd, random_start: false}"}) {
    const Tensor x = Candidates(attack, target, c.batch, threat);
    EXPECT_TRUE(at::allclose(x[1], expected, 0, 1e-4)) << attack << x;
  }
}

// A targeted attack lowers the loss of the target class: here the same point, by the other way
// round.
TEST(LinearModel, TargetedAttacksGoTowardsTheTarget) {
  const Case c;
  LinearTarget target(c.weights);
  Batch batch = c.batch;
  batch.labels = at::tensor(std::vector<std::int64_t>{1, 0});
  const Threat threat{.norm = Norm::kLinf, .epsilon = 0.1, .targeted = true};
  for (const char* attack : {"fgsm", "pgd", "apgd_ce"}) {
    const Tensor x = Candidates(attack, target, batch, threat);
    EXPECT_TRUE(at::allclose(x[1], (batch.images + 0.1 * c.worst.sign())[1], 0, 1e-6)) << attack;
  }
}

// The box cuts the ball: no attack may leave [0,1], and the corner of the intersection is found.
TEST(LinearModel, TheBoxCutsTheBall) {
  Case c;
  c.batch.images = at::full({2, 1, 1, 3}, 0.02);
  LinearTarget target(c.weights, at::tensor(std::vector<float>{0, 5}));
  const Tensor x = Candidates("pgd", target, c.batch, {.norm = Norm::kLinf, .epsilon = 0.1});
  const Tensor expected = (c.batch.images + 0.1 * c.worst.sign()).clamp(0, 1);
  EXPECT_TRUE(at::allclose(x[1], expected[1], 0, 1e-6)) << x;
}

}  // namespace
}  // namespace agon::attacks
