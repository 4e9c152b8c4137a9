// SPDX-License-Identifier: Apache-2.0
#include "cyclegan/network/network_file.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/torch_file_write.h"
#include "runtime/nn/weights.h"
#include "runtime/tensor/convert.h"

namespace agon::cyclegan {
namespace {

constexpr std::string_view kFormat = "agon-cyclegan";
constexpr std::string_view kDirections[] = {"a2b", "b2a"};

struct FileTensors {
  NamedTensors tensors;
  std::map<std::string, std::string> metadata;
};

bool IsSafetensors(ByteView bytes) {
  return bytes.size() >= 10 && formats::LoadLe<std::uint64_t>(bytes, 0) <= bytes.size() - 8 &&
         bytes[8] == std::byte{'{'};
}

FileTensors ReadTensors(const Path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    const Path inside = file / "weights.safetensors";
    const bool run = std::filesystem::exists(inside, ignored);
    Fail(ErrorKind::kModel, "{}: is a folder; name the file of the weights{}", file.string(),
         run ? ": " + inside.string() : ", .safetensors or .pth");
  }
  nn::CheckTraining(file);
  {
    const Bytes bytes = ReadFileBytes(file);
    if (IsSafetensors(bytes)) {
      formats::Safetensors read = formats::ParseSafetensors(bytes, file.string());
      return {ToTensors(read.tensors), std::move(read.metadata)};
    }
  }
  return {nn::ReadWeights(file), {}};
}

// The tensors of one generator by name, and what can be told from them.
class Candidate {
 public:
  Candidate(const FileTensors& read, std::string_view direction, std::string file)
      : file_(std::move(file)) {
    const auto format = read.metadata.find("format");
    if (format != read.metadata.end() && format->second != kFormat) {
      Fail(ErrorKind::kModel, "{}: no generator: its format is \"{}\"; {}", file_, format->second,
           kSource);
    }
    ChooseDirection(read.tensors, direction);
    const std::string prefix = direction_.empty() ? "" : direction_ + ".";
    for (const auto& [key, tensor] : read.tensors) {
      if (key.starts_with(prefix)) Take(key.substr(prefix.size()), tensor);
    }
  }

  [[nodiscard]] const std::string& direction() const { return direction_; }

  // Training with dropout puts the second convolution of a block one place on; in evaluation
  // dropout does nothing.
  void TakeDropoutNames() {
    std::map<std::string, Tensor> renamed;
    bool any = false;
    for (auto& [name, tensor] : tensors_) {
      std::string key = name;
      if (const std::size_t at = key.find(".conv_block.6."); at != std::string::npos) {
        key.replace(at, 14, ".conv_block.5.");
        any = true;
      }
      renamed.emplace(std::move(key), tensor);
    }
    if (!any || renamed.size() != tensors_.size()) return;
    log::Info("{}: trained with dropout, which does nothing in evaluation", file_);
    tensors_ = std::move(renamed);
  }

  // From the shapes. Error(kModel) when this is no ResNet generator.
  [[nodiscard]] GeneratorSettings Settings() const {
    RefuseOthers();
    GeneratorSettings settings;
    settings.width = Find("model.1.weight")->size(0);
    settings.resampling = Find("model.8.weight") != nullptr ? "antialias" : "transposed";
    const int first = settings.resampling == "antialias" ? 12 : 10;
    settings.output = Find("mask.weight") != nullptr ? "blend" : "picture";
    settings.blocks = 0;
    while (Find(fmt::format("model.{}.conv_block.1.weight", first + settings.blocks)) != nullptr) {
      ++settings.blocks;
    }
    return settings;
  }

  // In the generator's order, as float32.
  [[nodiscard]] NamedTensors StateFor(const Generator& generator) const {
    const std::string seems = Name(generator.settings());
    NamedTensors state;
    std::set<std::string> known;
    for (const nn::Slot& slot : generator.slots()) {
      const Tensor* tensor = Find(slot.name);
      known.insert(slot.name);
      if (tensor == nullptr) {
        Fail(ErrorKind::kModel, "{}: seems to be {}, but has no tensor {} {}", file_, seems,
             slot.name, SizesText(*slot.tensor));
      }
      if (tensor->sizes() != slot.tensor->sizes()) {
        Fail(ErrorKind::kModel, "{}: seems to be {}, but its tensor {} is {}, not {}", file_, seems,
             slot.name, SizesText(*tensor), SizesText(*slot.tensor));
      }
      if (!tensor->is_floating_point()) {
        Fail(ErrorKind::kModel, "{}: tensor {} holds {}, expected floating-point numbers", file_,
             slot.name, at::toString(tensor->scalar_type()));
      }
      Tensor converted = tensor->to(at::kFloat);
      if (!at::isfinite(converted).all().item<bool>()) {
        Fail(ErrorKind::kModel, "{}: tensor {} holds a NaN or an infinity", file_, slot.name);
      }
      state.emplace_back(slot.name, std::move(converted));
    }
    for (const auto& [name, tensor] : tensors_) {
      if (!known.contains(name)) {
        Fail(ErrorKind::kModel, "{}: seems to be {}, but tensor {} {} has no place in it", file_,
             seems, name, SizesText(tensor));
      }
    }
    return state;
  }

