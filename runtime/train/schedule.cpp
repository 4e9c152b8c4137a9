// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace agon::train {

Schedule::~Schedule() = default;

namespace {

// What all schedules have: a linear rise from 0 over the first epochs.
class WarmedUp : public Schedule {
 public:
  double Factor(double epoch, double epochs) const final {
    if (epoch < warmup_) return FactorAfter(warmup_, epochs) * epoch / warmup_;
    return FactorAfter(epoch, epochs);
  }

 protected:
  // `epoch` as in Factor, never before the end of the warm-up.
  [[nodiscard]] virtual double FactorAfter(double epoch, double epochs) const = 0;
  // Share of the time after the warm-up, in [0,1].
  [[nodiscard]] double Share(double epoch, double epochs) const {
    if (epoch <= warmup_) return 0.0;
    return epochs > warmup_ ? std::min((epoch - warmup_) / (epochs - warmup_), 1.0) : 1.0;
  }
  template <class T>
  static void DescribeWarmup(Description<T>& d) {
    d.Field(&T::warmup_, "warmup", "the rate rises linearly from 0 over so many epochs first")
        .Min(0)
        .Unit("epochs");
  }
  double warmup_ = 0;
};

class Constant final : public WarmedUp {
 public:
  static void Describe(Description<Constant>& d) { DescribeWarmup(d); }

 private:
  double FactorAfter(double, double) const override { return 1.0; }
};

class Step final : public WarmedUp {
 public:
  static void Describe(Description<Step>& d) {
    d.Field(&Step::milestones_, "milestones",
            "when the rate drops: numbers below 1 are shares of all epochs, others are epochs")
        .Above(0);
    d.Field(&Step::factor_, "factor", "what the rate is multiplied by at each milestone").Above(0);
    DescribeWarmup(d);
  }

 private:
  double FactorAfter(double epoch, double epochs) const override {
    double factor = 1.0;
    for (const double milestone : milestones_) {
      if (epoch >= (milestone < 1 ? milestone * epochs : milestone)) factor *= factor_;
    }
    return factor;
  }

  std::vector<double> milestones_ = {0.5, 0.75};
  double factor_ = 0.1;
};

// Loshchilov & Hutter 2017 (arXiv:1608.03983), equation 5, without restarts.
class Cosine final : public WarmedUp {
 public:
  static void Describe(Description<Cosine>& d) {
    d.Paper("Loshchilov & Hutter 2017, arXiv:1608.03983");
    d.Field(&Cosine::final_, "final", "factor at the end").Min(0).Max(1);
    DescribeWarmup(d);
  }

 private:
  double FactorAfter(double epoch, double epochs) const override {
    const double share = Share(epoch, epochs);
    return final_ + (1 - final_) * 0.5 * (1 + std::cos(std::numbers::pi * share));
  }

  double final_ = 0;
};

// One triangle from 0 over 1 back to `final`, as Wong, Rice & Kolter 2020 (arXiv:2001.03994) train.
class Cyclic final : public WarmedUp {
 public:
  static void Describe(Description<Cyclic>& d) {
    d.Paper("Smith 2017, arXiv:1506.01186; Wong et al. 2020, arXiv:2001.03994");
    d.Field(&Cyclic::peak_, "peak", "share of all epochs at which the full rate is reached")
        .Above(0)
        .Max(1);
    d.Field(&Cyclic::final_, "final", "factor at the end").Min(0).Max(1);
    DescribeWarmup(d);
  }

 private:
  // The triangle rises from 0 by itself, so a warm-up matters only if it ends after the peak.
  double FactorAfter(double epoch, double epochs) const override {
    const double share = std::clamp(epoch / epochs, 0.0, 1.0);
    if (share < peak_) return share / peak_;
    return peak_ < 1 ? 1 - (1 - final_) * (share - peak_) / (1 - peak_) : 1.0;
  }

  double peak_ = 0.4;
  double final_ = 0;
};

}  // namespace

void RegisterSchedules(Registry& registry) {
  registry.Add<Schedule, Constant>("constant", "the full learning rate throughout");
  registry.Add<Schedule, Step>("step", "the learning rate drops at milestones");
  registry.Add<Schedule, Cosine>("cosine", "half a cosine from the full learning rate down");
  registry.Add<Schedule, Cyclic>("cyclic", "one triangle: up to the full learning rate, and down");
}

}  // namespace agon::train
