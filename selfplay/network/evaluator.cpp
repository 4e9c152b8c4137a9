// SPDX-License-Identifier: Apache-2.0
#include "selfplay/network/evaluator.h"

#include <c10/core/InferenceMode.h>

#include <cmath>
#include <mutex>

#include "runtime/base/error.h"
#include "selfplay/network/inference.h"
#include "selfplay/network/planes.h"

namespace agon::selfplay {
namespace {

// Fine enough that a batch is three quarters full at least, few enough that oneDNN's programs for
// all of them (a dozen convolutions each) stay in its cache of 1,024.
const std::vector<std::int64_t>& DefaultBatchSizes() {
  static const std::vector<std::int64_t> sizes{1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256};
  return sizes;
}

void SoftMax(const float* logits, std::array<float, 3>& chances) {
  const float most = std::max({logits[0], logits[1], logits[2]});
  float sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += chances[i] = std::exp(logits[i] - most);
  for (float& chance : chances) chance /= sum;
}

template <class Number>
void Gather(const Number* logits, std::span<const Move> legal, std::span<float> out) {
  for (std::size_t i = 0; i < legal.size(); ++i) out[i] = static_cast<float>(logits[legal[i]]);
}

at::ScalarType TypeOf(const std::string& precision) {
  return precision == "bf16" ? at::kBFloat16 : at::kFloat;
}

}  // namespace

bool CpuComputesBf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

std::string ResolvePrecision(const std::string& word, at::Device device) {
  if (word != "auto") return word;
  return !device.is_cpu() || CpuComputesBf16() ? "bf16" : "float32";
}

void InferenceSettings::Describe(config::Fields<InferenceSettings>& f) {
  using S = InferenceSettings;
  f.Field(&S::precision, "precision",
          "of the network's arithmetic; auto: bf16 where the processor multiplies in it")
      .Choices({"auto", "float32", "bf16"});
  f.Field(&S::batch_sizes, "batch_sizes",
          "sizes that batches are padded to, rising; left out: a ladder up to 256")
      .Min(1)
      .Max(65536)
      .Unit("positions");
  f.Field(&S::threads, "threads",
          "of one call, from then on for the thread that calls; 0: as it has it")
      .Min(0)
      .Max(1024);
  f.Check([](const S& s) -> std::string {
    const bool rising =
        std::is_sorted(s.batch_sizes.begin(), s.batch_sizes.end(), std::less_equal<std::int64_t>());
    return rising ? "" : "batch_sizes must rise";
  });
}

struct NetworkEvaluator::Shared {
  std::mutex mutex;  // guards the pointer
  std::shared_ptr<const InferenceNetwork> network;
};

NetworkEvaluator::NetworkEvaluator(const PolicyValueNetwork& network,
                                   const InferenceSettings& settings, const DevicePolicy& device)
    : shape_(network.shape()),
      settings_(network.settings()),
      precision_(ResolvePrecision(settings.precision, device.device)),
      batch_sizes_(settings.batch_sizes.empty() ? DefaultBatchSizes() : settings.batch_sizes),
      threads_(settings.threads),
      device_(device.device),
      shared_(std::make_unique<Shared>()) {
  AGON_CHECK(batch_sizes_.front() > 0);
  SetWeights(network.State());
}

NetworkEvaluator::~NetworkEvaluator() = default;

void NetworkEvaluator::SetWeights(const NamedTensors& state) {
  const c10::InferenceMode inference;
  std::shared_ptr<const InferenceNetwork> network;
  if (device_.is_cpu()) network = MakeFusedInference(shape_, settings_, state, TypeOf(precision_));
  if (!network) {
    network = MakePlainInference(shape_, settings_, state, device_, TypeOf(precision_));
  }
  const std::scoped_lock lock(shared_->mutex);
  shared_->network.swap(network);  // the old one ends with its last call
}

std::shared_ptr<const InferenceNetwork> NetworkEvaluator::Current() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->network;
}

bool NetworkEvaluator::fused() const { return Current()->fused(); }

std::string NetworkEvaluator::Description() const {
  return precision_ + (fused() ? ", fused oneDNN operators" : ", plain operators");
}

void NetworkEvaluator::Evaluate(EvalBatch& batch, int first) {
  if (batch.shape() != shape_) {
    Fail(ErrorKind::kUsage, "the network evaluates boards {}x{} with {} moves, got {}x{} with {}",
         shape_.width, shape_.height, shape_.actions, batch.shape().width, batch.shape().height,
         batch.shape().actions);
  }
  if (threads_ > 0) LimitThreadsHere(static_cast<int>(threads_));
  const c10::InferenceMode inference;
  const std::shared_ptr<const InferenceNetwork> network = Current();
  const auto most = static_cast<int>(batch_sizes_.back());
  while (first < batch.size()) {
    const int count = std::min(batch.size() - first, most);
    EvaluateRows(*network, batch, first, count);
    first += count;
  }
}

void NetworkEvaluator::EvaluateRows(const InferenceNetwork& network, EvalBatch& batch, int first,
                                    int count) const {
  const std::int64_t size = *std::lower_bound(batch_sizes_.begin(), batch_sizes_.end(), count);
  Tensor planes = MakePlanes(shape_, size, TypeOf(precision_), network.input_channels());
  UnpackPlanes(batch, first, count, planes);
  if (size > count) planes.slice(0, count).zero_();
  if (!device_.is_cpu()) planes = planes.to(device_);
  auto [policy, outcome] = network.Forward(planes);
  if (!device_.is_cpu()) {
    policy = policy.to(at::kCPU, at::kFloat);
    outcome = outcome.to(at::kCPU);
  }
  outcome = outcome.to(at::kFloat).contiguous();  // [size,3]
  const float* chances = outcome.const_data_ptr<float>();
  const std::int64_t stride = policy.stride(0);  // a slice of a wider result as a rule
  AGON_CHECK(policy.stride(1) == 1);
  const auto gather = [&](const auto* logits) {
    for (int i = 0; i < count; ++i) {
      Gather(logits + i * stride, batch.legal(first + i), batch.logits(first + i));
      SoftMax(chances + std::int64_t{3} * i, batch.outcome(first + i));
    }
  };
  if (policy.scalar_type() == at::kFloat) {
    gather(policy.const_data_ptr<float>());
  } else {
    gather(policy.const_data_ptr<at::BFloat16>());
  }
}

PolicyValueNetwork::Heads NetworkEvaluator::Logits(const Tensor& planes) const {
  const c10::InferenceMode inference;
  const std::shared_ptr<const InferenceNetwork> network = Current();
  const std::int64_t spare = network->input_channels() - planes.size(1);
  AGON_CHECK(planes.dim() == 4 && spare >= 0);
  const Tensor input = at::constant_pad_nd(planes, {0, 0, 0, 0, 0, spare})
                           .to(device_, TypeOf(precision_))
                           .contiguous(at::MemoryFormat::ChannelsLast);
  const auto [policy, outcome] = network->Forward(input);
  return {.policy = policy.to(at::kCPU, at::kFloat), .outcome = outcome.to(at::kCPU, at::kFloat)};
}

std::unique_ptr<NetworkEvaluator> MakeNetworkEvaluator(const PolicyValueNetwork& network,
                                                       const InferenceSettings& settings,
                                                       const DevicePolicy& device) {
  return std::make_unique<NetworkEvaluator>(network, settings, device);
}

}  // namespace agon::selfplay
