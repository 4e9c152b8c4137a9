// SPDX-License-Identifier: Apache-2.0
// The stack machine behind pickle.h: it builds values and never looks up, imports or calls
// anything. pickle.cpp has the instructions that make plain values and move them about,
// pickle_objects.cpp those that in Python would import and call.
//
// Who needs this file: those two. Thread safety: a PickleMachine reads one pickle, once.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/formats/byte_order.h"
#include "runtime/formats/pickle.h"

namespace agon::formats {

class PickleMachine {
 public:
  PickleMachine(ByteView bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  [[nodiscard]] Pickle Run();

 private:
  // Those of Python's pickletools.py that torch.save emits.
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

  [[noreturn]] void Refuse(std::string_view what) const;

  // Input -----------------------------------------------------------------------------------------

  ByteView Take(std::uint64_t count);
  std::uint8_t Byte() { return std::to_integer<std::uint8_t>(Take(1)[0]); }
  template <std::unsigned_integral T>
  T Number() {
    return LoadLe<T>(Take(sizeof(T)), 0);
  }
  std::string Text(std::uint64_t size) { return std::string(AsText(Take(size))); }
  std::string Line();

  // Values and stack ------------------------------------------------------------------------------

  PickleId New(PickleValue value);
  void Push(PickleId id);
  void PushNew(PickleValue value) { Push(New(std::move(value))); }
  // What lies below the topmost mark is out of reach until the mark is taken.
  [[nodiscard]] std::size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleId Pop();
  [[nodiscard]] PickleId Top() const;
  std::vector<PickleId> PopToMark();
  PickleValue& At(PickleId id) { return pickle_.values[id]; }
  PickleValue& TopOf(PickleKind kind, std::string_view what);

  // Plain values: true when the instruction was one of these --------------------------------------

  [[nodiscard]] bool Scalar(std::uint8_t instruction);
  [[nodiscard]] bool Container(std::uint8_t instruction);
  [[nodiscard]] bool Memory(std::uint8_t instruction);
  void PushInteger(std::int64_t value) { PushNew({.kind = PickleKind::kInt, .integer = value}); }
  void PushText(std::uint64_t size) { PushNew({.kind = PickleKind::kText, .text = Text(size)}); }
  void PushBytes(std::uint64_t size) { PushNew({.kind = PickleKind::kBytes, .text = Text(size)}); }
  void PushLong(std::uint32_t size);
  void PushTuple(std::size_t count);
  void Extend(PickleKind kind, const std::vector<PickleId>& items);
  void Put(std::uint32_t index);
  void Get(std::uint32_t index);

  // Objects: everything else ----------------------------------------------------------------------

  void Object(std::uint8_t instruction);
  void PushGlobal(const std::string& module, const std::string& member);
  void PersistentId();
  void Reduce();
  void PushTensor(const PickleValue& arguments, std::string_view function);
  void PushOrderedDict(const PickleValue& arguments);
  // An argument of a call.
  const PickleValue& Argument(const PickleValue& tuple, std::size_t index, PickleKind kind,
                              std::string_view call);
  std::vector<std::int64_t> Integers(const PickleValue& tuple, std::string_view call);
  void CheckCount(std::size_t count) const;

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

}  // namespace agon::formats