  static std::string Name(const GeneratorSettings& settings) {
    return fmt::format("a ResNet generator of {} blocks of {}{}{}", settings.blocks, settings.width,
                       settings.resampling == "antialias" ? ", antialiased as CUT's" : "",
                       settings.output == "blend" ? ", with a mask" : "");
  }

  // Shapes that promise more than the file holds are refused before memory is taken for them.
  void RequireRoom(const GeneratorSettings& settings) const {
    constexpr std::int64_t kWidest = 512;  // of GeneratorSettings::Describe
    constexpr std::int64_t kDeepest = 64;
    if (settings.width < 1 || settings.width > kWidest || settings.blocks > kDeepest) {
      Fail(ErrorKind::kModel, "{}: {} is beyond what is built ({} blocks of {})", file_,
           Name(settings), kDeepest, kWidest);
    }
    std::int64_t held = 0;
    for (const auto& [name, tensor] : tensors_) held += tensor.numel();
    const std::int64_t w = settings.width;
    constexpr std::int64_t kTaps = 9;  // of a kernel
    const std::int64_t needed =
        kTaps * 16 * w * w * 2 * settings.blocks + 2 * kTaps * (2 + 8) * w * w;
    if (needed > held) {
      Fail(ErrorKind::kModel, "{}: seems to be {}, but holds only {} numbers", file_,
           Name(settings), WithCommas(held));
    }
  }

 private:
  static constexpr std::string_view kSource =
      "a generator is the weights.safetensors of `agon cyclegan train` or a *_net_G*.pth of "
      "pytorch-CycleGAN-and-pix2pix";

  void ChooseDirection(const NamedTensors& tensors, std::string_view direction) {
    for (const std::string_view each : kDirections) {
      const std::string prefix = std::string(each) + ".";
      const bool held = std::any_of(tensors.begin(), tensors.end(), [&](const auto& item) {
        return item.first.starts_with(prefix);
      });
      if (held && each == direction) direction_ = each;
      if (held && each != direction && direction_.empty()) other_ = each;
    }
    if (direction_.empty() && !other_.empty()) {
      Fail(ErrorKind::kModel, "{}: holds the generator {} alone, not {}", file_, other_, direction);
    }
  }

  void Take(std::string name, const Tensor& tensor) {
    // DataParallel, and whole models of other programs.
    for (const std::string_view wrapper : {"state_dict.", "module.", "netG."}) {
      if (name.starts_with(wrapper)) name.erase(0, wrapper.size());
    }
    // InstanceNorm's buffers of PyTorch before 0.4 are not used by the reference either. Those of a
    // batch norm come with weights of its own, which are refused.
    for (const char* end : {".running_mean", ".running_var", ".num_batches_tracked", ".filt"}) {
      if (name.ends_with(end)) return;
    }
    tensors_.emplace(std::move(name), tensor);
  }

  [[nodiscard]] const Tensor* Find(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] bool AnyStartsWith(std::string_view prefix) const {
    const auto found = tensors_.lower_bound(std::string(prefix));
    return found != tensors_.end() && found->first.starts_with(prefix);
  }

  // Says what the file is instead.
  void RefuseOthers() const {
    const auto refuse = [&](const std::string& what) {
      Fail(ErrorKind::kModel, "{}: {}; {}", file_, what, kSource);
    };
    if (tensors_.empty()) refuse("holds no tensors of a generator");
    if (AnyStartsWith("model.model.")) {
      refuse("seems to be a U-Net generator, and only ResNet generators are built here");
    }
    if (Find("net.0.weight") != nullptr && Find("net.2.weight") != nullptr) {
      refuse("seems to be a discriminator of single pixels, no generator");
    }
    const Tensor* front = Find("model.0.weight");
    if (front != nullptr && front->dim() == 4 && front->size(1) == 3) {
      refuse("seems to be a PatchGAN discriminator, no generator");
    }
    const Tensor* first = Find("model.1.weight");
    if (first == nullptr || first->dim() != 4) {
      refuse(fmt::format("no generator: no tensor model.1.weight [N,3,7,7]; its first is {} {}",
                         tensors_.begin()->first, SizesText(tensors_.begin()->second)));
    }
    if (first->size(1) != 3) {
      refuse(
          fmt::format("a generator for pictures of {} channels, and only colour pictures (3) are "
                      "translated here",
                      first->size(1)));
    }
    const Tensor* norm = Find("model.2.weight");
    if (norm != nullptr && norm->dim() == 1) {
      refuse(
          "a generator with batch norm or with an InstanceNorm that has weights; the reference "
          "trains CycleGAN with --norm instance, and only that is built here");
    }
  }

