// SPDX-License-Identifier: Apache-2.0
// The instructions that in Python would import a class or call a function. Here they stand for
// tensors, storages and OrderedDicts, or are refused.
#include <array>
#include <optional>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/formats/pickle_machine.h"
#include "runtime/formats/printable.h"

namespace agon::formats {
namespace {

// One instruction of a few bytes makes one of these, so their size and number are bounded.
constexpr std::size_t kMaxDimensions = 64;
constexpr std::size_t kMaxKey = 256;
constexpr std::size_t kMaxTensors = 100'000;

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor";
constexpr std::string_view kRebuildTensor2 = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";

constexpr std::array<std::pair<std::string_view, DType>, 13> kStorages{{
    {"torch.FloatStorage", DType::kF32},
    {"torch.DoubleStorage", DType::kF64},
    {"torch.HalfStorage", DType::kF16},
    {"torch.BFloat16Storage", DType::kBF16},
    {"torch.LongStorage", DType::kI64},
    {"torch.IntStorage", DType::kI32},
    {"torch.ShortStorage", DType::kI16},
    {"torch.CharStorage", DType::kI8},
    {"torch.ByteStorage", DType::kU8},
    {"torch.BoolStorage", DType::kBool},
    {"torch.UntypedStorage", DType::kU8},
    {"torch.storage.UntypedStorage", DType::kU8},
    {"torch.storage._UntypedStorage", DType::kU8},
}};

std::optional<DType> StorageType(std::string_view global) {
  for (const auto& [name, dtype] : kStorages) {
    if (name == global) {
      return dtype;
    }
  }
  return std::nullopt;
}

bool Allowed(std::string_view global) {
  return global == kOrderedDict || global == kRebuildTensor || global == kRebuildTensor2 ||
         global == kRebuildParameter || StorageType(global).has_value();
}

}  // namespace

// An argument of a call.
const PickleValue& PickleMachine::Argument(const PickleValue& tuple, std::size_t index,
                                           PickleKind kind, std::string_view call) {
  if (index >= tuple.items.size() || At(tuple.items[index]).kind != kind) {
    Refuse(fmt::format("{} with an argument {} that torch.save does not write", call, index));
  }
  return At(tuple.items[index]);
}

void PickleMachine::PushGlobal(const std::string& module, const std::string& member) {
  std::string global = module + "." + member;
  if (!Allowed(global)) {
    const std::string shown = Printable(global);
    // Python's classes start with a capital by custom: most likely a module pickled whole.
    const bool class_name = !member.empty() && member[0] >= 'A' && member[0] <= 'Z';
    if (module.starts_with("torch") && member.ends_with("Storage")) {
      Refuse(fmt::format("tensors of type \"{}\" are not supported; convert them before saving",
                         shown));
    }
    if (class_name || module.starts_with("torch.nn.")) {
      Refuse(
          fmt::format("holds an object of class \"{}\", which is refused: only tensors are "
                      "read; in Python save model.state_dict() instead of the whole model",
                      shown));
    }
    Refuse(
        fmt::format("asks for \"{}\", which is refused: only tensors are read, nothing in the "
                    "file is executed; in Python save model.state_dict()",
                    shown));
  }
  PushNew({.kind = PickleKind::kGlobal, .text = std::move(global)});
}

void PickleMachine::Object(std::uint8_t instruction) {
  switch (instruction) {
    case kGlobalName: {
      const std::string module = Line();
      const std::string member = Line();
      PushGlobal(module, member);
      return;
    }
    case kStackGlobal: {
      const std::string member = TopOf(PickleKind::kText, "a name that is no text").text;
      Pop();
      const std::string module = TopOf(PickleKind::kText, "a name that is no text").text;
      Pop();
      PushGlobal(module, member);
      return;
    }
    case kBinPersistentId:
      PersistentId();
      return;
    case kReduce:
      Reduce();
      return;
    case kBuild:
      // Attributes of an OrderedDict (_metadata) carry versions of modules: of no use here.
      Pop();
      TopOf(PickleKind::kDict, "sets attributes of something that is no dict");
      return;
    default:
      Refuse(
          fmt::format("pickle instruction 0x{:02x} is refused: torch.save does not use it for "
                      "a state_dict()",
                      instruction));
  }
}

void PickleMachine::PersistentId() {
  const PickleValue& id = TopOf(PickleKind::kTuple, "a persistent id that is no tuple");
  constexpr std::string_view kWhat = "a storage";
  if (Argument(id, 0, PickleKind::kText, kWhat).text != "storage" || id.items.size() < 5 ||
      id.items.size() > 6) {
    Refuse(
        fmt::format("persistent id \"{}\" is refused: only storages are read; in Python save "
                    "model.state_dict() instead of the whole model",
                    Printable(At(id.items[0]).text)));
  }
  if (id.items.size() == 6 && At(id.items[5]).kind != PickleKind::kNone) {
    Refuse(
        "storages that are views of others are not supported; save the file again with a "
        "newer torch.save");
  }
  const std::string& type = Argument(id, 1, PickleKind::kGlobal, kWhat).text;
  const std::optional<DType> dtype = StorageType(type);
  if (!dtype) {
    Refuse(fmt::format("\"{}\" is no storage type", type));
  }
  if (Argument(id, 2, PickleKind::kText, kWhat).text.size() > kMaxKey) {
    Refuse(fmt::format("a storage key of more than {} bytes", kMaxKey));
  }
  CheckCount(pickle_.storages.size());
  pickle_.storages.push_back({.dtype = *dtype,
                              .key = Argument(id, 2, PickleKind::kText, kWhat).text,
                              .count = Argument(id, 4, PickleKind::kInt, kWhat).integer});
  Pop();
  PushNew({.kind = PickleKind::kStorage,
           .integer = static_cast<std::int64_t>(pickle_.storages.size() - 1)});
}

void PickleMachine::CheckCount(std::size_t count) const {
  if (count >= kMaxTensors) {
    Refuse(fmt::format("more than {} tensors", kMaxTensors));
  }
}

std::vector<std::int64_t> PickleMachine::Integers(const PickleValue& tuple, std::string_view call) {
  if (tuple.items.size() > kMaxDimensions) {
    Refuse(fmt::format("{} with {} dimensions", call, tuple.items.size()));
  }
  std::vector<std::int64_t> values;
  for (std::size_t i = 0; i < tuple.items.size(); ++i) {
    values.push_back(Argument(tuple, i, PickleKind::kInt, call).integer);
  }
  return values;
}

void PickleMachine::Reduce() {
  const PickleId arguments_id = Pop();
  const PickleId function_id = Pop();
  if (At(arguments_id).kind != PickleKind::kTuple) {
    Refuse("a call without a tuple of arguments");
  }
  if (At(function_id).kind != PickleKind::kGlobal) {
    Refuse("calls something that is no function");
  }
  // Both references end with the next New(), which may move the values.
  const std::string& function = At(function_id).text;
  const PickleValue& arguments = At(arguments_id);
  if (function == kOrderedDict) {
    PushOrderedDict(arguments);
  } else if (function == kRebuildTensor || function == kRebuildTensor2) {
    PushTensor(arguments, function);
  } else if (function == kRebuildParameter) {
    // (tensor, requires_grad, backward_hooks): the tensor itself.
    Argument(arguments, 0, PickleKind::kTensor, function);
    Push(arguments.items[0]);
  } else {
    Refuse(fmt::format("calls \"{}\"", Printable(function)));
  }
}

void PickleMachine::PushTensor(const PickleValue& arguments, std::string_view function) {
  // (storage, offset, size, stride[, requires_grad, backward_hooks[, metadata]])
  if (arguments.items.size() > 6 && At(arguments.items[6]).kind != PickleKind::kNone) {
    Refuse(
        "tensors with metadata (a negative or conjugate view) are not supported; save a "
        ".clone() of them");
  }
  PickleTensor tensor;
  tensor.storage =
      static_cast<std::size_t>(Argument(arguments, 0, PickleKind::kStorage, function).integer);
  tensor.offset = Argument(arguments, 1, PickleKind::kInt, function).integer;
  tensor.shape = Integers(Argument(arguments, 2, PickleKind::kTuple, function), function);
  tensor.strides = Integers(Argument(arguments, 3, PickleKind::kTuple, function), function);
  CheckCount(pickle_.tensors.size());
  pickle_.tensors.push_back(std::move(tensor));
  PushNew({.kind = PickleKind::kTensor,
           .integer = static_cast<std::int64_t>(pickle_.tensors.size() - 1)});
}

// Without arguments, or with a list of pairs as Python 2 wrote it.
void PickleMachine::PushOrderedDict(const PickleValue& arguments) {
  std::vector<PickleId> items;
  if (!arguments.items.empty()) {
    const PickleValue& pairs = Argument(arguments, 0, PickleKind::kList, kOrderedDict);
    // The list may be used again and again, and is copied each time.
    copied_ += pairs.items.size();
    if (copied_ > kMaxPickleValues) {
      Refuse(fmt::format("more than {} values", kMaxPickleValues));
    }
    for (const PickleId pair : pairs.items) {
      const PickleValue& entry = At(pair);
      if ((entry.kind != PickleKind::kTuple && entry.kind != PickleKind::kList) ||
          entry.items.size() != 2) {
        Refuse("an OrderedDict of something other than pairs");
      }
      items.insert(items.end(), entry.items.begin(), entry.items.end());
    }
  }
  PushNew({.kind = PickleKind::kDict, .items = std::move(items)});
}

}  // namespace agon::formats
