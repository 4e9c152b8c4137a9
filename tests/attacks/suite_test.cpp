// SPDX-License-Identifier: Apache-2.0
#include "attacks/suite.h"

#include <csignal>

#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "tests/attacks/attack_helpers.h"

namespace agon::attacks {
namespace {

// Attacks that lie, each in its own way: the suite must catch them all.
class Liar : public Attack {
 public:
  static void Describe(Description<Liar>& d) {
    d.Norms({Norm::kLinf}).Needs(Access::kDecision);
    d.Field(&Liar::lie_, "lie", "which one").Choices({"far", "outside", "nan", "nothing"});
  }
  Tensor Run(Target&, const Batch& batch, const Threat&, Context&) const override {
    if (lie_ == "far") return 1 - batch.images;
    if (lie_ == "outside") return batch.images + 5;
    if (lie_ == "nan") return batch.images * std::numeric_limits<float>::quiet_NaN();
    return batch.images;
  }

 private:
  std::string lie_ = "far";
};

void RegisterLiar() {
  RegisterEverything();
  static const bool once = [] {
    GlobalRegistry().Add<Attack, Liar>("liar", "claims what is not so");
    return true;
  }();
  (void)once;
}

struct Case {
  explicit Case(std::int64_t n = 40) {
    at::manual_seed(11);
    dataset.name = "random";
    dataset.images = at::rand({n, 1, 4, 4});
    dataset.classes = 3;
    const Tensor weights = at::randn({3, 16});
    target = std::make_unique<LinearTarget>(weights);
    dataset.labels = target->Logits(dataset.images).argmax(1);
    dataset.labels[3] = (dataset.labels[3] + 1).remainder(3);  // one is wrong when clean
  }
  SuiteResult Run(const std::string& suite, SuiteOptions options = {},
                  const SuiteResult* resume = nullptr) {
    options.batch_size = 7;
    return RunSuite(*target, dataset, threat, MakeSuite(suite), options, at::kCPU, resume);
  }
  data::Dataset dataset;
  std::unique_ptr<LinearTarget> target;
  Threat threat{.norm = Norm::kLinf, .epsilon = 0.1};
};

TEST(Suite, DoesNotTakeAnAttacksWord) {
  RegisterLiar();
  Case c;
  for (const char* lie : {"far", "outside", "nan"}) {
    const SuiteResult result = c.Run(std::string("[{name: liar, lie: ") + lie + "}]");
    EXPECT_EQ(result.attacks[0].broken, 0) << lie;
    EXPECT_EQ(result.attacks[0].rejected, 39) << lie;
    EXPECT_DOUBLE_EQ(result.robust_accuracy, result.clean_accuracy) << lie;
    EXPECT_TRUE(result.adversarial.equal(c.dataset.images)) << lie;
  }
}

TEST(Suite, CountsWhatIsWrongWhenCleanAsNotRobust) {
  RegisterLiar();
  Case c;
  const SuiteResult result = c.Run("[{name: liar, lie: nothing}]");
  EXPECT_DOUBLE_EQ(result.clean_accuracy, 39.0 / 40);
  EXPECT_DOUBLE_EQ(result.robust_accuracy, 39.0 / 40);
  EXPECT_EQ(result.broken_by[3].item<std::int64_t>(), -2);
}

TEST(Suite, EachAttackGetsOnlyWhatStillStands) {
  Case c;
  const SuiteResult result = c.Run("[fgsm, {name: pgd, steps: 4, random_start: false}]");
  EXPECT_EQ(result.attacks[0].forwards, 39);
  EXPECT_EQ(result.attacks[1].forwards, 4 * (39 - result.attacks[0].broken));
  EXPECT_GT(result.attacks[0].broken, 0);
  const auto standing = result.broken_by.eq(-1).sum().item<std::int64_t>();
  EXPECT_DOUBLE_EQ(result.robust_accuracy, static_cast<double>(standing) / 40);
  EXPECT_EQ(result.queries.sum().item<std::int64_t>(),
            result.attacks[0].queries + result.attacks[1].queries);
}

TEST(Suite, WhatItKeepsIsReallyMisclassified) {
  Case c;
  const SuiteResult result = c.Run("[fgsm, pgd, apgd_ce]");
  const Tensor fallen = result.broken_by.ge(0);
  c.target->Begin(40, at::kCPU);
  const Tensor again = c.target->Logits(result.adversarial).argmax(1);
  EXPECT_TRUE(again.ne(result.label).masked_select(fallen).all().item<bool>());
  EXPECT_TRUE(again.equal(result.prediction));
  EXPECT_TRUE(c.threat.Around(c.dataset.images).Contains(result.adversarial).all().item<bool>());
}

TEST(Suite, LargerBallsBreakMore) {
  Case c;
  double last = 1;
  for (const double epsilon : {0.0, 0.02, 0.1, 0.3, 1.0}) {
    c.threat.epsilon = epsilon;
    const double now = c.Run("[{name: pgd, steps: 10}]").robust_accuracy;
    EXPECT_LE(now, last) << epsilon;
    last = now;
  }
  EXPECT_EQ(last, 0) << "an unbounded attack must break everything";
}

// Stopped after any batch and resumed from its saved state, a suite ends as if nothing had
// happened.
TEST(Suite, ResumesAnywhereWithTheSameResult) {
  Case c;
  const std::string suite = "[fgsm, {name: pgd, steps: 3, restarts: 3}, apgd_ce]";
  const SuiteResult straight = c.Run(suite);
  for (int stop_after = 1; stop_after < 12; ++stop_after) {
    int batches = 0;
    SuiteOptions options;
    options.after_batch = [&](const SuiteResult&) { return ++batches < stop_after; };
    const SuiteResult part = c.Run(suite, options);
    const SuiteResult restored = Restore(StateOf(part), TensorsOf(part));
    const SuiteResult resumed = c.Run(suite, {}, &restored);
    EXPECT_TRUE(resumed.adversarial.equal(straight.adversarial)) << stop_after;
    EXPECT_TRUE(resumed.broken_by.equal(straight.broken_by)) << stop_after;
    EXPECT_TRUE(resumed.queries.equal(straight.queries)) << stop_after;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(resumed.attacks[i].forwards, straight.attacks[i].forwards) << stop_after;
      EXPECT_EQ(resumed.attacks[i].broken, straight.attacks[i].broken) << stop_after;
    }
  }
}

// A batch of many steps takes minutes: whoever asks to stop need not wait for its end.
TEST(Suite, StopsWithinABatchAndLeavesNoTraceOfIt) {
  Case c;
  const SuiteResult straight = c.Run("[{name: pgd, steps: 3}]");
  int calls = 0;
  SuiteOptions options;
  options.after_batch = [&](const SuiteResult&) {
    if (++calls == 2) RequestStop(SIGINT);  // seen by the first step of the third batch
    return calls < 3;
  };
  const SuiteResult part = c.Run("[{name: pgd, steps: 3}]", options);
  ClearStop();
  EXPECT_EQ(calls, 3);
  EXPECT_LE(part.next_example, 15);  // two batches of 7, one of which skips example 3
  EXPECT_LE(part.attacks[0].forwards, 2 * 7 * 4);
  const SuiteResult resumed = c.Run("[{name: pgd, steps: 3}]", {}, &part);
  EXPECT_TRUE(resumed.adversarial.equal(straight.adversarial));
  EXPECT_TRUE(resumed.queries.equal(straight.queries));
  EXPECT_EQ(resumed.attacks[0].forwards, straight.attacks[0].forwards);
}

TEST(Suite, TargetedMeansTheTargetIsReached) {
  Case c;
  c.threat = {.norm = Norm::kLinf, .epsilon = 0.3, .targeted = true};
  for (const char* word : {"next", "random", "least_likely", "2"}) {
    SuiteOptions options;
    options.target = word;
    const SuiteResult result = c.Run("[{name: pgd, steps: 20}]", options);
    const Tensor fallen = result.broken_by.ge(0);
    EXPECT_GT(fallen.sum().item<std::int64_t>(), 0) << word;
    EXPECT_TRUE(result.prediction.eq(result.goal_label).masked_select(fallen).all().item<bool>());
    EXPECT_TRUE(result.goal_label.ne(result.label).all().item<bool>()) << word;
  }
}

TEST(Suite, RestartsOnlyEverAddToWhatFalls) {
  Case c;
  c.threat.epsilon = 0.05;
  const SuiteResult once = c.Run("[{name: pgd, steps: 1}]");
  const SuiteResult often = c.Run("[{name: pgd, steps: 1, restarts: 8}]");
  EXPECT_GE(often.attacks[0].broken, once.attacks[0].broken);
  EXPECT_TRUE((once.broken_by.eq(0).logical_not() | often.broken_by.eq(0)).all().item<bool>())
      << "restart 0 draws the same numbers as a single run";
}

TEST(Suite, RefusesAnAttackThatCannotWorkInTheNorm) {
  Case c;
  c.threat.norm = Norm::kL1;
  try {
    (void)c.Run("[pgd, apgd_ce]");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "suite[1]: apgd_ce does not work in l1; it works in linf, l2");
  }
}

