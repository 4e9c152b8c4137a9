// SPDX-License-Identifier: Apache-2.0
// The network through LibTorch's fused oneDNN operators, which its compiler of Python programs uses
// and its C++ interface does not name: they are found through the dispatcher.
//
//   tower   conv + bias + relu, and conv + bias + residual + relu in place: one operator each
//   pooling two loops of our own (board_loops.h) around a small linear layer
//   heads   one convolution 1x1 for both; one linear layer over cells and channels as they lie,
//           whose weights are laid out for it
//
// Weights are packed for the number of rows, as the operators choose their blocking by it.
#include <ATen/core/dispatch/Dispatcher.h>

#include <map>
#include <mutex>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "selfplay/network/board_loops.h"
#include "selfplay/network/inference.h"

namespace agon::selfplay {
namespace {

using Scalars = c10::List<std::optional<at::Scalar>>;

// The operators, or nothing when this LibTorch lacks one or has it with other arguments.
struct Operators {
  using ReorderConv = Tensor(const Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                             std::int64_t, at::OptionalIntArrayRef);
  using Conv = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, at::IntArrayRef,
                      at::IntArrayRef, at::IntArrayRef, std::int64_t, std::string_view, Scalars,
                      std::optional<std::string_view>);
  using ConvAdd = Tensor&(Tensor&, const Tensor&, const Tensor&, const std::optional<Tensor>&,
                          at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t,
                          std::string_view, std::optional<at::Scalar>,
                          std::optional<std::string_view>, Scalars,
                          std::optional<std::string_view>);
  using ReorderLinear = Tensor(const Tensor&, std::optional<std::int64_t>);
  using Linear = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                        std::string_view, Scalars, std::optional<std::string_view>);

  c10::TypedOperatorHandle<ReorderConv> reorder_conv;
  c10::TypedOperatorHandle<Conv> conv;
  c10::TypedOperatorHandle<ConvAdd> conv_add;
  c10::TypedOperatorHandle<ReorderLinear> reorder_linear;
  c10::TypedOperatorHandle<Linear> linear;

  // Throws c10::Error when one is missing.
  static Operators Find() {
    const auto find = [](const char* name, const char* overload) {
      return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    };
    return {find("mkldnn::_reorder_convolution_weight", "").typed<ReorderConv>(),
            find("mkldnn::_convolution_pointwise", "").typed<Conv>(),
            find("mkldnn::_convolution_pointwise_", "binary").typed<ConvAdd>(),
            find("mkldnn::_reorder_linear_weight", "").typed<ReorderLinear>(),
            find("mkldnn::_linear_pointwise", "").typed<Linear>()};
  }
};

constexpr std::int64_t kOnes[] = {1, 1};
constexpr std::int64_t kZeros[] = {0, 0};
const std::int64_t* Padding(const Tensor& weight) { return weight.size(2) == 3 ? kOnes : kZeros; }

// Weights of a linear layer over [planes, cells] laid out for one over [cells, all] with other
// planes around: rows [O], columns cells x all, zero where the planes are another head's.
Tensor OverCells(const Tensor& weight, std::int64_t cells, std::int64_t all, std::int64_t first) {
  const std::int64_t planes = weight.size(1) / cells;
  Tensor wide = at::zeros({weight.size(0), cells, all}, weight.options());
  wide.slice(2, first, first + planes).copy_(weight.view({-1, planes, cells}).transpose(1, 2));
  return wide.flatten(1);
}

