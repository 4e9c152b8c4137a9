// SPDX-License-Identifier: Apache-2.0
// What every attack must do, checked for every registered one: whoever adds an attack is tested
// without writing a test.
#include "tests/attacks/attack_helpers.h"

namespace agon::attacks {
namespace {

struct Setting {
  std::string attack;
  Norm norm;
  bool targeted;
};

std::vector<Setting> AllSettings() {
  RegisterEverything();
  std::vector<Setting> settings;
  for (const std::string& name : GlobalRegistry().Names(Attack::kKind)) {
    const auto& can = GlobalRegistry().CapabilitiesOf<Attack>(name);
    for (const Norm norm : can.norms) {
      settings.push_back({name, norm, false});
      if (can.targeted) settings.push_back({name, norm, true});
    }
  }
  return settings;
}

double EpsilonFor(Norm norm) {
  return norm == Norm::kLinf ? 0.1 : norm == Norm::kL2 ? 0.8 : norm == Norm::kL1 ? 4.0 : 5.0;
}

void PrintTo(const Setting& setting, std::ostream* stream) {
  *stream << setting.attack << " in " << NameOf(setting.norm)
          << (setting.targeted ? ", targeted" : "");
}

class EveryAttack : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    at::manual_seed(7);
    batch_.images = at::rand({12, 1, 6, 6});
    batch_.labels = at::arange(12, at::kLong).remainder(4);
    batch_.indices = at::arange(100, 112, at::kLong);
    threat_.norm = GetParam().norm;
    threat_.epsilon = EpsilonFor(GetParam().norm);
    threat_.targeted = GetParam().targeted;
  }
  Tensor Run(const Batch& batch, std::uint64_t seed = 0) {
    return Candidates(GetParam().attack, target_, batch, threat_, seed);
  }

  LinearTarget target_{at::randn({4, 36}, at::detail::createCPUGenerator(5))};
  Batch batch_;
  Threat threat_;
};

TEST_P(EveryAttack, StaysInsideBallAndBox) {
  const Tensor x = Run(batch_);
  EXPECT_EQ(x.sizes(), batch_.images.sizes());
  EXPECT_TRUE(threat_.Around(batch_.images).Contains(x).all().item<bool>());
}

TEST_P(EveryAttack, LeavesItsInputAlone) {
  const Tensor before = batch_.images.clone();
  (void)Run(batch_);
  EXPECT_TRUE(batch_.images.equal(before));
}

TEST_P(EveryAttack, MakesTheLossWorse) {
  const Goal goal = threat_.GoalFor(batch_.labels);
  const double before = AttackerLoss(target_.Logits(batch_.images), goal).mean().item<double>();
  const Tensor x = Run(batch_);
  target_.Begin(batch_.size(), at::kCPU);
  EXPECT_GT(AttackerLoss(target_.Logits(x), goal).mean().item<double>(), before);
}

TEST_P(EveryAttack, GivesTheSameBitsForTheSameSeed) {
  EXPECT_TRUE(Run(batch_, 3).equal(Run(batch_, 3)));
}

// Randomness belongs to the example: neither order nor company changes what becomes of it.
TEST_P(EveryAttack, TreatsEachExampleOnItsOwn) {
  const Tensor all = Run(batch_);
  const Tensor rows = at::tensor(std::vector<std::int64_t>{7, 2, 11});
  EXPECT_TRUE(at::allclose(Run(batch_.Select(rows)), all.index_select(0, rows), 0, 1e-4));
}

TEST_P(EveryAttack, KeepsToItsQueryBudget) {
  for (const std::int64_t budget : {1, 3}) {
    LinearTarget target(at::randn({4, 36}));
    target.SetQueryBudget(budget);
    const Tensor x = Candidates(GetParam().attack, target, batch_, threat_);
    EXPECT_LE(target.QueriesPerExample().max().item<std::int64_t>(), budget);
    EXPECT_TRUE(threat_.Around(batch_.images).Contains(x).all().item<bool>());
  }
}

TEST_P(EveryAttack, StaysPutWithoutABudgetToMove) {
  threat_.epsilon = 0;
  EXPECT_TRUE(at::allclose(Run(batch_), batch_.images, 0, 1e-6));
}

TEST_P(EveryAttack, WorksOnColourAndOnOneExample) {
  LinearTarget target(at::randn({3, 3 * 5 * 4}));
  const Batch one{.images = at::rand({1, 3, 5, 4}),
                  .labels = at::zeros({1}, at::kLong),
                  .indices = at::zeros({1}, at::kLong)};
  const Tensor x = Candidates(GetParam().attack, target, one, threat_);
  EXPECT_TRUE(threat_.Around(one.images).Contains(x).all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryAttack, testing::ValuesIn(AllSettings()),
                         [](const testing::TestParamInfo<Setting>& info) {
                           return info.param.attack + "_" + std::string(NameOf(info.param.norm)) +
                                  (info.param.targeted ? "_targeted" : "");
                         });

}  // namespace
}  // namespace agon::attacks
