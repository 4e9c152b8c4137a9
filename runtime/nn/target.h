// SPDX-License-Identifier: Apache-2.0
// The model under attack as an attack may see it: class scores for images in the dataset's own box,
// the loss per example and the direction that makes it worse. Counts what it is asked, per example,
// and holds attacks to a query budget.
//
// Who needs this file: attacks, defences that wrap a model, the suite. A defence that acts at
// inference is a Target around a Target.
//
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "runtime/nn/network.h"
#include "runtime/tensor/types.h"

namespace agon {

enum class Access { kDecision, kScore, kGradient };  // each includes those before it
enum class Loss {
  kCrossEntropy,
  kMargin,  // max_{i != y} z_i - z_y, positive once misclassified
};

// What the attacker wants, for a batch. `labels` [N] int64: the true class (to be left), or with
// `targeted` the class to be reached.
struct Goal {
  Tensor labels;
  bool targeted = false;
  Loss loss = Loss::kCrossEntropy;
};

struct LossGradient {
  Tensor loss;      // [N], larger is better for the attacker
  Tensor gradient;  // [N,C,H,W], direction in which loss grows
  Tensor logits;    // [N,K]
};

struct TargetTraits {
  std::string name;
  Access access = Access::kGradient;
  bool random = false;  // two calls may differ
  Shape input;          // [C,H,W]
  std::int64_t classes = 0;
  double low = 0, high = 1;  // the box of valid inputs
};

// Per-loss formulas, shared by all targets: [N] for logits [N,K], larger is better for the
// attacker.
[[nodiscard]] Tensor AttackerLoss(const Tensor& logits, const Goal& goal);

struct CallCounts {
  std::int64_t forwards = 0;   // examples passed forward
  std::int64_t backwards = 0;  // examples passed backward
};

class Target {
 public:
  virtual ~Target();
  [[nodiscard]] virtual const TargetTraits& traits() const = 0;

  // [N,C,H,W] -> [N,K], without a graph. One forward, one query per example.
  [[nodiscard]] Tensor Logits(const Tensor& images);
  // One forward, one backward, one query per example. Error(kModel) when access is below kGradient.
  [[nodiscard]] LossGradient Gradient(const Tensor& images, const Goal& goal);

  // ---- accounting ----
  // Starts counting for a batch of n examples. Calls until the next Begin are about these examples,
  // in this order, or about those left by Keep.
  void Begin(std::int64_t n, at::Device device);
  // From now on calls pass only these of the present rows (int64 [M]).
  void Keep(const Tensor& rows);
  [[nodiscard]] Tensor QueriesPerExample();                           // [n] int64, since Begin
  [[nodiscard]] const CallCounts& counts() const { return counts_; }  // since construction
  void SetQueryBudget(std::int64_t per_example) { budget_ = per_example; }
  // True while each present example may still be queried `more` times. An attack must ask before it
  // iterates; a call beyond the budget is Error(kInternal).
  [[nodiscard]] bool Affords(std::int64_t more = 1) const { return spent_ + more <= budget_; }

 protected:
  [[nodiscard]] virtual Tensor DoLogits(const Tensor& images) = 0;
  [[nodiscard]] virtual LossGradient DoGradient(const Tensor& images, const Goal& goal) = 0;

 private:
  void Count(const Tensor& images, bool backward);
  void Flush();
  CallCounts counts_;
  std::int64_t budget_ = std::numeric_limits<std::int64_t>::max();
  std::int64_t spent_ = 0;      // queries of each present row since Begin
  std::int64_t unflushed_ = 0;  // of those, not yet in queries_
  Tensor queries_;              // [n] int64
  Tensor rows_;                 // present rows; undefined: all
};

// A target around a network on its device, parameters frozen, evaluation mode. Bounds are [0,1].
class NetworkTarget final : public Target {
 public:
  explicit NetworkTarget(nn::Network& network);
  [[nodiscard]] const TargetTraits& traits() const override { return traits_; }

 protected:
  [[nodiscard]] Tensor DoLogits(const Tensor& images) override;
  [[nodiscard]] LossGradient DoGradient(const Tensor& images, const Goal& goal) override;

 private:
  nn::Network& network_;
  TargetTraits traits_;
};

}  // namespace agon
