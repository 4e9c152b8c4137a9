// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/columns.h"

#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "cyclegan/network/column_loops.h"
#include "cyclegan/network/parallel.h"
#include "runtime/base/error.h"

namespace agon::cyclegan {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kLast = at::MemoryFormat::ChannelsLast;
constexpr std::int64_t kSize = loops::kColumns;

bool IsByColumns(const Tensor& x, const Tensor& weight) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         weight.size(2) == kSize && weight.size(3) == kSize;
}

// Calls work(from, to, width) for every row of the two, with the types that hold their bits; width:
// pixels of a row of the narrower one.
template <class From, class To, class Work>
void RunRows(const Tensor& from, Tensor& to, const Work& work) {
  const std::int64_t from_row = from.size(1) * from.size(3);
  const std::int64_t to_row = to.size(1) * to.size(3);
  const std::int64_t width = std::min(from.size(3), to.size(3));
  const auto* source = static_cast<const From*>(from.const_data_ptr());
  auto* target = static_cast<To*>(to.mutable_data_ptr());
  ForParts(from.size(0) * from.size(2),
           [&](std::int64_t row) { work(source + row * from_row, target + row * to_row, width); });
}
template <class Work>
void ForRowsOfOneType(const Tensor& from, Tensor& to, const Work& work) {
  AGON_CHECK(from.is_contiguous(kLast) && to.is_contiguous(kLast) &&
             from.scalar_type() == to.scalar_type());
  if (from.scalar_type() == at::kFloat) {
    RunRows<float, float>(from, to, work);
  } else {
    AGON_CHECK(from.scalar_type() == at::kBFloat16);
    RunRows<std::uint16_t, std::uint16_t>(from, to, work);
  }
}
// To float32.
template <class Work>
void ForRowsWidened(const Tensor& from, Tensor& to, const Work& work) {
  AGON_CHECK(from.is_contiguous(kLast) && to.is_contiguous(kLast) &&
             to.scalar_type() == at::kFloat);
  if (from.scalar_type() == at::kFloat) {
    RunRows<float, float>(from, to, work);
  } else {
    AGON_CHECK(from.scalar_type() == at::kBFloat16);
    RunRows<std::uint16_t, float>(from, to, work);
  }
}

// [N,channels,H,W + more], channels last.
Tensor Wider(const Tensor& x, std::int64_t channels, std::int64_t more, at::ScalarType type) {
  return at::empty({x.size(0), channels, x.size(2), x.size(3) + more}, x.options().dtype(type),
                   kLast);
}

class ToChannels : public torch::autograd::Function<ToChannels> {
 public:
  static Tensor forward(AutogradContext* /*context*/, const Tensor& x) {
    Tensor y = Wider(x, 3 * kSize, 1 - kSize, x.scalar_type());
    ForRowsOfOneType(x.contiguous(kLast), y, [](const auto* from, auto* to, std::int64_t width) {
      loops::SpreadColumns(from, width, to);
    });
    return y;
  }
  static variable_list backward(AutogradContext* /*context*/, variable_list gradients) {
    const Tensor& given = gradients[0];
    Tensor made = Wider(given, 3, kSize - 1, given.scalar_type());
    ForRowsOfOneType(given.contiguous(kLast), made,
                     [](const auto* from, auto* to, std::int64_t width) {
                       loops::SpreadColumnsBack(from, width, to);
                     });
    return {made};
  }
};

class Sum : public torch::autograd::Function<Sum> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x) {
    context->saved_data["type"] = static_cast<std::int64_t>(x.scalar_type());
    Tensor y = Wider(x, 3, 1 - kSize, at::kFloat);
    ForRowsWidened(x.contiguous(kLast), y, [](const auto* from, auto* to, std::int64_t width) {
      loops::SumColumns(from, width, to);
    });
    return y;
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    Tensor made = Wider(gradients[0], 3 * kSize, kSize - 1, type);
    const Tensor given = gradients[0].to(type).contiguous(kLast);
    ForRowsOfOneType(given, made, [](const auto* from, auto* to, std::int64_t width) {
      loops::SumColumnsBack(from, width, to);
    });
    return {made};
  }
};

}  // namespace

Tensor ColumnsAsOutputs(const Tensor& weight) {
  return weight.permute({3, 0, 1, 2})
      .reshape({weight.size(3) * weight.size(0), weight.size(1), weight.size(2), 1});
}

Tensor ColumnsToChannels(const Tensor& x) { return ToChannels::apply(x); }

Tensor SumColumns(const Tensor& x) { return Sum::apply(x); }

Tensor ConvFromColours(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!IsByColumns(x, weight)) return at::conv2d(x, weight, bias);
  // What the convolution will ask for, while there are three channels only.
  const bool casts = at::autocast::is_autocast_enabled(at::kCPU);
  const Tensor given = casts ? x.to(at::autocast::get_autocast_dtype(at::kCPU)) : x;
  const Tensor columns =
      weight.permute({0, 3, 1, 2}).reshape({weight.size(0), 3 * kSize, kSize, 1});
  return at::conv2d(ColumnsToChannels(given), columns, bias);
}

Tensor ConvToColours(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!IsByColumns(x, weight)) return at::conv2d(x, weight, bias);
  return SumColumns(at::conv2d(x, ColumnsAsOutputs(weight))) + bias.view({1, 3, 1, 1});
}

}  // namespace agon::cyclegan
