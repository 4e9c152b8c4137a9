// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/pickle.h"

#include <utility>

#include "runtime/base/error.h"
#include "runtime/formats/pickle_machine.h"

namespace agon::formats {

Pickle PickleMachine::Run() {
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

void PickleMachine::Refuse(std::string_view what) const {
  Fail(ErrorKind::kData, "{}: {} (byte {} of the pickle)", name_, what, at_);
}

ByteView PickleMachine::Take(std::uint64_t count) {
  if (count > bytes_.size() - at_) {
    Refuse("the pickle is cut short");
  }
  const ByteView taken = bytes_.subspan(at_, static_cast<std::size_t>(count));
  at_ += static_cast<std::size_t>(count);
  return taken;
}

std::string PickleMachine::Line() {
  std::string line;
  for (char c = static_cast<char>(Byte()); c != '\n'; c = static_cast<char>(Byte())) {
    line.push_back(c);
    if (line.size() > 1024) {
      Refuse("a name of more than 1024 bytes");
    }
  }
  return line;
}

PickleId PickleMachine::New(PickleValue value) {
  if (pickle_.values.size() >= kMaxPickleValues) {
    Refuse(fmt::format("more than {} values", kMaxPickleValues));
  }
  pickle_.values.push_back(std::move(value));
  return static_cast<PickleId>(pickle_.values.size() - 1);
}

void PickleMachine::Push(PickleId id) {
  if (stack_.size() >= kMaxPickleValues) {
    Refuse("the stack is too deep");
  }
  stack_.push_back(id);
}

PickleId PickleMachine::Pop() {
  const PickleId id = Top();
  stack_.pop_back();
  return id;
}

PickleId PickleMachine::Top() const {
  if (stack_.size() <= Floor()) {
    Refuse("takes a value from an empty stack");
  }
  return stack_.back();
}

std::vector<PickleId> PickleMachine::PopToMark() {
  if (marks_.empty()) {
    Refuse("takes values up to a mark that is not there");
  }
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleId> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

PickleValue& PickleMachine::TopOf(PickleKind kind, std::string_view what) {
  PickleValue& value = At(Top());
  if (value.kind != kind) {
    Refuse(what);
  }
  return value;
}

void PickleMachine::PushLong(std::uint32_t size) {
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

bool PickleMachine::Scalar(std::uint8_t instruction) {
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

void PickleMachine::PushTuple(std::size_t count) {
  std::vector<PickleId> items(count);
  for (std::size_t i = count; i-- > 0;) {
    items[i] = Pop();
  }
  PushNew({.kind = PickleKind::kTuple, .items = std::move(items)});
}

void PickleMachine::Extend(PickleKind kind, const std::vector<PickleId>& items) {
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

bool PickleMachine::Container(std::uint8_t instruction) {
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

void PickleMachine::Put(std::uint32_t index) {
  if (memo_.size() >= kMaxPickleValues) {
    Refuse("the memo is too large");
  }
  memo_[index] = Top();
}

void PickleMachine::Get(std::uint32_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) {
    Refuse(fmt::format("memo entry {} is not there", index));
  }
  Push(found->second);
}

bool PickleMachine::Memory(std::uint8_t instruction) {
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

Pickle ReadPickle(ByteView bytes, std::string_view name) {
  return PickleMachine(bytes, name).Run();
}

}  // namespace agon::formats
