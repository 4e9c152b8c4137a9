// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_cyclegan.h"

#include <ATen/ops/_fused_adam.h>
#include <torch/csrc/autograd/autograd.h>

#include "runtime/train/precision.h"

namespace agon::bench {
namespace {

Tensor Norm(const Tensor& x) {
  return at::instance_norm(x, {}, {}, {}, {}, /*use_input_stats=*/true, /*momentum=*/0.1,
                           /*eps=*/1e-5, /*cudnn_enabled=*/true);
}

Tensor Reflect(const Tensor& x, std::int64_t p) { return at::reflection_pad2d(x, {p, p, p, p}); }

Tensor Discriminate(const std::vector<Tensor>& w, const Tensor& x) {
  Tensor h = x;
  for (std::size_t i = 0; i < w.size(); i += 2) {
    const std::int64_t stride = i + 4 < w.size() ? 2 : 1;
    h = at::conv2d(h, w[i], w[i + 1], {stride, stride}, {1, 1});
    if (i > 0 && i + 2 < w.size()) h = Norm(h);
    if (i + 2 < w.size()) h = at::leaky_relu(h, 0.2);
  }
  return h;
}

Tensor Square(const Tensor& scores, double wanted) {
  return (scores.to(at::kFloat) - wanted).square().mean();
}

Tensor Absolute(const Tensor& a, const Tensor& b) { return (a.to(at::kFloat) - b).abs().mean(); }

}  // namespace

Tensor BareGenerate(const std::vector<Tensor>& w, const Tensor& x) {
  std::size_t i = 0;
  const auto conv = [&](const Tensor& h, std::int64_t stride, std::int64_t padding) {
    i += 2;
    return at::conv2d(h, w[i - 2], w[i - 1], {stride, stride}, {padding, padding});
  };
  Tensor h = at::relu(Norm(conv(Reflect(x, 3), 1, 0)));
  for (int k = 0; k < 2; ++k) h = at::relu(Norm(conv(h, 2, 1)));
  while (i + 6 < w.size()) {
    const Tensor inner = at::relu(Norm(conv(Reflect(h, 1), 1, 0)));
    h = h + Norm(conv(Reflect(inner, 1), 1, 0));
  }
  for (int k = 0; k < 2; ++k, i += 2) {
    h = at::relu(Norm(at::conv_transpose2d(h, w[i], w[i + 1], {2, 2}, {1, 1}, {1, 1})));
  }
  return at::tanh(conv(Reflect(h, 3), 1, 0));
}

void BareCyclegan::Adam::Add(const Tensor& weight) {
  weights.push_back(weight);
  frozen.push_back(weight.detach());
  means.push_back(at::zeros_like(frozen.back()));
  squares.push_back(at::zeros_like(frozen.back()));
  steps.push_back(at::zeros({}, frozen.back().options()));
}

void BareCyclegan::Adam::Step(const Tensor& loss) {
  const std::vector<Tensor> gradients = torch::autograd::grad({loss}, weights);
  const c10::NoGradGuard no_grad;
  for (const Tensor& step : steps) step.add_(1);
  std::vector<Tensor> dense;  // the fused operator walks weights and gradients alike
  for (const Tensor& gradient : gradients) dense.push_back(gradient.contiguous());
  at::_fused_adam_(frozen, dense, means, squares, /*max_exp_avg_sqs=*/{}, steps, /*lr=*/2e-4,
                   /*beta1=*/0.5, /*beta2=*/0.999, /*weight_decay=*/0.0, /*eps=*/1e-8,
                   /*amsgrad=*/false, /*maximize=*/false);
}

BareCyclegan::BareCyclegan(const cyclegan::GeneratorSettings& generator,
                           const cyclegan::DiscriminatorSettings& discriminator, bool bf16,
                           at::Device device)
    : bf16_(bf16), device_(device) {
  for (std::uint64_t i = 0; i < 2; ++i) {
    for (const Tensor& weight : cyclegan::Generator(generator, i).Parameters()) {
      generators_[i].push_back(weight.to(device).requires_grad_());
      of_generators_.Add(generators_[i].back());
    }
    for (const Tensor& weight : cyclegan::Discriminator(discriminator, i).Parameters()) {
      discriminators_[i].push_back(weight.to(device).requires_grad_());
      of_discriminators_.Add(discriminators_[i].back());
    }
  }
}

void BareCyclegan::Step(const cyclegan::PictureBatch& batch) {
  const Tensor* const inputs[] = {&batch.a, &batch.b};
  Tensor fake[2];
  for (const Tensor& weight : of_discriminators_.weights) weight.set_requires_grad(false);
  Tensor loss = at::zeros({}, batch.a.options());
  {
    Tensor same[2], back[2], scores[2];
    {
      const train::AutocastGuard autocast(bf16_, device_);
      for (std::size_t i = 0; i < 2; ++i) {
        const auto both =
            BareGenerate(generators_[i], at::cat({*inputs[i], *inputs[1 - i]})).chunk(2);
        fake[i] = both[0];
        same[i] = both[1];
      }
      for (std::size_t i = 0; i < 2; ++i) {
        back[i] = BareGenerate(generators_[1 - i], fake[i]);
        scores[i] = Discriminate(discriminators_[i], fake[i]);
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      loss = loss + Square(scores[i], 1) + 10 * Absolute(back[i], *inputs[i]) +
             5 * Absolute(same[i], *inputs[1 - i]);
    }
  }
  of_generators_.Step(loss);
  for (const Tensor& weight : of_discriminators_.weights) weight.set_requires_grad(true);
  Tensor of_scores = at::zeros({}, batch.a.options());
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<Tensor> both;
    {
      const train::AutocastGuard autocast(bf16_, device_);
      both = Discriminate(discriminators_[i],
                          at::cat({*inputs[1 - i], fake[i].detach().to(at::kFloat)}))
                 .chunk(2);
    }
    of_scores = of_scores + 0.5 * (Square(both[0], 1) + Square(both[1], 0));
  }
  of_discriminators_.Step(of_scores);
}

}  // namespace agon::bench
