// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/learn/diagnosis.h"

#include <fmt/format.h>

#include <cmath>

namespace agon::cyclegan {
namespace {

// A copy changes less than 2.5 of 255 levels on average; a horse that becomes a zebra, which is a
// tenth of the picture, changes that times several.
constexpr double kCopyChange = 0.01;
// Of the discriminator's answers, which lie about 1 apart when it knows all.
constexpr double kKnows = 0.5;
constexpr double kInverted = -0.25;
constexpr double kAlike = 0.02;

constexpr std::array<const char*, 2> kGenerators{"a2b", "b2a"};
constexpr std::array<const char*, 2> kDomains{"b", "a"};  // which they make

}  // namespace

nlohmann::json Collapse::ToJson() const {
  return {{"kind", kind}, {"message", message}, {"step", step}};
}

Collapse Collapse::FromJson(const nlohmann::json& json) {
  Collapse collapse;
  json.at("kind").get_to(collapse.kind);
  json.at("message").get_to(collapse.message);
  json.at("step").get_to(collapse.step);
  return collapse;
}

std::optional<Collapse> CollapseWatch::Look(const StepFigures& window, std::int64_t step,
                                            double share) {
  if (share < kStart) return std::nullopt;
  std::optional<Collapse> found;
  const auto judge = [&](std::size_t kind, std::size_t i, bool holds, const auto& describe) {
    int& row = in_a_row_[kind][i];
    row = holds ? row + 1 : 0;
    if (row < kWindows || told_[kind][i]) return;
    told_[kind][i] = true;
    if (!found) found = describe();
  };
  for (std::size_t i = 0; i < 2; ++i) {
    judge(0, i, window.change[i] < kCopyChange && window.gap[i] > kKnows, [&] {
      return Collapse{
          "copy",
          fmt::format("collapsed at iteration {}: {} only copies its input (it changes {:.2f} % of "
                      "full scale), and the discriminator of {} knows; lower loss.identity and "
                      "loss.cycle, or start anew with another seed",
                      step, kGenerators[i], 100 * window.change[i], kDomains[i]),
          step};
    });
    judge(1, i, window.correlation[i] < kInverted, [&] {
      return Collapse{
          "inversion",
          fmt::format("collapsed at iteration {}: {} inverts colours (correlation {:.2f} with its "
                      "input); raise loss.identity (the reference's is 5), or start anew with "
                      "another seed",
                      step, kGenerators[i], window.correlation[i]),
          step};
    });
    judge(2, i, window.spread[i] < kAlike && std::abs(window.gap[i]) < kAlike, [&] {
      return Collapse{
          "dead",
          fmt::format("collapsed at iteration {}: the discriminator of {} is dead, it answers "
                      "everything alike (spread {:.4f}); set loss.gan: lsgan and an "
                      "optimizer.learning_rate near 2e-4, or start anew with another seed",
                      step, kDomains[i], window.spread[i]),
          step};
    });
  }
  return found;
}

nlohmann::json CollapseWatch::ToJson() const { return {{"in_a_row", in_a_row_}, {"told", told_}}; }

CollapseWatch CollapseWatch::FromJson(const nlohmann::json& json) {
  CollapseWatch watch;
  json.at("in_a_row").get_to(watch.in_a_row_);
  json.at("told").get_to(watch.told_);
  return watch;
}

}  // namespace agon::cyclegan
