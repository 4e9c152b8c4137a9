// SPDX-License-Identifier: Apache-2.0
#include "runtime/train/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/data/from_yaml.h"

namespace agon::train {
namespace {

using ::testing::HasSubstr;

Component<Optimizer> Make(const std::string& yaml) {
  Registry registry;
  RegisterOptimizers(registry);
  return FromYaml<Optimizer>(registry, yaml);
}

// Two parameters of different shapes; the gradients are some numbers that change with the step.
std::vector<Tensor> Parameters() {
  return {at::linspace(-1, 1, 6).view({2, 3}).requires_grad_(true),
          at::linspace(0.5, 2, 40).requires_grad_(true)};
}

void SetGradients(const std::vector<Tensor>& parameters, int step) {
  for (const Tensor& parameter : parameters) {
    const Tensor place = at::arange(parameter.numel(), at::kFloat).view(parameter.sizes());
    parameter.mutable_grad() = (place * 0.7 + step).sin();
  }
}

// The rule for one number, written down without tensors. Called with steps 1, 2, ...
using ScalarRule = std::function<double(double weight, double gradient, int step)>;

void ExpectFollowsRule(const std::string& yaml, const std::function<ScalarRule()>& make_rule) {
  const Component<Optimizer> optimizer = Make(yaml);
  const std::vector<Tensor> parameters = Parameters();
  std::vector<std::vector<ScalarRule>> rules;
  std::vector<std::vector<double>> expected;
  for (const Tensor& parameter : parameters) {
    rules.emplace_back();
    expected.emplace_back();
    const Tensor flat = parameter.detach().flatten();
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      rules.back().push_back(make_rule());
      expected.back().push_back(flat[i].item<double>());
    }
  }
  const auto state = optimizer->Start(parameters);
  for (int step = 1; step <= 6; ++step) {
    SetGradients(parameters, step);
    state->Step(optimizer->learning_rate());
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      const Tensor gradient = parameters[p].grad().flatten();
      const Tensor weight = parameters[p].detach().flatten();
      for (std::size_t i = 0; i < expected[p].size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        expected[p][i] = rules[p][i](expected[p][i], gradient[place].item<double>(), step);
        ASSERT_NEAR(weight[place].item<double>(), expected[p][i], 2e-6)
            << p << " " << i << " " << step;
      }
    }
  }
}

TEST(Optimizer, SgdWithoutMomentum) {
  ExpectFollowsRule("{name: sgd, learning_rate: 0.1, momentum: 0, weight_decay: 0.01}", [] {
    return [](double w, double g, int) { return w - 0.1 * (g + 0.01 * w); };
  });
}

// torch.optim.SGD: the velocity starts as the first gradient, not as (1 - momentum) of it.
TEST(Optimizer, SgdWithMomentum) {
  ExpectFollowsRule("{name: sgd, learning_rate: 0.1, momentum: 0.8, nesterov: false}", [] {
    return [v = 0.0](double w, double g, int step) mutable {
      v = step == 1 ? g : 0.8 * v + g;
      return w - 0.1 * v;
    };
  });
}

TEST(Optimizer, SgdWithNesterovAndDecay) {
  ExpectFollowsRule("{name: sgd, learning_rate: 0.05, momentum: 0.9, weight_decay: 0.02}", [] {
    return [v = 0.0](double w, double g, int step) mutable {
      g += 0.02 * w;
      v = step == 1 ? g : 0.9 * v + g;
      return w - 0.05 * (g + 0.9 * v);
    };
  });
}

// Kingma & Ba 2015, algorithm 1; `decoupled` as Loshchilov & Hutter 2019, algorithm 2.
ScalarRule AdamRule(double decay, bool decoupled) {
  return [=, m = 0.0, v = 0.0](double w, double g, int step) mutable {
    constexpr double kRate = 0.01;
    if (decoupled) {
      w -= kRate * decay * w;
    } else {
      g += decay * w;
    }
    m = 0.8 * m + 0.2 * g;
    v = 0.95 * v + 0.05 * g * g;
    const double mean = m / (1 - std::pow(0.8, step));
    const double square = v / (1 - std::pow(0.95, step));
    return w - kRate * mean / (std::sqrt(square) + 1e-6);
  };
}

TEST(Optimizer, Adam) {
  ExpectFollowsRule(
      "{name: adam, learning_rate: 0.01, beta1: 0.8, beta2: 0.95, eps: 1e-6, weight_decay: 0.1}",
      [] { return AdamRule(0.1, false); });
}

TEST(Optimizer, AdamW) {
  ExpectFollowsRule(
      "{name: adamw, learning_rate: 0.01, beta1: 0.8, beta2: 0.95, eps: 1e-6, weight_decay: 0.1}",
      [] { return AdamRule(0.1, true); });
}

