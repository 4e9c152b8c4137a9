// SPDX-License-Identifier: Apache-2.0
// Reads the pickles that torch.save writes, as data: a stack machine that builds values and never
// looks up, imports or calls anything. Only torch_file.cpp needs this file; to read weights use
// torch_file.h.
//
// Thread safety: free functions and plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/array.h"

namespace agon::formats {

// An index into Pickle::values. Values may refer to each other in circles, as Python's may.
using PickleId = std::uint32_t;

enum class PickleKind {
  kNone,
  kBool,     // integer
  kInt,      // integer
  kLongInt,  // text: two's complement, little-endian, more than 8 bytes
  kFloat,    // the value is of no interest
  kText,     // text
  kBytes,    // text
  kTuple,    // items
  kList,     // items
  kDict,     // items: key, value, key, value, ...
  kGlobal,   // text: "torch.FloatStorage", always one of the names allowed
  kStorage,  // integer: index into Pickle::storages
  kTensor,   // integer: index into Pickle::tensors
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  std::int64_t integer = 0;
  std::string text = {};
  std::vector<PickleId> items = {};
};

struct PickleStorage {
  DType dtype = DType::kU8;
  std::string key = {};
  std::int64_t count = 0;  // elements; not checked against anything here
};

// Nothing is checked here but the types of the fields.
struct PickleTensor {
  std::size_t storage = 0;  // index into Pickle::storages
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

struct Pickle {
  std::vector<PickleValue> values;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  PickleId root = 0;
  std::size_t size = 0;  // bytes read, the STOP instruction included

  [[nodiscard]] const PickleValue& Root() const { return values[root]; }
};

// Values, stack entries and memo entries a pickle may have: about ten times a network of 10,000
// tensors.
inline constexpr std::size_t kMaxPickleValues = 2'000'000;

// Reads one pickle of protocol 2 to 5 from the front of `bytes`. Error(kData) names `name` and,
// for anything that is not tensor data, the class or function the pickle asks for.
[[nodiscard]] Pickle ReadPickle(ByteView bytes, std::string_view name);

}  // namespace agon::formats
