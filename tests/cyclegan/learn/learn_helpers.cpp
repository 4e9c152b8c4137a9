// SPDX-License-Identifier: Apache-2.0
#include "tests/cyclegan/learn/learn_helpers.h"

#include <ATen/Parallel.h>

#include <mutex>

#include "runtime/base/philox.h"
#include "runtime/base/stop.h"
#include "runtime/formats/safetensors.h"
#include "runtime/train/optimizer.h"

namespace agon::cyclegan {
namespace {

config::Value Parse(const std::string& yaml) {
  config::Problems problems;
  config::Value value = config::ParseYaml(yaml, "test", {}, problems);
  problems.ThrowIfAny();
  return value;
}

}  // namespace

void RegisterEverything() {
  static std::once_flag once;
  std::call_once(once, [] {
    train::RegisterOptimizers(GlobalRegistry());
    RegisterDomains(GlobalRegistry());
  });
}

CycleganConfig SmallConfig(const std::string& lines) {
  RegisterEverything();
  config::Value value = Parse(R"(
seed: 3
domains: {name: savanna, size: 32, pictures: 6, supersample: 1}
pictures: {crop: 16}
generator: {width: 4, blocks: 1}
discriminator: {width: 4, layers: 1}
batch_size: 2
iterations: 30
pool: 5
precision: float32
sample_every: 20
evaluate: {count: 2}
)");
  const config::Value more = Parse("{" + lines + "}");
  for (const auto& entry : more.entries()) value.Set(entry.key, entry.value);
  return ReadCycleganConfig(value);
}

std::string MessageOf(const std::function<void()>& action, ErrorKind kind) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

formats::Pixels MadeUp(int width, int height, int colour, std::uint32_t seed) {
  formats::Pixels picture{.width = width, .height = height, .channels = 3, .data = {}};
  const auto count = static_cast<std::uint32_t>(3 * width * height);
  for (std::uint32_t i = 0; i < count; ++i) {
    const int noise = static_cast<int>(Philox4x32(seed, {{i, 0, 0, 0}}).word[0] % 41) - 20;
    picture.data.push_back(static_cast<std::uint8_t>(std::clamp(colour + noise, 0, 255)));
  }
  return picture;
}

DomainPair MadeUpDomains(std::int64_t a, std::int64_t b, int side) {
  const auto make = [side](std::int64_t count, int colour, std::uint32_t seed) {
    std::vector<formats::Pixels> pictures;
    for (std::int64_t i = 0; i < count; ++i) {
      pictures.push_back(MadeUp(side, side, colour, seed + static_cast<std::uint32_t>(i)));
    }
    return std::make_shared<const PictureSet>(std::move(pictures));
  };
  DomainPair pair;
  pair.name = "made up";
  pair.a = make(a, 70, 1000);
  pair.b = make(b, 180, 2000);
  pair.samples_a = SamplesOf(*pair.a);
  pair.samples_b = SamplesOf(*pair.b);
  return pair;
}

DevicePolicy OneThread() {
  at::set_num_threads(1);
  DevicePolicy device;
  device.threads = 1;
  device.description = "cpu";
  return device;
}

Workplace::Workplace() { ClearStop(); }

Workplace::~Workplace() { ClearStop(); }

void Workplace::Write(const std::string& name, const formats::Pixels& picture) const {
  MakeFolder((folder_ / name).parent_path());
  WriteFileAtomic(folder_ / name, formats::EncodePng(picture));
}

void Workplace::Write(const std::string& name, std::string_view text) const {
  MakeFolder((folder_ / name).parent_path());
  WriteFileAtomic(folder_ / name, text);
}

CycleganResult Workplace::Train(const CycleganConfig& config, const DomainPair& domains,
                                const std::string& name) const {
  run::RunOptions options;
  options.folder = folder_ / name;
  options.command = "cyclegan train";
  options.config = config::Dump(config);
  run::Run run = run::Run::Create(options);
  CycleganResult result = TrainCyclegan(config, domains, run, OneThread());
  run.Finish();
  return result;
}

CycleganResult Workplace::Resume(const CycleganConfig& config, const DomainPair& domains,
                                 const std::string& name) const {
  run::Run run = run::Run::Resume(folder_ / name, "cyclegan train");
  CycleganResult result = TrainCyclegan(config, domains, run, OneThread(), {.resume = true});
  run.Finish();
  return result;
}

bool SameWeights(const Path& a, const Path& b) {
  const auto x = formats::ReadSafetensors(a).tensors;
  const auto y = formats::ReadSafetensors(b).tensors;
  if (x.empty() || x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].first != y[i].first || x[i].second.data != y[i].second.data) return false;
  }
  return true;
}

}  // namespace agon::cyclegan
