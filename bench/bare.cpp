// SPDX-License-Identifier: Apache-2.0
#include "bench/bare.h"

#include <torch/csrc/autograd/autograd.h>

#include "runtime/base/error.h"

namespace agon::bench {
namespace {

Tensor NetA(const std::vector<Tensor>& w, const Tensor& images) {
  Tensor x = at::relu(at::conv2d(images, w[0], w[1], /*stride=*/2, /*padding=*/1));
  x = at::relu(at::conv2d(x, w[2], w[3], 2, 1)).flatten(1);
  x = at::relu(at::linear(x, w[4], w[5]));
  return at::linear(x, w[6], w[7]);
}

Tensor SmallCnn(const std::vector<Tensor>& w, const Tensor& images) {
  Tensor x = at::relu(at::conv2d(images, w[0], w[1]));
  x = at::max_pool2d(at::relu(at::conv2d(x, w[2], w[3])), 2, 2);
  x = at::relu(at::conv2d(x, w[4], w[5]));
  x = at::max_pool2d(at::relu(at::conv2d(x, w[6], w[7])), 2, 2).flatten(1);
  x = at::relu(at::linear(x, w[8], w[9]));
  x = at::relu(at::linear(x, w[10], w[11]));
  return at::linear(x, w[12], w[13]);
}

}  // namespace

BareForward BareForwardOf(const std::string& model) {
  if (model == "net_a") return &NetA;
  if (model == "smallcnn") return &SmallCnn;
  Fail(ErrorKind::kInternal, "no bare form of the model {} was written", model);
}

Tensor BareInputGradient(BareForward forward, const std::vector<Tensor>& weights,
                         const Tensor& images, const Tensor& labels) {
  const Tensor x = images.detach().requires_grad_();
  const Tensor loss = at::cross_entropy_loss(forward(weights, x), labels, {}, at::Reduction::Sum);
  return torch::autograd::grad({loss}, {x})[0];
}

void Synchronize(at::Device device) {
  if (!device.is_cpu()) (void)at::ones({}, device).item<float>();
}

}  // namespace agon::bench
