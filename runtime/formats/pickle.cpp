// SPDX-License-Identifier: Apache-2.0
// The instructions are those of Python's pickletools.py; only the ones that torch.save emits are
// known here.
#include "runtime/formats/pickle.h"

#include <array>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/printable.h"

namespace agon::formats {
namespace {

enum Instruction : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNoneValue = 'N',
  kBinPersistentId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kAppend = 'a',
  kBuild = 'b',
  kGlobalName = 'c',
  kDictOfMark = 'd',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kListOfMark = 'l',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTupleOfMark = 't',
  kSetItems = 'u',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kEmptyTuple = ')',
  kEmptyList = ']',
  kEmptyDict = '}',
  kProtocol = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

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

class Machine {
 public:
  Machine(ByteView bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  Pickle Run() {
    if (Byte() != kProtocol) {
      Refuse("does not start with a pickle of protocol 2 or later");
    }
    const std::uint8_t protocol = Byte();
    if (protocol < 2 || protocol > 5) {
      Refuse(fmt::format("pickle protocol {} is not supported (2 to 5 are)", protocol));
    }
    none_ = New({.kind = PickleKind::kNone});
    true_ = New({.kind = PickleKind::kBool, .integer = 1});
    false_ = New({.kind = PickleKind::kBool, .integer = 0});
    empty_tuple_ = New({.kind = PickleKind::kTuple});
    while (true) {
      const std::uint8_t instruction = Byte();
      if (instruction == kStop) {
        break;
      }
      if (!Scalar(instruction) && !Container(instruction) && !Memory(instruction)) {
        Object(instruction);
      }
    }
    pickle_.root = Pop();
    pickle_.size = at_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void Refuse(std::string_view what) const {
    Fail(ErrorKind::kData, "{}: {} (byte {} of the pickle)", name_, what, at_);
  }

  // Input -----------------------------------------------------------------------------------------

  ByteView Take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      Refuse("the pickle is cut short");
    }
    const ByteView taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return taken;
  }
  std::uint8_t Byte() { return std::to_integer<std::uint8_t>(Take(1)[0]); }
  template <std::unsigned_integral T>
  T Number() {
    return LoadLe<T>(Take(sizeof(T)), 0);
  }
  std::string Text(std::uint64_t size) { return std::string(AsText(Take(size))); }
  std::string Line() {
    std::string line;
    for (char c = static_cast<char>(Byte()); c != '\n'; c = static_cast<char>(Byte())) {
      line.push_back(c);
      if (line.size() > 1024) {
        Refuse("a name of more than 1024 bytes");
      }
    }
    return line;
  }

  // Values and stack ------------------------------------------------------------------------------