  std::string file_, direction_, other_;
  std::map<std::string, Tensor> tensors_;
};

GeneratorSettings SettingsIn(const std::string& text, const std::string& file) {
  const auto fail = [&](std::string_view what) {
    Fail(ErrorKind::kModel, "{}: its metadata \"generator\" cannot be used: {}", file, what);
  };
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  GeneratorSettings settings;
  if (!json.is_object()) fail("no object");
  const auto integer = [&](const char* key) {
    const auto found = json.find(key);
    if (found == json.end() || !found->is_number_integer()) fail(fmt::format("no {}", key));
    return found->get<std::int64_t>();
  };
  settings.width = integer("width");
  settings.blocks = integer("blocks");
  const auto resampling = json.find("resampling");
  if (resampling == json.end() || !resampling->is_string()) fail("no resampling");
  settings.resampling = resampling->get<std::string>();
  // Files from before there were masks do not say it.
  const auto output = json.find("output");
  if (output != json.end() && output->is_string()) settings.output = output->get<std::string>();
  return settings;
}

}  // namespace

LoadedGenerator LoadGenerator(const Path& file, std::string_view direction) {
  if (std::ranges::find(kDirections, direction) == std::end(kDirections)) {
    Fail(ErrorKind::kUsage, "direction {}: expected a2b or b2a", direction);
  }
  FileTensors read = ReadTensors(file);
  Candidate candidate(read, direction, file.string());
  candidate.TakeDropoutNames();
  const GeneratorSettings settings = candidate.Settings();
  candidate.RequireRoom(settings);
  if (const auto said = read.metadata.find("generator"); said != read.metadata.end()) {
    const GeneratorSettings meant = SettingsIn(said->second, file.string());
    if (meant != settings) {
      Fail(ErrorKind::kModel, "{}: says it holds {}, but its tensors are those of {}",
           file.string(), Candidate::Name(meant), Candidate::Name(settings));
    }
  }
  LoadedGenerator loaded;
  loaded.generator = std::make_unique<Generator>(settings, /*seed=*/0);
  loaded.generator->LoadState(candidate.StateFor(*loaded.generator));
  loaded.metadata = std::move(read.metadata);
  loaded.direction = candidate.direction();
  return loaded;
}

void SaveGenerators(const Path& file, const GeneratorSettings& settings, const NamedTensors& a2b,
                    const NamedTensors& b2a, const std::map<std::string, std::string>& metadata) {
  NamedTensors all;
  for (const auto& [name, tensor] : a2b) all.emplace_back("a2b." + name, tensor);
  for (const auto& [name, tensor] : b2a) all.emplace_back("b2a." + name, tensor);
  std::map<std::string, std::string> entries = metadata;
  entries["format"] = kFormat;
  entries["generator"] = nlohmann::json{
      {"width", settings.width},
      {"blocks", settings.blocks},
      {"resampling", settings.resampling},
      {"output",
       settings.output}}.dump();
  formats::WriteSafetensors(file, ToArrays(all), entries);
}

NamedTensors ReferenceState(const Generator& generator) {
  if (generator.settings().output == "blend") {
    Fail(ErrorKind::kUsage,
         "a generator with a mask (output: blend) has no place in the reference's program, whose "
         "networks have none; export it as safetensors, or train with generator.output=picture");
  }
  NamedTensors state = generator.State();
  const GeneratorSettings& settings = generator.settings();
  if (settings.resampling != "antialias") return state;
  // [channels,1,k,k] of each blur, the same for all channels; before the next convolution.
  const auto insert = [&](std::int64_t place, std::int64_t channels, const Tensor& taps,
                          double gain) {
    const Tensor filter = at::outer(taps, taps).mul(gain).repeat({channels, 1, 1, 1});
    const std::string next = fmt::format("model.{}.", place + 1);
    const auto before =
        std::ranges::find_if(state, [&](const auto& item) { return item.first.starts_with(next); });
    state.emplace(before, fmt::format("model.{}.filt", place), filter);
  };
  const Tensor down = at::tensor({1.0F, 2.0F, 1.0F});
  const Tensor up = at::tensor({1.0F, 3.0F, 3.0F, 1.0F});
  const std::int64_t w = settings.width;
  const std::int64_t end = 12 + settings.blocks;
  insert(7, 2 * w, down, 1.0 / 16);
  insert(11, 4 * w, down, 1.0 / 16);
  insert(end, 4 * w, up, 4.0 / 64);
  insert(end + 4, 2 * w, up, 4.0 / 64);
  return state;
}

void ExportPth(const Path& file, const NamedTensors& state) {
  formats::WriteTorchFile(file, ToArrays(state));
}

}  // namespace agon::cyclegan