class OptimizerByName : public ::testing::TestWithParam<const char*> {};

NamedTensors Copy(const NamedTensors& state) {
  NamedTensors copy;
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.clone());
  return copy;
}

// Going on from a saved state gives the same bits as never having stopped.
TEST_P(OptimizerByName, StateRoundTripIsExact) {
  const Component<Optimizer> optimizer = Make(GetParam());
  const std::vector<Tensor> parameters = Parameters();
  const auto state = optimizer->Start(parameters);
  const auto run = [](OptimizerState& target, const std::vector<Tensor>& tensors, int from,
                      int to) {
    for (int step = from; step < to; ++step) {
      SetGradients(tensors, step);
      target.Step(0.05 / step);
    }
  };
  run(*state, parameters, 1, 4);
  const NamedTensors saved = Copy(state->State());
  std::vector<Tensor> others;
  for (const Tensor& parameter : parameters) {
    others.push_back(parameter.detach().clone().requires_grad_(true));
  }
  const auto resumed = optimizer->Start(others);
  resumed->LoadState(saved);
  run(*state, parameters, 4, 8);
  run(*resumed, others, 4, 8);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    EXPECT_TRUE(parameters[i].equal(others[i])) << i;
  }
}

// Saved before the first step, it resumes as new.
TEST_P(OptimizerByName, AFreshStateRoundTrips) {
  const Component<Optimizer> optimizer = Make(GetParam());
  const std::vector<Tensor> a = Parameters();
  const std::vector<Tensor> b = Parameters();
  const auto first = optimizer->Start(a);
  const auto second = optimizer->Start(b);
  second->LoadState(first->State());
  SetGradients(a, 1);
  SetGradients(b, 1);
  first->Step(0.1);
  second->Step(0.1);
  EXPECT_TRUE(a[1].equal(b[1]));
}

TEST_P(OptimizerByName, GradientsStayAndMissingOnesAreSkipped) {
  const std::vector<Tensor> parameters = Parameters();
  const Tensor before = parameters[0].detach().clone();
  SetGradients({parameters[1]}, 1);
  const Tensor gradient = parameters[1].grad().clone();
  Make(GetParam())->Start(parameters)->Step(0.1);
  EXPECT_TRUE(parameters[0].equal(before));
  EXPECT_TRUE(parameters[1].grad().equal(gradient));
}

// A gradient in another memory order than its parameter is the same gradient.
TEST_P(OptimizerByName, MemoryOrderDoesNotMatter) {
  const Tensor a = at::linspace(-1, 1, 6).view({2, 3}).requires_grad_(true);
  const Tensor b = a.detach().clone().requires_grad_(true);
  a.mutable_grad() = at::linspace(0, 1, 6).view({2, 3});
  b.mutable_grad() = a.grad().t().contiguous().t();
  Make(GetParam())->Start({a})->Step(0.1);
  Make(GetParam())->Start({b})->Step(0.1);
  EXPECT_TRUE(a.equal(b));
}

TEST_P(OptimizerByName, AStateOfAnotherNetworkIsRefused) {
  const Component<Optimizer> optimizer = Make(GetParam());
  const std::vector<Tensor> parameters = Parameters();
  const auto state = optimizer->Start(parameters);
  SetGradients(parameters, 1);
  state->Step(0.1);
  NamedTensors wrong = Copy(state->State());
  wrong[0].second = at::zeros({3, 2});
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { state->LoadState(wrong); }),
              HasSubstr(wrong[0].first));
  NamedTensors more = Copy(state->State());
  more.emplace_back("velocity.7", at::zeros({2}));
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { state->LoadState(more); }),
              HasSubstr("velocity.7"));
}

INSTANTIATE_TEST_SUITE_P(All, OptimizerByName,
                         ::testing::Values("{name: sgd, weight_decay: 0.001}", "adam", "adamw"),
                         [](const auto& info) { return std::to_string(info.index); });

TEST(Optimizer, AnAdamStateWithoutItsStepIsRefused) {
  const std::vector<Tensor> parameters = Parameters();
  const auto state = Make("adam")->Start(parameters);
  SetGradients(parameters, 1);
  state->Step(0.1);
  NamedTensors saved = Copy(state->State());
  std::erase_if(saved, [](const auto& entry) { return entry.first == "step.1"; });
  EXPECT_THAT(MessageOf(ErrorKind::kData, [&] { state->LoadState(saved); }), HasSubstr("step.1"));
}

TEST(Optimizer, SettingsAreChecked) {
  EXPECT_NE(MessageOf(ErrorKind::kConfig, [] { Make("{name: sgd, learning_rate: 0}"); }), "");
  EXPECT_NE(MessageOf(ErrorKind::kConfig, [] { Make("{name: adam, beta1: 1}"); }), "");
}

}  // namespace
}  // namespace agon::train
