// SPDX-License-Identifier: Apache-2.0
#include "runtime/nn/weights.h"

#include <algorithm>
#include <set>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/text.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/torch_file.h"
#include "runtime/formats/zip.h"
#include "runtime/tensor/convert.h"

namespace agon::nn {
namespace {

std::string SizesText(const Tensor& tensor) {
  return formats::ShapeText({tensor.sizes().begin(), tensor.sizes().end()});
}

// A checkpoint often holds the weights beside an optimizer, under one of these names.
constexpr std::string_view kWrappers[] = {"",       "state_dict.", "model_state_dict.",
                                          "model.", "net.",        "network."};

bool IsSafetensors(ByteView bytes) {
  if (bytes.size() < 10) return false;
  const auto header = formats::LoadLe<std::uint64_t>(bytes, 0);
  return header <= bytes.size() - 8 && bytes[8] == std::byte{'{'};
}

bool IsNpz(ByteView bytes, const std::string& name) {
  if (!formats::LooksLikeZip(bytes)) return false;
  const formats::ZipReader zip(bytes, name);
  return std::any_of(zip.members().begin(), zip.members().end(),
                     [](const auto& member) { return member.name.ends_with(".npy"); });
}

// What a tensor is in its layer, where its name says so.
std::string_view RoleOf(std::string_view name) {
  const std::string_view last = name.substr(name.rfind('.') + 1);
  for (const std::string_view role : {"weight", "bias", "running_mean", "running_var"}) {
    if (last == role) return role;
  }
  return {};
}

// Batch norm's four are of one shape: in a file sorted by name they would change places unseen.
bool SameRole(std::string_view a, std::string_view b) {
  const std::string_view role = RoleOf(a), other = RoleOf(b);
  return role.empty() || other.empty() || role == other;
}

// One tensor of the file for each slot, in the order of the slots.
using Assignment = std::vector<const std::pair<std::string, Tensor>*>;

class Matcher {
 public:
  Matcher(const Network& network, const NamedTensors& weights, const std::string& file)
      : network_(network), file_(file) {
    for (const auto& item : weights) {
      // PyTorch's batch norm counts its batches; nothing here uses the count.
      if (!item.first.ends_with("num_batches_tracked")) items_.push_back(&item);
    }
  }

  Assignment Match() const {
    for (const std::string& prefix : Prefixes()) {
      if (auto found = ByName(prefix)) return *found;
    }
    for (const std::string_view wrapper : kWrappers) {
      if (auto found = ByOrder(wrapper)) return *found;
    }
    Explain();
  }

 private:
  // What may stand before our names in the file: nothing, "module.", "state_dict.", ...
  std::vector<std::string> Prefixes() const {
    std::vector<std::string> prefixes{""};
    if (network_.slots().empty()) return prefixes;
    const std::string end = "." + network_.slots()[0].name;
    for (const auto* item : items_) {
      if (item->first.ends_with(end)) {
        prefixes.push_back(item->first.substr(0, item->first.size() - end.size() + 1));
      }
    }
    return prefixes;
  }

  // Nothing when a name is missing or, under the prefix, spare.
  std::optional<Assignment> ByName(const std::string& prefix) const {
    const std::size_t under =
        static_cast<std::size_t>(std::count_if(items_.begin(), items_.end(), [&](const auto* item) {
          return item->first.starts_with(prefix);
        }));
    if (under != network_.slots().size()) return std::nullopt;
    Assignment assignment;
    for (const Slot& slot : network_.slots()) {
      const auto* item = Find(prefix + slot.name);
      if (item == nullptr) return std::nullopt;
      assignment.push_back(item);
    }
    for (std::size_t i = 0; i < assignment.size(); ++i) {
      RequireShape(network_.slots()[i], *assignment[i]);
    }
    log::Debug("{}: {} tensors matched by name{}", file_, assignment.size(),
               prefix.empty() ? "" : " below \"" + prefix + "\"");
    return assignment;
  }

  std::optional<Assignment> ByOrder(std::string_view wrapper) const {
    Assignment assignment;
    for (const auto* item : items_) {
      if (item->first.starts_with(wrapper)) assignment.push_back(item);
    }
    const auto& slots = network_.slots();
    if (assignment.size() != slots.size()) return std::nullopt;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (assignment[i]->second.sizes() != slots[i].tensor->sizes()) return std::nullopt;
      if (!SameRole(assignment[i]->first, slots[i].name)) return std::nullopt;
    }
    if (!slots.empty()) {
      log::Info("{}: {} tensors matched by order and shape, the first {} to {}", file_,
                slots.size(), assignment[0]->first, slots[0].name);
    }
    return assignment;
  }

