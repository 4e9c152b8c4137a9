// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/torch_file_write.h"

#include <limits>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/zip.h"

namespace agon::formats {
namespace {

std::string_view StorageName(DType type) {
  switch (type) {
    case DType::kBool:
      return "BoolStorage";
    case DType::kU8:
      return "ByteStorage";
    case DType::kI8:
      return "CharStorage";
    case DType::kI16:
      return "ShortStorage";
    case DType::kI32:
      return "IntStorage";
    case DType::kI64:
      return "LongStorage";
    case DType::kF16:
      return "HalfStorage";
    case DType::kBF16:
      return "BFloat16Storage";
    case DType::kF32:
      return "FloatStorage";
    case DType::kF64:
      return "DoubleStorage";
  }
  Fail(ErrorKind::kInternal, "no such type of array");
}

// Instructions of the pickle protocol 2 (PEP 307), as many as a state dict takes.
class PickleWriter {
 public:
  PickleWriter() { Put("\x80\x02"); }

  void Mark() { Put("("); }
  void Global(std::string_view module, std::string_view name) {
    Put("c");
    Put(module);
    Put("\n");
    Put(name);
    Put("\n");
  }
  void EmptyTuple() { Put(")"); }
  void Tuple() { Put("t"); }  // of everything since the mark
  void Call() { Put("R"); }   // of a global with a tuple
  void SetItems() { Put("u"); }
  void PersistentId() { Put("Q"); }
  void False() { Put("\x89"); }
  void Text(std::string_view text) {
    AGON_CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max());
    Put("X");
    AppendLe(bytes_, static_cast<std::uint32_t>(text.size()));
    Put(text);
  }
  void Integer(std::int64_t value) {
    if (value >= 0 && value <= 0xff) {
      Put("K");
      AppendLe(bytes_, static_cast<std::uint8_t>(value));
    } else if (value >= 0 && value <= 0xffff) {
      Put("M");
      AppendLe(bytes_, static_cast<std::uint16_t>(value));
    } else if (std::in_range<std::int32_t>(value)) {
      Put("J");
      AppendLe(bytes_, static_cast<std::uint32_t>(value));
    } else {
      Put("\x8a\x08");  // eight bytes, two's complement
      AppendLe(bytes_, static_cast<std::uint64_t>(value));
    }
  }
  void Integers(const std::vector<std::int64_t>& values) {
    Mark();
    for (const std::int64_t value : values) Integer(value);
    Tuple();
  }
  [[nodiscard]] Bytes Finish() {
    Put(".");
    return std::move(bytes_);
  }

 private:
  void Put(std::string_view text) { Append(bytes_, AsBytes(text)); }
  Bytes bytes_;
};

void EmptyOrderedDict(PickleWriter& pickle) {
  pickle.Global("collections", "OrderedDict");
  pickle.EmptyTuple();
  pickle.Call();
}

std::vector<std::int64_t> RowMajor(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= std::max<std::int64_t>(shape[d], 1);
  }
  return strides;
}

// torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
void PutTensor(PickleWriter& pickle, const Array& array, std::size_t key) {
  pickle.Global("torch._utils", "_rebuild_tensor_v2");
  pickle.Mark();
  {
    pickle.Mark();
    pickle.Text("storage");
    pickle.Global("torch", StorageName(array.dtype));
    pickle.Text(std::to_string(key));
    pickle.Text("cpu");
    pickle.Integer(array.ElementCount());
    pickle.Tuple();
    pickle.PersistentId();
  }
  pickle.Integer(0);
  pickle.Integers(array.shape);
  pickle.Integers(RowMajor(array.shape));
  pickle.False();
  EmptyOrderedDict(pickle);
  pickle.Tuple();
  pickle.Call();
}

Bytes BytesOfText(std::string_view text) {
  const ByteView view = AsBytes(text);
  return {view.begin(), view.end()};
}

}  // namespace

Bytes SerializeTorchFile(const NamedArrays& arrays) {
  constexpr std::size_t kAlignment = 64;  // of PyTorch's own files, so that they can be mapped
  PickleWriter pickle;
  EmptyOrderedDict(pickle);
  if (!arrays.empty()) {
    pickle.Mark();
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const auto& [name, array] = arrays[i];
      AGON_CHECK(CheckedByteCount(array.dtype, array.shape, name) == array.data.size());
      pickle.Text(name);
      PutTensor(pickle, array, i);
    }
    pickle.SetItems();
  }
  std::vector<std::pair<std::string, Bytes>> members;
  members.emplace_back("archive/data.pkl", pickle.Finish());
  members.emplace_back("archive/byteorder", BytesOfText("little"));
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    members.emplace_back("archive/data/" + std::to_string(i), arrays[i].second.data);
  }
  members.emplace_back("archive/version", BytesOfText("3\n"));
  return WriteZip(members, kAlignment);
}

void WriteTorchFile(const Path& file, const NamedArrays& arrays) {
  WriteFileAtomic(file, SerializeTorchFile(arrays));
}

}  // namespace agon::formats
