// SPDX-License-Identifier: Apache-2.0
// Our attacks beside the reference implementations, image by image, on two public networks. How
// close is close is said, with its reasons, in ../shared/data/golden_attacks/README.md.
#include <nlohmann/json.hpp>

#include "runtime/base/files.h"
#include "tests/attacks/attack_helpers.h"

namespace agon::attacks {
namespace {

struct Golden {
  nlohmann::json json;
  [[nodiscard]] std::string Robust() const { return json.at("robust"); }
  [[nodiscard]] std::string Clean() const { return json.at("clean_correct"); }
};

Golden Read(const std::string& name) {
  return {nlohmann::json::parse(ReadFileText(TestData() / "golden_attacks" / (name + ".json")))};
}

std::string Bits(const Tensor& mask) {
  std::string bits;
  for (std::int64_t i = 0; i < mask.size(0); ++i) bits += mask[i].item<bool>() ? '1' : '0';
  return bits;
}

int Differences(const std::string& a, const std::string& b) {
  EXPECT_EQ(a.size(), b.size());
  int count = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

SuiteResult Attack(const std::string& network, std::int64_t count, const std::string& attack,
                   Norm norm, double epsilon, bool draws_per_batch = false) {
  const bool fashion = network == "kw_fashion";
  const std::string data = TestData().string();
  const data::Dataset dataset = LoadDataset(
      fashion ? "{name: fashion_mnist, count: " + std::to_string(count) + "}"
              : "{name: mnist, folder: " + data + "/mnist, count: " + std::to_string(count) + "}");
  const auto model = LoadNetwork(
      fashion ? "{name: net_a, weights: " + data + "/models/kw_fashion_mnist_linf0.1.npz}"
              : "{name: smallcnn, weights: " + data + "/models/trades_mnist_smallcnn.npz}",
      dataset);
  NetworkTarget target(*model);
  return RunSuite(target, dataset, {.norm = norm, .epsilon = epsilon},
                  MakeSuite("[" + attack + "]"), {.draws_per_batch = draws_per_batch}, at::kCPU);
}

TEST(Golden, CleanPredictionsAreTheReferences) {
  AGON_NEEDS_DATA();
  for (const char* network : {"kw_fashion", "trades_mnist"}) {
    const SuiteResult result = Attack(network, 1000, "fgsm", Norm::kLinf, 0);
    EXPECT_EQ(Bits(result.clean_prediction.eq(result.label)),
              Read(std::string(network) + "__fgsm__linf__n1000").Clean())
        << network;
  }
}

TEST(Golden, FgsmAgreesImageByImage) {
  AGON_NEEDS_DATA();
  for (const auto& [network, epsilon] : {std::pair{"kw_fashion", 0.1}, {"trades_mnist", 0.3}}) {
    const SuiteResult result = Attack(network, 1000, "fgsm", Norm::kLinf, epsilon);
    EXPECT_LE(Differences(Bits(result.broken_by.eq(-1)),
                          Read(std::string(network) + "__fgsm__linf__n1000").Robust()),
              1)
        << network;
  }
}

TEST(Golden, PgdAgreesImageByImage) {
  AGON_NEEDS_DATA();
  const SuiteResult result =
      Attack("kw_fashion", 1000, "{name: pgd, steps: 40, step_size: 0.01, random_start: false}",
             Norm::kLinf, 0.1);
  EXPECT_LE(Differences(Bits(result.broken_by.eq(-1)),
                        Read("kw_fashion__pgd40_norandom__linf__n1000").Robust()),
            1);
}

// The exact robust accuracy of this network is 67.6 % (proven): nobody may report less.
TEST(Golden, ApgdAgreesAndStaysAboveTheProvenBound) {
  AGON_NEEDS_DATA();
  const SuiteResult result = Attack("kw_fashion", 1000, "apgd_ce", Norm::kLinf, 0.1);
  const Golden golden = Read("kw_fashion__aa_apgd_ce__linf__n1000");
  EXPECT_LE(Differences(Bits(result.broken_by.eq(-1)), golden.Robust()), 6);
  const auto standing = result.broken_by.eq(-1).sum().item<std::int64_t>();
  EXPECT_GE(standing, 676);
  EXPECT_LE(standing, 690);
}

// With the reference's way of drawing random numbers its seed gives its start points.
TEST(Golden, ApgdWithTheReferencesDrawsAgrees) {
  AGON_NEEDS_DATA();
  const SuiteResult result = Attack("kw_fashion", 200, "apgd_ce", Norm::kLinf, 0.1, true);
  EXPECT_LE(Differences(Bits(result.broken_by.eq(-1)),
                        Read("kw_fashion__aa_apgd_ce__linf__n200").Robust()),
            1);
}

TEST(Golden, ApgdAgreesInL2) {
  AGON_NEEDS_DATA();
  for (const char* epsilon : {"0.5", "1.5"}) {
    const SuiteResult result =
        Attack("kw_fashion", 200, "apgd_ce", Norm::kL2, std::stod(epsilon), true);
    EXPECT_LE(
        Differences(
            Bits(result.broken_by.eq(-1)),
            Read(std::string("kw_fashion__aa_apgd_ce__l2_eps") + epsilon + "__n200").Robust()),
        3)
        << epsilon;
  }
}

// Keeps what an attack saw, to be compared step by step.
class Tape final : public Probe {
 public:
  void Step(std::int64_t, const Tensor& x, const Tensor& loss) override {
    points.push_back(x.clone());
    losses.push_back(loss.clone());
  }
  std::vector<Tensor> points, losses;
};

// From the image itself nothing is random: the first steps agree to rounding, and after 100 of
// them, with all their checkpoints, the best loss does too.
TEST(Golden, ApgdFollowsTheReferencesTrajectory) {
  AGON_NEEDS_DATA();
  const Golden golden = Read("kw_fashion__apgd_trajectories");
  const data::Dataset dataset = LoadDataset("{name: fashion_mnist, count: 8}");
  const auto model = LoadNetwork(
      "{name: net_a, weights: " + TestData().string() + "/models/kw_fashion_mnist_linf0.1.npz}",
      dataset);
  for (const nlohmann::json& run : golden.json.at("runs")) {
    const std::string name = run.at("name");
    if (name != "ce_linf" && name != "ce_l2") continue;
    NetworkTarget target(*model);
    const Batch batch = data::Slice(dataset, 0, 8);
    const Threat threat{.norm = name == "ce_linf" ? Norm::kLinf : Norm::kL2,
                        .epsilon = run.at("epsilon").get<double>()};
    Tape tape;
    Context context{RandomSource(0).For(batch.indices), tape};
    target.Begin(8, at::kCPU);
    const Tensor x =
        MakeAttack("{name: apgd_ce, random_start: false}")->Run(target, batch, threat, context);
    target.Begin(8, at::kCPU);
    const Tensor wrong = target.Logits(x).argmax(1).ne(batch.labels);
    EXPECT_EQ(Bits(wrong.logical_not()), run.at("robust").get<std::string>()) << name;
    // Images that fall at the first step leave the batch; the others keep their order.
    const auto right_after_one = run.at("correct").at(0).get<std::string>();
    for (std::size_t step = 0; step < 3; ++step) {
      const auto expected = run.at("loss").at(step).get<std::vector<double>>();
      std::int64_t row = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        if (step > 0 && right_after_one[i] == '0') continue;
        EXPECT_NEAR(tape.losses[step][row++].item<double>(), expected[i], 1e-3 * expected[i])
            << name << " step " << step << " image " << i;
      }
      EXPECT_EQ(row, tape.losses[step].size(0)) << name << " step " << step;
    }
    const Tensor best = AttackerLoss(target.Logits(x), threat.GoalFor(batch.labels));
    const auto expected = run.at("final_best_loss").get<std::vector<double>>();
    const auto robust = run.at("robust").get<std::string>();
    for (std::size_t i = 0; i < 8; ++i) {
      if (robust[i] == '0') continue;
      EXPECT_NEAR(best[static_cast<std::int64_t>(i)].item<double>(), expected[i],
                  0.02 * expected[i])
          << name << " image " << i;
    }
  }
}

}  // namespace
}  // namespace agon::attacks