  // Says where the two first part: by name when some names agree, else by order.
  [[noreturn]] void Explain() const {
    const auto& slots = network_.slots();
    const std::string& model = network_.info().name;
    std::set<std::string> ours;
    for (const Slot& slot : slots) ours.insert(slot.name);
    const bool names_agree = std::any_of(
        items_.begin(), items_.end(), [&](const auto* item) { return ours.contains(item->first); });
    if (names_agree) {
      for (const Slot& slot : slots) {
        const auto* item = Find(slot.name);
        if (item == nullptr) {
          Fail(ErrorKind::kModel, "{}: no tensor {} {} for model {}", file_, slot.name,
               SizesText(*slot.tensor), model);
        }
        RequireShape(slot, *item);
      }
      for (const auto* item : items_) {
        if (!ours.contains(item->first)) {
          Fail(ErrorKind::kModel, "{}: tensor {} {} has no place in model {}", file_, item->first,
               SizesText(item->second), model);
        }
      }
    }
    for (std::size_t i = 0; i < std::min(slots.size(), items_.size()); ++i) {
      RequireShape(slots[i], *items_[i]);
      if (!SameRole(items_[i]->first, slots[i].name)) {
        Fail(ErrorKind::kModel,
             "{}: tensor {} stands where model {} has {}; a file whose tensors are sorted by name "
             "needs our names (agon describe {})",
             file_, items_[i]->first, model, slots[i].name, model);
      }
    }
    if (items_.size() < slots.size()) {
      const Slot& slot = slots[items_.size()];
      Fail(ErrorKind::kModel, "{}: {} tensors, but model {} has {}; nothing for {} {}", file_,
           items_.size(), model, slots.size(), slot.name, SizesText(*slot.tensor));
    }
    const auto& spare = *items_[slots.size()];
    Fail(ErrorKind::kModel, "{}: {} tensors, but model {} has {}; {} {} has no place", file_,
         items_.size(), model, slots.size(), spare.first, SizesText(spare.second));
  }

  void RequireShape(const Slot& slot, const std::pair<std::string, Tensor>& item) const {
    if (item.second.sizes() == slot.tensor->sizes()) return;
    const NetworkInfo& info = network_.info();
    // Units as many as the classes, and only a label says how many these are: it may be wrong.
    const bool by_label = !info.classes_from.empty() && slot.tensor->dim() > 0 &&
                          slot.tensor->size(0) == info.classes;
    Fail(ErrorKind::kModel, "{}: tensor {} {} does not fit {} {} of model {}{}", file_, item.first,
         SizesText(item.second), slot.name, SizesText(*slot.tensor), info.name,
         by_label ? fmt::format(" ({} classes, from {})", info.classes, info.classes_from) : "");
  }

  const std::pair<std::string, Tensor>* Find(const std::string& name) const {
    const auto found = std::find_if(items_.begin(), items_.end(),
                                    [&](const auto* item) { return item->first == name; });
    return found == items_.end() ? nullptr : *found;
  }

  const Network& network_;
  const std::string& file_;
  Assignment items_;
};

void RequireFinite(const std::string& name, const Tensor& tensor, const std::string& file) {
  if (!tensor.is_floating_point()) {
    Fail(ErrorKind::kModel, "{}: tensor {} holds {}, expected floating-point numbers", file, name,
         at::toString(tensor.scalar_type()));
  }
  if (!at::isfinite(tensor).all().item<bool>()) {
    Fail(ErrorKind::kModel, "{}: tensor {} holds a NaN or an infinity", file, name);
  }
}

std::string NumbersText(const std::vector<double>& numbers) {
  std::vector<std::string> parts;
  parts.reserve(numbers.size());
  for (const double number : numbers) parts.push_back(FormatReal(number));
  return "[" + Join(parts, ",") + "]";
}

}  // namespace

void CheckTraining(const Path& file) {
  std::error_code ignored;
  if (file.filename() != kWeightsOfRun || std::filesystem::exists(file, ignored)) return;
  Fail(ErrorKind::kModel, "{}: no such file; a training leaves it there when it ends: --run {}",
       file.string(), file.has_parent_path() ? file.parent_path().string() : ".");
}

NamedTensors ReadWeights(const Path& file) {
  CheckTraining(file);
  const Bytes bytes = ReadFileBytes(file);
  const std::string name = file.string();
  if (bytes.empty()) Fail(ErrorKind::kModel, "{}: is empty", name);
  if (IsSafetensors(bytes)) return ToTensors(formats::ParseSafetensors(bytes, name).tensors);
  if (IsNpz(bytes, name)) return ToTensors(formats::ParseNpz(bytes, name));
  constexpr std::byte kPickle{0x80};
  if (formats::LooksLikeZip(bytes) || (!bytes.empty() && bytes[0] == kPickle)) {
    return ToTensors(formats::ParseTorchFile(bytes, name));
  }
  // A damaged one, by its name: its parser knows what is wrong.
  if (file.extension() == ".safetensors") {
    return ToTensors(formats::ParseSafetensors(bytes, name).tensors);
  }
  Fail(ErrorKind::kModel, "{}: neither safetensors, npz nor a PyTorch state dict", name);
}

void LoadWeights(Network& network, const NamedTensors& weights, const std::string& file) {
  const Assignment assignment = Matcher(network, weights, file).Match();
  const auto& slots = network.slots();
  NamedTensors state;
  state.reserve(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto& [name, tensor] = *assignment[i];
    Tensor converted = tensor.is_floating_point() ? tensor.to(at::kFloat) : tensor;
    RequireFinite(name, converted, file);  // after the conversion: a double may overflow
    state.emplace_back(slots[i].name, std::move(converted));
  }
  network.LoadState(state);
}

void SaveWeights(const Network& network, const Path& file,
                 const std::map<std::string, std::string>& metadata) {
  const NetworkInfo& info = network.info();
  std::map<std::string, std::string> all = metadata;
  all["format"] = "agon";
  all["model"] = info.name;
  all["classes"] = std::to_string(info.classes);
  all["input"] = formats::ShapeText(info.input);
  all["mean"] = NumbersText(info.mean);
  all["std"] = NumbersText(info.std);
  formats::WriteSafetensors(file, ToArrays(network.State()), all);
}

}  // namespace agon::nn
