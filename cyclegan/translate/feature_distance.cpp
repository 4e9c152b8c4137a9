// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/feature_distance.h"

#include <torch/torch.h>

#include <algorithm>

#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

constexpr std::int64_t kMostOfSubset = 1000;  // Binkowski et al. 2018, section 5

struct Gaussian {
  Tensor mean, covariance;  // [D], [D,D]
};

Gaussian GaussianOf(const Tensor& features) {
  const Tensor x = features.to(at::kDouble);
  const Tensor mean = x.mean(0);
  const Tensor centred = x - mean;
  return {mean, centred.t().mm(centred) / static_cast<double>(x.size(0) - 1)};
}

// Of a symmetric matrix without negative eigenvalues, but for rounding.
Tensor SquareRoot(const Tensor& matrix) {
  const auto [values, vectors] = at::linalg_eigh(matrix);
  return (vectors * values.clamp_min(0).sqrt()).mm(vectors.t());
}

Tensor Kernel(const Tensor& a, const Tensor& b) {
  return (a.mm(b.t()) / static_cast<double>(a.size(1)) + 1).pow(3);
}

double SquaredMmd(const Tensor& a, const Tensor& b) {
  const auto n = static_cast<double>(a.size(0));
  const auto m = static_cast<double>(b.size(0));
  const Tensor aa = Kernel(a, a), bb = Kernel(b, b);
  const Tensor within =
      (aa.sum() - aa.trace()) / (n * (n - 1)) + (bb.sum() - bb.trace()) / (m * (m - 1));
  return (within - 2 * Kernel(a, b).mean()).item<double>();
}

void CheckSets(const Tensor& a, const Tensor& b) {
  AGON_CHECK(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(1));
  if (a.size(0) < 2 || b.size(0) < 2) {
    Fail(ErrorKind::kData, "a distance between sets needs two pictures of each, found {} and {}",
         a.size(0), b.size(0));
  }
}

}  // namespace

double FrechetDistance(const Tensor& a, const Tensor& b) {
  CheckSets(a, b);
  const at::NoGradGuard no_grad;
  const Gaussian p = GaussianOf(a), q = GaussianOf(b);
  // (A B)^1/2 has the trace of (A^1/2 B A^1/2)^1/2, which is symmetric.
  const Tensor root = SquareRoot(p.covariance);
  const Tensor product = root.mm(q.covariance).mm(root);
  const Tensor values = at::linalg_eigvalsh((product + product.t()) / 2);
  const Tensor distance = (p.mean - q.mean).square().sum() + p.covariance.trace() +
                          q.covariance.trace() - 2 * values.clamp_min(0).sqrt().sum();
  return distance.item<double>();
}

double KernelDistance(const Tensor& a, const Tensor& b, std::uint64_t seed, int subsets) {
  CheckSets(a, b);
  const at::NoGradGuard no_grad;
  const Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  const auto fits = [](const Tensor& all) { return all.size(0) <= kMostOfSubset; };
  if (fits(x) && fits(y)) return SquaredMmd(x, y);
  at::Generator random = at::detail::createCPUGenerator(seed);
  const auto pick = [&](const Tensor& all) {
    return all.index_select(
        0, at::randperm(all.size(0), random, at::kLong).slice(0, 0, kMostOfSubset));
  };
  double sum = 0;
  for (int i = 0; i < subsets; ++i) sum += SquaredMmd(pick(x), pick(y));
  return sum / subsets;
}

}  // namespace agon::cyclegan