  PickleId New(PickleValue value) {
    if (pickle_.values.size() >= kMaxPickleValues) {
      Refuse(fmt::format("more than {} values", kMaxPickleValues));
    }
    pickle_.values.push_back(std::move(value));
    return static_cast<PickleId>(pickle_.values.size() - 1);
  }
  void Push(PickleId id) {
    if (stack_.size() >= kMaxPickleValues) {
      Refuse("the stack is too deep");
    }
    stack_.push_back(id);
  }
  void PushNew(PickleValue value) { Push(New(std::move(value))); }
  // What lies below the topmost mark is out of reach until the mark is taken.
  [[nodiscard]] std::size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleId Pop() {
    const PickleId id = Top();
    stack_.pop_back();
    return id;
  }
  [[nodiscard]] PickleId Top() const {
    if (stack_.size() <= Floor()) {
      Refuse("takes a value from an empty stack");
    }
    return stack_.back();
  }
  std::vector<PickleId> PopToMark() {
    if (marks_.empty()) {
      Refuse("takes values up to a mark that is not there");
    }
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleId> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  PickleValue& At(PickleId id) { return pickle_.values[id]; }
  PickleValue& TopOf(PickleKind kind, std::string_view what) {
    PickleValue& value = At(Top());
    if (value.kind != kind) {
      Refuse(what);
    }
    return value;
  }
  // An argument of a call.
  const PickleValue& Argument(const PickleValue& tuple, std::size_t index, PickleKind kind,
                              std::string_view call) {
    if (index >= tuple.items.size() || At(tuple.items[index]).kind != kind) {
      Refuse(fmt::format("{} with an argument {} that torch.save does not write", call, index));
    }
    return At(tuple.items[index]);
  }

  // Instructions ----------------------------------------------------------------------------------

  void PushInteger(std::int64_t value) { PushNew({.kind = PickleKind::kInt, .integer = value}); }
  void PushText(std::uint64_t size) { PushNew({.kind = PickleKind::kText, .text = Text(size)}); }
  void PushBytes(std::uint64_t size) { PushNew({.kind = PickleKind::kBytes, .text = Text(size)}); }
  void PushLong(std::uint32_t size) {
    const ByteView digits = Take(size);
    if (size > 8) {
      PushNew({.kind = PickleKind::kLongInt, .text = std::string(AsText(digits))});
      return;
    }
    const bool negative = size > 0 && (digits[size - 1] & std::byte{0x80}) != std::byte{0};
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = size; i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint64_t>(digits[i]);
    }
    PushInteger(static_cast<std::int64_t>(value));
  }

  bool Scalar(std::uint8_t instruction) {
    switch (instruction) {
      case kNoneValue:
        Push(none_);
        return true;
      case kNewTrue:
        Push(true_);
        return true;
      case kNewFalse:
        Push(false_);
        return true;
      case kBinInt:
        PushInteger(static_cast<std::int32_t>(Number<std::uint32_t>()));
        return true;
      case kBinInt1:
        PushInteger(Byte());
        return true;
      case kBinInt2:
        PushInteger(Number<std::uint16_t>());
        return true;
      case kLong1:
        PushLong(Byte());
        return true;
      case kLong4:
        PushLong(Number<std::uint32_t>());
        return true;
      case kBinFloat:
        Take(8);
        PushNew({.kind = PickleKind::kFloat});
        return true;
      case kShortBinString:  // Python 2 wrote its names so.
      case kShortBinUnicode:
        PushText(Byte());
        return true;
      case kBinString:
      case kBinUnicode:
        PushText(Number<std::uint32_t>());
        return true;
      case kBinUnicode8:
        PushText(Number<std::uint64_t>());
        return true;
      case kShortBinBytes:
        PushBytes(Byte());
        return true;
      case kBinBytes:
        PushBytes(Number<std::uint32_t>());
        return true;
      case kBinBytes8:
        PushBytes(Number<std::uint64_t>());
        return true;
      default:
        return false;
    }
  }