TEST(SuiteConfig, ReadsNamesListsAndSingleAttacks) {
  EXPECT_EQ(MakeSuite("quick").entries.size(), 3U);
  EXPECT_EQ(MakeSuite("pgd").entries.size(), 1U);
  const SuiteSettings suite = MakeSuite("[fgsm, {name: pgd, steps: 7, restarts: 2}]");
  EXPECT_EQ(suite.entries[1].restarts, 2);
  EXPECT_EQ(suite.ToConfig().items()[1].Find("steps")->text(), "7");
}

TEST(SuiteConfig, SuggestsTheAttackThatWasMeant) {
  try {
    (void)MakeSuite("[pdg]");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean \"pgd\"?"), std::string::npos)
        << error.what();
  }
}

// A model whose gradient is zero everywhere and one that answers at random are both found out.
class MaskedTarget final : public Target {
 public:
  explicit MaskedTarget(bool random) : random_(random) {
    traits_ = {.name = "masked", .access = Access::kGradient, .input = {1, 4, 4}, .classes = 3};
  }
  [[nodiscard]] const TargetTraits& traits() const override { return traits_; }

 protected:
  Tensor DoLogits(const Tensor& images) override {
    Tensor logits = at::zeros({images.size(0), 3});
    logits.select(1, 0).fill_(1);
    if (random_) logits += 0.3 * at::rand_like(logits);
    return logits;
  }
  LossGradient DoGradient(const Tensor& images, const Goal& goal) override {
    const Tensor logits = DoLogits(images);
    return {AttackerLoss(logits, goal), at::zeros_like(images), logits};
  }

 private:
  bool random_;
  TargetTraits traits_;
};

TEST(SuiteFlags, SayWhenGradientsAreZeroAndWhenAnswersChange) {
  Case c;
  c.dataset.labels.zero_();
  for (const bool random : {false, true}) {
    MaskedTarget target(random);
    const SuiteResult result =
        RunSuite(target, c.dataset, c.threat, MakeSuite("[pgd]"), {}, at::kCPU);
    std::string all;
    for (const std::string& flag : result.flags) all += flag;
    EXPECT_NE(all.find("exactly zero"), std::string::npos);
    EXPECT_EQ(all.find("change from call to call") != std::string::npos, random);
  }
}

}  // namespace
}  // namespace agon::attacks
