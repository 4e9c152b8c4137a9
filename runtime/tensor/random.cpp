// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/random.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>

#include <numeric>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/philox.h"
#include "runtime/tensor/cuda_library.h"
#include "runtime/tensor/loops.h"

namespace agon {
namespace {

__extension__ using Wide = unsigned __int128;

// In [0, bound): the upper half of a 64-bit number times bound (Lemire 2019), without the rejection
// step; the bias is below bound / 2^64.
std::int64_t BoundedInteger(const PhiloxBlock& block, std::int64_t bound) {
  const std::uint64_t bits = std::uint64_t{block.word[1]} << 32 | block.word[0];
  return static_cast<std::int64_t>(Wide{bits} * static_cast<std::uint64_t>(bound) >> 64);
}

Shape WithExamples(std::int64_t examples, const Shape& shape) {
  Shape whole{examples};
  whole.insert(whole.end(), shape.begin(), shape.end());
  return whole;
}

std::int64_t Volume(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

// Everything about a draw but where its numbers go.
kernels::Draw MakeDraw(std::uint64_t key, std::uint32_t number, const Tensor& indices,
                       const Shape& shape) {
  return {.key = key,
          .number = number,
          .indices = indices.const_data_ptr<std::int64_t>(),
          .examples = indices.size(0),
          .per_example = Volume(shape)};
}

}  // namespace

RandomSource RandomSource::Stream(std::string_view name, std::uint64_t number) const {
  return RandomSource(MixBits(MixBits(key_ ^ Fnv1a(name)) + number));
}

ExampleRandom RandomSource::For(const Tensor& indices) const {
  AGON_CHECK(indices.dim() == 1 && indices.scalar_type() == at::kLong);
  ExampleRandom random;
  random.key_ = key_;
  random.indices_ = indices.contiguous();
  return random;
}

ExampleRandom RandomSource::PerBatch(std::uint64_t seed, const Tensor& indices) {
  ExampleRandom random = RandomSource(seed).For(indices);
  random.per_batch_ = true;
  random.generator_ = at::detail::createCPUGenerator(seed);
  return random;
}

Tensor RandomSource::Permutation(std::int64_t n) const {
  Tensor order = at::arange(n, at::kLong);
  auto* data = order.data_ptr<std::int64_t>();
  for (std::int64_t i = n - 1; i > 0; --i) {  // Fisher & Yates
    const auto block = kernels::ExampleBlock(key_, 0, 0, static_cast<std::uint64_t>(i));
    std::swap(data[i], data[BoundedInteger(block, i + 1)]);
  }
  return order;
}

Tensor ExampleRandom::Uniform(const Shape& shape, double low, double high) {
  const Shape whole = WithExamples(indices_.size(0), shape);
  const auto device = indices_.device();
  if (per_batch_) {
    const Tensor unit = at::rand(whole, generator_, at::TensorOptions().dtype(at::kFloat));
    return (unit * (high - low) + low).to(device);
  }
  const auto first = static_cast<float>(low);
  const auto span = static_cast<float>(high - low);
  const std::uint32_t number = draw_++;
  if (const AgonCudaApi* cuda = Cuda(); cuda != nullptr && device.is_cuda()) {
    const c10::DeviceGuard guard(device);
    Tensor out = at::empty(whole, at::TensorOptions().dtype(at::kFloat).device(device));
    const auto draw = MakeDraw(key_, number, indices_, shape);
    CheckCuda(cuda->uniform(out.data_ptr<float>(), &draw, first, span, CurrentStream(out)),
              "uniform");
    return out;
  }
  const Tensor indices = indices_.to(at::kCPU);
  Tensor out = at::empty(whole, at::TensorOptions().dtype(at::kFloat));
  kernels::UniformLoop(out.data_ptr<float>(), MakeDraw(key_, number, indices, shape), first, span,
                       at::get_num_threads());
  return out.to(device);
}

// Always computed on the CPU: the logarithm and the cosine of a GPU round differently.
Tensor ExampleRandom::Normal(const Shape& shape) {
  const Shape whole = WithExamples(indices_.size(0), shape);
  if (per_batch_) {
    return at::randn(whole, generator_, at::TensorOptions().dtype(at::kFloat))
        .to(indices_.device());
  }
  const Tensor indices = indices_.to(at::kCPU);
  Tensor out = at::empty(whole, at::TensorOptions().dtype(at::kFloat));
  kernels::NormalLoop(out.data_ptr<float>(), MakeDraw(key_, draw_++, indices, shape),
                      at::get_num_threads());
  return out.to(indices_.device());
}

Tensor ExampleRandom::Integers(std::int64_t bound) {
  AGON_CHECK(bound >= 1);
  const std::int64_t examples = indices_.size(0);
  if (per_batch_) {
    return at::randint(bound, {examples}, generator_, at::TensorOptions().dtype(at::kLong))
        .to(indices_.device());
  }
  const Tensor indices = indices_.to(at::kCPU);
  const auto* index = indices.const_data_ptr<std::int64_t>();
  const std::uint32_t number = draw_++;
  Tensor out = at::empty({examples}, at::TensorOptions().dtype(at::kLong));
  auto* to = out.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < examples; ++i) {
    const auto block = kernels::ExampleBlock(key_, 0, number, static_cast<std::uint64_t>(index[i]));
    to[i] = BoundedInteger(block, bound);
  }
  return out.to(indices_.device());
}

ExampleRandom ExampleRandom::Select(const Tensor& rows) const {
  ExampleRandom selected = *this;
  selected.indices_ = rows.scalar_type() == at::kBool ? indices_.masked_select(rows)
                                                      : indices_.index_select(0, rows);
  return selected;
}

}  // namespace agon
