// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/translate/network_translator.h"

#include <algorithm>
#include <future>
#include <optional>

#include "cyclegan/network/inference.h"
#include "cyclegan/network/parallel.h"
#include "cyclegan/translate/picture_loops.h"
#include "runtime/base/error.h"
#include "runtime/base/thread_pool.h"
#include "runtime/formats/safetensors.h"
#include "runtime/tensor/convert.h"

namespace agon::cyclegan {
namespace {

// One side of a picture inside the tensor, whose size is a multiple of 4 and at least 16.
struct Side {
  std::int64_t pixels, padded, before;
  std::vector<std::int32_t> from;  // [padded]: the pixel that stands there

  explicit Side(std::int64_t size)
      : pixels(size),
        padded(std::max<std::int64_t>(16, (size + 3) / 4 * 4)),
        before((padded - size) / 2) {
    for (std::int64_t i = -before; i < padded - before; ++i) {
      // Reflected at either end, more than once where the picture is small.
      std::int64_t at = i;
      while (size > 1 && (at < 0 || at >= size)) at = at < 0 ? -at : 2 * size - 2 - at;
      from.push_back(static_cast<std::int32_t>(size > 1 ? at : 0));
    }
  }
};

template <class Sample>
const Sample* SamplesOf(const media::Picture& picture) {
  return reinterpret_cast<const Sample*>(picture.data.data());
}

class Translator final : public FrameTranslator {
 public:
  Translator(const Generator& generator, const NetworkTranslatorSettings& settings,
             const DevicePolicy& device)
      : device_(device.device),
        threads_(device.device.is_cpu() ? device.threads : 1),
        inference_(
            MakeInference(generator, ResolvePrecision(settings.precision, device_), device_)),
        summary_(fmt::format("{}; {}", generator.Summary(), inference_->Description())) {
    memory_.decay = settings.statistics_decay;
  }

  void Translate(std::span<const media::Picture* const> input,
                 std::span<media::Picture> output) override {
    Begin(input, output).get();
  }

  // On several cores each frame goes through the network in a thread of its own. An operator that
  // uses all cores waits at its end for the one that the encoder has just then; a frame on one core
  // waits for nobody, and has the same bits.
  std::future<void> Begin(std::span<const media::Picture* const> input,
                          std::span<media::Picture> output) override {
    Check(input, output);
    const int lanes = std::min(threads_, static_cast<int>(input.size()));
    if (lanes == 1) {
      Work(input, output, line_.Place());
      return Done();
    }
    if (lanes > lanes_) {
      pool_.reset();  // when the frames before have arrived
      pool_.emplace(static_cast<std::size_t>(lanes));
      lanes_ = lanes;
    }
    std::vector<std::future<void>> frames;
    for (std::size_t i = 0; i < input.size(); ++i) {
      frames.push_back(pool_->Submit([this, one = input.subspan(i, 1), to = output.subspan(i, 1),
                                      place = line_.Place(), threads = threads_ / lanes_] {
        LimitThreadsHere(threads);
        Work(one, to, place);
      }));
    }
    return std::async(std::launch::deferred, [frames = std::move(frames)]() mutable {
      for (const std::future<void>& frame : frames) frame.wait();
      for (std::future<void>& frame : frames) frame.get();
    });
  }

  void Reset() override {
    memory_.Reset();
    line_.Mend();
  }

  Bytes State() const override {
    if (memory_.mean.empty()) return {};
    NamedTensors tensors;
    for (std::size_t i = 0; i < memory_.mean.size(); ++i) {
      tensors.emplace_back(fmt::format("mean.{}", i), memory_.mean[i]);
      tensors.emplace_back(fmt::format("variance.{}", i), memory_.variance[i]);
    }
    return formats::SerializeSafetensors(ToArrays(tensors), {}, kStateName);
  }