class FusedInference final : public InferenceNetwork {
 public:
  FusedInference(const GameShape& shape, const NetworkSettings& settings, const NamedTensors& state,
                 at::ScalarType type)
      : operators_(Operators::Find()),
        shape_(shape),
        channels_(shape.planes + shape.scalars),
        actions_(shape.actions),
        is_map_(PolicyIsMap(shape)),
        policy_channels_(settings.policy_channels),
        weights_(shape, settings, state) {
    const std::int64_t cells = shape_.cells();
    const std::int64_t all = policy_channels_ + settings.outcome_channels;
    FoldedNetwork& w = weights_;
    w.To(at::kCPU, at::kFloat);
    heads_ = {.weight = at::cat({w.policy.weight, w.outcome.weight}),
              .bias = at::cat({w.policy.bias, w.outcome.bias})};
    linear_ = OverCells(w.outcome_hidden, cells, all, policy_channels_);
    linear_bias_ = w.outcome_hidden_bias;
    if (!is_map_) {
      linear_ = at::cat({OverCells(w.policy_linear, cells, all, 0), linear_});
      linear_bias_ = at::cat({w.policy_linear_bias, linear_bias_});
    } else {
      // [cells x all] -> [cells]: the same weights for every cell.
      map_ = at::zeros({1, all}, at::kFloat);
      map_.slice(1, 0, policy_channels_).copy_(w.policy_map.weight.view({1, -1}));
      map_ = map_.to(type);
      map_bias_ = w.policy_map.bias.to(type);
    }
    // The last layer is small and stays exact.
    out_ = w.outcome_out.clone();
    out_bias_ = w.outcome_out_bias.clone();
    w.To(at::kCPU, type);
    for (Tensor* tensor : {&heads_.weight, &heads_.bias, &linear_, &linear_bias_}) {
      *tensor = tensor->to(type);
    }
    heads_.weight = heads_.weight.contiguous(at::MemoryFormat::ChannelsLast);
  }
  bool fused() const override { return true; }
  std::int64_t input_channels() const override { return channels_; }

  PolicyValueNetwork::Heads Forward(const Tensor& planes) const override {
    const std::int64_t rows = planes.size(0);
    const std::shared_ptr<const Packed> packed = PackedFor(rows);
    const loops::Board board{rows, shape_.cells(), weights_.input.bias.size(0)};
    Tensor x = Conv(planes, packed->input, weights_.input, "relu");  // [N,C,H,W]
    for (std::size_t i = 0; i < weights_.blocks.size(); ++i) {
      const FoldedNetwork::Block& block = weights_.blocks[i];
      const bool pools = block.pool.defined();
      Tensor y = Conv(x, packed->blocks[i].first, block.conv1, pools ? "none" : "relu");
      if (pools) AddPooled(y, x, packed->pools[i], board);
      ConvAddRelu(x, y, packed->blocks[i].second, block.conv2);
    }
    // [N, policy and outcome channels, H, W], whose memory is [N, cells x channels].
    const Tensor features = Conv(x, packed->heads, heads_, "relu");
    const Tensor flat = features.permute({0, 2, 3, 1}).reshape({rows, -1});
    const Tensor both =
        operators_.linear.call(flat, packed->linear, linear_bias_, "none", Scalars(), std::nullopt);
    PolicyValueNetwork::Heads heads;
    heads.policy = is_map_ ? MapPolicy(features, rows) : both.slice(1, 0, actions_);
    const Tensor hidden = is_map_ ? both : both.slice(1, actions_);
    heads.outcome = at::linear(hidden.to(at::kFloat).relu_(), out_, out_bias_);
    return heads;
  }

 private:
  struct Packed {
    Tensor input, heads, linear;
    std::vector<std::pair<Tensor, Tensor>> blocks;
    std::vector<Tensor> pools;  // undefined in a block without
  };

  std::shared_ptr<const Packed> PackedFor(std::int64_t rows) const {
    const std::scoped_lock lock(mutex_);
    std::shared_ptr<const Packed>& packed = packed_[rows];
    if (!packed) packed = Pack(rows);
    return packed;
  }

  std::shared_ptr<const Packed> Pack(std::int64_t rows) const {
    const auto pack = [&](const Tensor& weight) {
      const std::int64_t input[] = {rows, weight.size(1), shape_.height, shape_.width};
      return operators_.reorder_conv.call(weight, {Padding(weight), 2}, kOnes, kOnes, 1,
                                          at::OptionalIntArrayRef(at::IntArrayRef(input)));
    };
    auto packed = std::make_shared<Packed>();
    packed->input = pack(weights_.input.weight);
    for (const auto& block : weights_.blocks) {
      packed->blocks.emplace_back(pack(block.conv1.weight), pack(block.conv2.weight));
      packed->pools.push_back(
          block.pool.defined() ? operators_.reorder_linear.call(block.pool, rows) : Tensor());
    }
    packed->heads = pack(heads_.weight);
    packed->linear = operators_.reorder_linear.call(linear_, rows);
    return packed;
  }