  void PushTuple(std::size_t count) {
    std::vector<PickleId> items(count);
    for (std::size_t i = count; i-- > 0;) {
      items[i] = Pop();
    }
    PushNew({.kind = PickleKind::kTuple, .items = std::move(items)});
  }
  void Extend(PickleKind kind, const std::vector<PickleId>& items) {
    const bool dict = kind == PickleKind::kDict;
    PickleValue& target =
        TopOf(kind, dict ? "sets items of something that is no dict (is this a module? save its "
                           "state_dict() instead)"
                         : "appends to something that is no list");
    if (dict && items.size() % 2 != 0) {
      Refuse("a dict with a key and no value");
    }
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  bool Container(std::uint8_t instruction) {
    switch (instruction) {
      case kEmptyTuple:
        Push(empty_tuple_);
        return true;
      case kTuple1:
      case kTuple2:
      case kTuple3:
        PushTuple(std::size_t{1} + instruction - kTuple1);
        return true;
      case kTupleOfMark:
        PushNew({.kind = PickleKind::kTuple, .items = PopToMark()});
        return true;
      case kEmptyList:
        PushNew({.kind = PickleKind::kList});
        return true;
      case kListOfMark:
        PushNew({.kind = PickleKind::kList, .items = PopToMark()});
        return true;
      case kAppend:
        Extend(PickleKind::kList, {Pop()});
        return true;
      case kAppends:
        Extend(PickleKind::kList, PopToMark());
        return true;
      case kEmptyDict:
        PushNew({.kind = PickleKind::kDict});
        return true;
      case kDictOfMark: {
        const std::vector<PickleId> items = PopToMark();
        PushNew({.kind = PickleKind::kDict});
        Extend(PickleKind::kDict, items);
        return true;
      }
      case kSetItem: {
        const PickleId value = Pop();
        const PickleId key = Pop();
        Extend(PickleKind::kDict, {key, value});
        return true;
      }
      case kSetItems:
        Extend(PickleKind::kDict, PopToMark());
        return true;
      default:
        return false;
    }
  }

  void Put(std::uint32_t index) {
    if (memo_.size() >= kMaxPickleValues) {
      Refuse("the memo is too large");
    }
    memo_[index] = Top();
  }
  void Get(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
      Refuse(fmt::format("memo entry {} is not there", index));
    }
    Push(found->second);
  }

  bool Memory(std::uint8_t instruction) {
    switch (instruction) {
      case kMark:
        if (marks_.size() >= kMaxPickleValues) {
          Refuse("the stack is too deep");
        }
        marks_.push_back(stack_.size());
        return true;
      case kPop:
        // Python pops the mark itself where nothing lies above it.
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          Pop();
        }
        return true;
      case kPopMark:
        PopToMark();
        return true;
      case kDup:
        Push(Top());
        return true;
      case kBinPut:
        Put(Byte());
        return true;
      case kLongBinPut:
        Put(Number<std::uint32_t>());
        return true;
      case kMemoize:
        Put(static_cast<std::uint32_t>(memo_.size()));
        return true;
      case kBinGet:
        Get(Byte());
        return true;
      case kLongBinGet:
        Get(Number<std::uint32_t>());
        return true;
      case kFrame:
        // A hint for buffering; the instructions inside it are checked one by one.
        Take(8);
        return true;
      default:
        return false;
    }
  }

  void PushGlobal(const std::string& module, const std::string& member) {
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

  void Object(std::uint8_t instruction) {
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

  void PersistentId() {
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

  void CheckCount(std::size_t count) const {
    if (count >= kMaxTensors) {
      Refuse(fmt::format("more than {} tensors", kMaxTensors));
    }
  }

  std::vector<std::int64_t> Integers(const PickleValue& tuple, std::string_view call) {
    if (tuple.items.size() > kMaxDimensions) {
      Refuse(fmt::format("{} with {} dimensions", call, tuple.items.size()));
    }
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < tuple.items.size(); ++i) {
      values.push_back(Argument(tuple, i, PickleKind::kInt, call).integer);
    }
    return values;
  }

  void Reduce() {
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
    } else if (function == kRebuildParameter) {
      // (tensor, requires_grad, backward_hooks): the tensor itself.
      Argument(arguments, 0, PickleKind::kTensor, function);
      Push(arguments.items[0]);
    } else {
      Refuse(fmt::format("calls \"{}\"", Printable(function)));
    }
  }

  // Without arguments, or with a list of pairs as Python 2 wrote it.
  void PushOrderedDict(const PickleValue& arguments) {
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

  ByteView bytes_;
  std::string_view name_;
  std::size_t at_ = 0;
  Pickle pickle_;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleId> memo_;
  std::size_t copied_ = 0;
  PickleId none_ = 0;
  PickleId true_ = 0;
  PickleId false_ = 0;
  PickleId empty_tuple_ = 0;
};

}  // namespace

Pickle ReadPickle(ByteView bytes, std::string_view name) { return Machine(bytes, name).Run(); }

}  // namespace agon::formats