  void LoadState(const Bytes& state) override {
    Reset();
    if (state.empty()) return;
    const NamedTensors tensors = ToTensors(formats::ParseSafetensors(state, kStateName).tensors);
    const auto take = [&](const std::string& name) {
      for (const auto& [key, tensor] : tensors) {
        if (key == name && tensor.dim() == 1 && tensor.scalar_type() == at::kFloat) {
          return tensor.to(device_);
        }
      }
      Fail(ErrorKind::kData, "{}: no {} in it; translate from the beginning", kStateName, name);
    };
    for (std::size_t i = 0; i < tensors.size() / 2; ++i) {
      memory_.mean.push_back(take(fmt::format("mean.{}", i)));
      memory_.variance.push_back(take(fmt::format("variance.{}", i)));
    }
  }

  std::string Summary() const override { return summary_; }

 private:
  static constexpr const char* kStateName = "the saved statistics of the generator's norms";

  static void Check(std::span<const media::Picture* const> input,
                    std::span<const media::Picture> output) {
    AGON_CHECK(!input.empty() && input.size() == output.size());
    const media::Picture& first = *input[0];
    for (const media::Picture* picture : input) {
      AGON_CHECK(picture->width == first.width && picture->height == first.height &&
                 picture->bits == first.bits && (first.bits == 8 || first.bits == 16));
      AGON_CHECK(picture->width > 0 && picture->height > 0 &&
                 picture->data.size() ==
                     picture->SampleCount() * static_cast<std::size_t>(first.bits / 8));
    }
  }

  void Work(std::span<const media::Picture* const> input, std::span<media::Picture> output,
            StatisticsMemory place) {
    try {
      const Side rows(input[0]->height);
      const Side columns(input[0]->width);
      input[0]->bits == 8 ? Run<std::uint8_t>(input, output, rows, columns, place)
                          : Run<std::uint16_t>(input, output, rows, columns, place);
    } catch (...) {
      line_.Break();
      throw;
    }
  }

  template <class Sample>
  void Run(std::span<const media::Picture* const> input, std::span<media::Picture> output,
           const Side& rows, const Side& columns, StatisticsMemory& place) {
    const auto count = static_cast<std::int64_t>(input.size());
    Tensor x = at::empty({count, 3, rows.padded, columns.padded}, at::kFloat,
                         at::MemoryFormat::ChannelsLast);
    auto* unit = x.mutable_data_ptr<float>();
    ForParts(count * rows.padded, [&](std::int64_t line) {
      const media::Picture& picture = *input[static_cast<std::size_t>(line / rows.padded)];
      const std::int64_t from = rows.from[static_cast<std::size_t>(line % rows.padded)];
      loops::ToUnit(SamplesOf<Sample>(picture) + from * columns.pixels * 3, columns.from.data(),
                    columns.padded, unit + line * columns.padded * 3);
    });
    if (!device_.is_cpu()) x = x.to(device_, /*non_blocking=*/false);
    const Tensor y =
        inference_->Forward(x, &place).to(at::kCPU).contiguous(at::MemoryFormat::ChannelsLast);
    const auto* made = y.const_data_ptr<float>();
    for (std::size_t i = 0; i < input.size(); ++i) {
      output[i].width = input[i]->width;
      output[i].height = input[i]->height;
      output[i].bits = input[i]->bits;
      output[i].data.resize(input[i]->data.size());
    }
    ForParts(count * rows.pixels, [&](std::int64_t line) {
      const std::int64_t n = line / rows.pixels;
      const std::int64_t row = line % rows.pixels;
      const float* from =
          made + ((n * rows.padded + rows.before + row) * columns.padded + columns.before) * 3;
      auto* to = reinterpret_cast<Sample*>(output[static_cast<std::size_t>(n)].data.data());
      loops::FromUnit(from, columns.pixels * 3, to + row * columns.pixels * 3);
    });
  }

  at::Device device_;
  int threads_;
  std::unique_ptr<InferenceGenerator> inference_;
  std::string summary_;
  StatisticsMemory memory_;
  StatisticsLine line_{memory_};
  int lanes_ = 0;                   // frames at the same time
  std::optional<ThreadPool> pool_;  // of so many; last, for its threads use the rest
};

}  // namespace

std::unique_ptr<FrameTranslator> NetworkTranslator(std::unique_ptr<Generator> generator,
                                                   const NetworkTranslatorSettings& settings,
                                                   const DevicePolicy& device) {
  return std::make_unique<Translator>(*generator, settings, device);
}

}  // namespace agon::cyclegan