  Tensor Conv(const Tensor& x, const Tensor& packed, const FoldedConv& conv,
              std::string_view then) const {
    return operators_.conv.call(x, packed, conv.bias, {Padding(conv.weight), 2}, kOnes, kOnes, 1,
                                then, Scalars(), std::nullopt);
  }
  // x <- relu(x + conv(y))
  void ConvAddRelu(Tensor& x, const Tensor& y, const Tensor& packed, const FoldedConv& conv) const {
    operators_.conv_add.call(x, y, packed, conv.bias, {Padding(conv.weight), 2}, kOnes, kOnes, 1,
                             "add", at::Scalar(1.0), "relu", Scalars(), std::nullopt);
  }

  // y <- relu(y + linear(pool(x)))
  void AddPooled(Tensor& y, const Tensor& x, const Tensor& packed,
                 const loops::Board& board) const {
    AGON_CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
    const Tensor bias = operators_.linear.call(PoolBoardFast(x, board), packed, std::nullopt,
                                               "none", Scalars(), std::nullopt);  // [N,C]
    if (x.scalar_type() == at::kFloat) {
      loops::AddRelu(y.mutable_data_ptr<float>(), bias.const_data_ptr<float>(), board);
    } else {
      loops::AddRelu(MutableBits(y), Bits(bias), board);
    }
  }
  static Tensor PoolBoardFast(const Tensor& x, const loops::Board& board) {
    AGON_CHECK(x.is_contiguous(at::MemoryFormat::ChannelsLast));
    Tensor pooled = at::empty({board.rows, 2 * board.channels}, x.options());
    if (x.scalar_type() == at::kFloat) {
      loops::Pool(x.const_data_ptr<float>(), board, pooled.mutable_data_ptr<float>());
    } else {
      loops::Pool(Bits(x), board, MutableBits(pooled));
    }
    return pooled;
  }
  static const std::uint16_t* Bits(const Tensor& x) {
    return static_cast<const std::uint16_t*>(x.const_data_ptr());
  }
  static std::uint16_t* MutableBits(Tensor& x) {
    return static_cast<std::uint16_t*>(x.mutable_data_ptr());
  }

  // A logit for each cell, then those of the other moves.
  Tensor MapPolicy(const Tensor& features, std::int64_t rows) const {
    const Tensor cells = features.permute({0, 2, 3, 1}).reshape({rows * shape_.cells(), -1});
    const Tensor map = at::linear(cells, map_, map_bias_).view({rows, -1});
    if (!weights_.policy_extra.defined()) return map;
    const std::int64_t all = features.size(1);
    const Tensor pooled = PoolBoardFast(features, {rows, shape_.cells(), all});
    const Tensor own = at::cat(
        {pooled.slice(1, 0, policy_channels_), pooled.slice(1, all, all + policy_channels_)}, 1);
    const Tensor extra = at::linear(own, weights_.policy_extra, weights_.policy_extra_bias);
    return at::cat({map, extra}, 1);
  }

  Operators operators_;
  GameShape shape_;
  std::int64_t channels_, actions_;
  bool is_map_;
  std::int64_t policy_channels_;
  FoldedNetwork weights_;
  FoldedConv heads_;             // policy's and outcome's channels
  Tensor linear_, linear_bias_;  // policy (unless a map) and outcome_hidden
  Tensor map_, map_bias_;        // [1, all channels]
  Tensor out_, out_bias_;        // [3, hidden], float32
  mutable std::mutex mutex_;     // guards packed_
  mutable std::map<std::int64_t, std::shared_ptr<const Packed>> packed_;  // by number of rows
};

}  // namespace

std::shared_ptr<const InferenceNetwork> MakeFusedInference(const GameShape& shape,
                                                           const NetworkSettings& settings,
                                                           const NamedTensors& state,
                                                           at::ScalarType type) {
  try {
    const c10::InferenceMode inference;
    auto fused = std::make_shared<FusedInference>(shape, settings, state, type);
    // Once for real: an operator may be there and refuse the type on this processor.
    (void)fused->Forward(at::zeros({1, fused->input_channels(), shape.height, shape.width}, type)
                             .contiguous(at::MemoryFormat::ChannelsLast));
    return fused;
  } catch (const c10::Error& error) {
    log::Debug("fused operators cannot be used: {}", error.what_without_backtrace());
    return nullptr;
  }
}

}  // namespace agon::selfplay
