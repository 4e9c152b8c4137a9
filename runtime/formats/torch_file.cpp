// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/torch_file.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/formats/byte_order.h"
#include "runtime/formats/pickle.h"
#include "runtime/formats/printable.h"
#include "runtime/formats/zip.h"

namespace agon::formats {
namespace {

// torch.save before 1.6 writes 0x1950a86a20f9469cfc6c, then 1001, as pickles of their own.
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kLegacyProtocol = 1001;
constexpr std::size_t kMaxPickleBytes = std::size_t{256} << 20;
constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxVisits = 4 * kMaxPickleValues;
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxFound = 100'000;
// Views may share storages; all tensors together may be this many times as large as the storages.
constexpr std::uint64_t kMaxSharing = 64;

// The bytes of the storages, by key.
struct Storage {
  ByteView bytes;
  Bytes owned;  // when unpacked from a zip; `bytes` shows it
};
using Storages = std::unordered_map<std::string, Storage>;

struct NamedTensor {
  std::string name;
  const PickleTensor* tensor;
};

// Finds the tensors among the values.
class Flattener {
 public:
  Flattener(const Pickle& pickle, std::string_view file) : pickle_(pickle), file_(file) {}

  std::vector<NamedTensor> Run() {
    const PickleValue& root = pickle_.Root();
    if (root.kind == PickleKind::kTensor) {
      Add("tensor", root);
    } else {
      Visit(root, "", 0);
    }
    return std::move(found_);
  }

 private:
  void Add(std::string name, const PickleValue& value) {
    if (found_.size() >= kMaxFound) {
      Fail(ErrorKind::kData, "{}: more than {} tensors", file_, kMaxFound);
    }
    if (!names_.insert(name).second) {
      Fail(ErrorKind::kData, "{}: two tensors are named \"{}\"", file_, Printable(name));
    }
    found_.push_back({std::move(name), &pickle_.tensors[static_cast<std::size_t>(value.integer)]});
  }

  [[nodiscard]] std::string KeyText(const PickleValue& key, const std::string& prefix) const {
    if (key.kind == PickleKind::kText || key.kind == PickleKind::kBytes) {
      return key.text;
    }
    if (key.kind == PickleKind::kInt) {
      return std::to_string(key.integer);
    }
    Fail(ErrorKind::kData, "{}: a key under \"{}\" is neither text nor a whole number", file_,
         Printable(prefix));
  }

  void Visit(const PickleValue& value, const std::string& prefix, int depth) {
    // A value inside itself, or one shared over and over, would keep this going for ever.
    visits_ += 1 + value.items.size();
    if (depth > kMaxDepth || visits_ > kMaxVisits) {
      Fail(ErrorKind::kData, "{}: values nested too deeply under \"{}\"", file_, Printable(prefix));
    }
    const bool dict = value.kind == PickleKind::kDict;
    if (!dict && value.kind != PickleKind::kList && value.kind != PickleKind::kTuple) {
      return;
    }
    for (std::size_t i = 0; i < value.items.size(); i += dict ? 2 : 1) {
      const PickleValue& item = pickle_.values[value.items[dict ? i + 1 : i]];
      if (item.kind != PickleKind::kTensor && item.items.empty()) {
        continue;
      }
      std::string name = dict ? KeyText(pickle_.values[value.items[i]], prefix) : std::to_string(i);
      if (!prefix.empty()) {
        name.insert(0, prefix + ".");
      }
      if (name.size() > kMaxNameBytes) {
        Fail(ErrorKind::kData, "{}: a tensor's name is longer than {} bytes", file_, kMaxNameBytes);
      }
      if (item.kind == PickleKind::kTensor) {
        Add(std::move(name), item);
      } else {
        Visit(item, name, depth + 1);
      }
    }
  }

  const Pickle& pickle_;
  std::string_view file_;
  std::vector<NamedTensor> found_;
  std::unordered_set<std::string> names_;
  std::size_t visits_ = 0;
};

// Copies elements in row-major order of the shape.
void CopyStrided(PickleTensor tensor, std::size_t element, ByteView storage, Bytes& out) {
  const std::size_t dimensions = tensor.shape.size();
  for (std::size_t d = 0; d < dimensions; ++d) {
    // The stride of a dimension of one element means nothing and may be any number.
    tensor.strides[d] = tensor.shape[d] == 1 ? 0 : tensor.strides[d];
  }
  std::vector<std::int64_t> index(dimensions, 0);
  std::int64_t source = tensor.offset;
  for (std::size_t at = 0; at < out.size(); at += element) {
    std::memcpy(out.data() + at, storage.data() + static_cast<std::size_t>(source) * element,
                element);
    for (std::size_t d = dimensions; d-- > 0;) {
      source += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) {
        break;
      }
      source -= tensor.strides[d] * tensor.shape[d];
      index[d] = 0;
    }
  }
}

bool IsContiguous(const PickleTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t d = tensor.shape.size(); d-- > 0;) {
    if (tensor.shape[d] != 1 && tensor.strides[d] != expected) {
      return false;
    }
    expected *= tensor.shape[d];
  }
  return true;
}

// Checks that every element lies inside the storage; returns the size of the tensor in bytes.
std::size_t CheckGeometry(const PickleTensor& tensor, const PickleStorage& storage,
                          std::string_view what) {
  const std::size_t bytes = CheckedByteCount(storage.dtype, tensor.shape, what);
  if (tensor.strides.size() != tensor.shape.size() || tensor.offset < 0) {
    Fail(ErrorKind::kData, "{}: damaged shape or offset", what);
  }
  if (bytes == 0) {
    return 0;
  }
  const std::int64_t count = storage.count;
  const auto outside = [&]() {
    Fail(ErrorKind::kData,
         "{}: shape {} with strides {} and offset {} reaches outside its {} "
         "stored elements",
         what, ShapeText(tensor.shape), ShapeText(tensor.strides), tensor.offset, count);
  };
  std::int64_t last = tensor.offset;
  if (last >= count) {
    outside();
  }
  for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
    const std::int64_t steps = tensor.shape[d] - 1;
    if (tensor.strides[d] < 0 || (steps > 0 && tensor.strides[d] > (count - 1 - last) / steps)) {
      outside();
    }
    // Where a dimension has one element its stride means nothing.
    last += steps > 0 ? steps * tensor.strides[d] : 0;
  }
  if (bytes / SizeOf(storage.dtype) > static_cast<std::uint64_t>(count)) {
    Fail(ErrorKind::kData,
         "{}: an expanded view (shape {} of {} stored elements); save a "
         ".contiguous() copy of it",
         what, ShapeText(tensor.shape), count);
  }
  return bytes;
}

NamedArrays BuildArrays(const Pickle& pickle, Storages& storages, std::string_view file) {
  const std::vector<NamedTensor> found = Flattener(pickle, file).Run();
  if (found.empty()) {
    Fail(ErrorKind::kData, "{}: no tensors in the file; save model.state_dict()", file);
  }
  std::uint64_t budget = 0;
  for (const auto& [key, storage] : storages) {
    budget += storage.bytes.size();
  }
  budget *= kMaxSharing;
  std::unordered_map<std::string_view, std::size_t> uses;
  for (const NamedTensor& entry : found) {
    ++uses[pickle.storages[entry.tensor->storage].key];
  }
  NamedArrays arrays;
  arrays.reserve(found.size());
  for (const NamedTensor& entry : found) {
    const PickleTensor& tensor = *entry.tensor;
    const PickleStorage& record = pickle.storages[tensor.storage];
    const std::string what = fmt::format("{}: tensor \"{}\"", file, Printable(entry.name));
    const std::size_t size = CheckGeometry(tensor, record, what);
    if (size > budget) {
      Fail(ErrorKind::kData, "{}: too many views of the same stored bytes", what);
    }
    budget -= size;
    Storage& storage = storages.at(record.key);
    // The two sides must agree once more: several records may name one storage.
    const std::size_t element = SizeOf(record.dtype);
    if (storage.bytes.size() / element < static_cast<std::uint64_t>(record.count)) {
      Fail(ErrorKind::kData, "{}: storage \"{}\" is smaller than announced", what,
           Printable(record.key));
    }
    Array array{.dtype = record.dtype, .shape = tensor.shape, .data = {}};
    const bool last_use = --uses[record.key] == 0;
    if (last_use && size == storage.owned.size() && tensor.offset == 0 && IsContiguous(tensor)) {
      array.data = std::move(storage.owned);
    } else if (IsContiguous(tensor) && size > 0) {
      const ByteView part =
          storage.bytes.subspan(static_cast<std::size_t>(tensor.offset) * element, size);
      array.data.assign(part.begin(), part.end());
    } else {
      array.data.resize(size);
      CopyStrided(tensor, element, storage.bytes, array.data);
    }
    if (last_use) {
      storage = {};
    }
    if (array.dtype == DType::kBool) {
      // Other bytes than 0 and 1 would be undefined behaviour for whoever reads them as bool.
      for (std::byte& value : array.data) {
        value = value == std::byte{0} ? value : std::byte{1};
      }
    }
    arrays.emplace_back(entry.name, std::move(array));
  }
  return arrays;
}

std::size_t StorageBytes(const PickleStorage& storage, std::string_view file) {
  return CheckedByteCount(storage.dtype, {storage.count},
                          fmt::format("{}: storage \"{}\"", file, Printable(storage.key)));
}

// Zip ---------------------------------------------------------------------------------------------

// "name/" of the archive "name.pt": the folder of data.pkl.
std::string ArchivePrefix(const ZipReader& zip, std::string_view file) {
  constexpr std::string_view kPickle = "data.pkl";
  for (const ZipMember& member : zip.members()) {
    const std::size_t slash = member.name.find('/');
    const std::size_t start = slash == std::string::npos ? 0 : slash + 1;
    if (std::string_view(member.name).substr(start) == kPickle) {
      return member.name.substr(0, start);
    }
  }
  Fail(ErrorKind::kData, "{}: a zip archive without data.pkl; it was not written by torch.save",
       file);
}

bool HoldsScript(const ZipReader& zip) {
  return std::ranges::any_of(zip.members(), [](const ZipMember& member) {
    const std::string_view name = member.name;
    const std::size_t slash = name.find('/');
    const std::string_view inner = slash == std::string_view::npos ? name : name.substr(slash + 1);
    return inner == "constants.pkl" || inner.starts_with("code/");
  });
}

NamedArrays ParseZipFile(ByteView bytes, std::string_view name) {
  const ZipReader zip(bytes, std::string(name));
  if (HoldsScript(zip)) {
    Fail(ErrorKind::kData,
         "{}: a TorchScript archive is a program, not a state dict; load it with model "
         "{{name: torchscript}} and --trust-model, or save model.state_dict()",
         name);
  }
  const std::string prefix = ArchivePrefix(zip, name);
  if (const ZipMember* order = zip.Find(prefix + "byteorder"); order != nullptr) {
    if (order->size > 16 || AsText(zip.Read(*order)) != "little") {
      Fail(ErrorKind::kData, "{}: written on a big-endian machine, which is not supported", name);
    }
  }
  const ZipMember& data = *zip.Find(prefix + "data.pkl");
  if (data.size > kMaxPickleBytes) {
    Fail(ErrorKind::kData, "{}: data.pkl of {} bytes, at most {} are read", name, data.size,
         kMaxPickleBytes);
  }
  const Bytes pickle_bytes = zip.Read(data);
  const Pickle pickle = ReadPickle(pickle_bytes, name);
  std::unordered_map<std::string_view, const ZipMember*> members;
  for (const ZipMember& member : zip.members()) {
    members.emplace(member.name, &member);
  }
  Storages storages;
  std::uint64_t total = 0;
  for (const PickleStorage& record : pickle.storages) {
    const std::string path = prefix + "data/" + record.key;
    const auto found = members.find(path);
    if (found == members.end()) {
      Fail(ErrorKind::kData, "{}: storage \"{}\" is missing from the archive", name,
           Printable(path));
    }
    const ZipMember* member = found->second;
    if (const std::size_t expected = StorageBytes(record, name); member->size != expected) {
      Fail(ErrorKind::kData, "{}: storage \"{}\" has {} bytes where {} are announced", name,
           Printable(path), member->size, expected);
    }
    if (storages.contains(record.key)) {
      continue;
    }
    total += member->size;
    if (total > kMaxInflatedBytes) {
      Fail(ErrorKind::kData, "{}: unpacks to more than {} bytes", name, kMaxInflatedBytes);
    }
    Storage& storage = storages[record.key];
    storage.owned = zip.Read(*member);
    storage.bytes = storage.owned;
  }
  return BuildArrays(pickle, storages, name);
}

// Legacy ------------------------------------------------------------------------------------------

// Pickles one after the other: magic, protocol, machine, object, storage keys; then the storages in
// the order of the keys, each a count of elements (u64) and the bytes.
NamedArrays ParseLegacyFile(ByteView bytes, std::string_view name) {
  ByteView left = bytes;
  const auto next = [&]() {
    Pickle pickle = ReadPickle(left.first(std::min(left.size(), kMaxPickleBytes)), name);
    left = left.subspan(pickle.size);
    return pickle;
  };
  const Pickle magic = next();
  if (magic.Root().kind != PickleKind::kLongInt || magic.Root().text != kLegacyMagic) {
    Fail(ErrorKind::kData, "{}: a pickle that was not written by torch.save", name);
  }
  const Pickle protocol = next();
  if (protocol.Root().kind != PickleKind::kInt || protocol.Root().integer != kLegacyProtocol) {
    Fail(ErrorKind::kData, "{}: unknown protocol of the legacy torch format ({} expected)", name,
         kLegacyProtocol);
  }
  const Pickle machine = next();
  const std::vector<PickleId>& facts = machine.Root().items;
  for (std::size_t i = 0; machine.Root().kind == PickleKind::kDict && i + 1 < facts.size();
       i += 2) {
    if (machine.values[facts[i]].text == "little_endian" &&
        machine.values[facts[i + 1]].integer == 0) {
      Fail(ErrorKind::kData, "{}: written on a big-endian machine, which is not supported", name);
    }
  }
  const Pickle pickle = next();
  const Pickle keys = next();
  if (keys.Root().kind != PickleKind::kList) {
    Fail(ErrorKind::kData, "{}: the list of storages is missing", name);
  }
  std::unordered_map<std::string_view, const PickleStorage*> records;
  for (const PickleStorage& record : pickle.storages) {
    const auto [entry, added] = records.emplace(record.key, &record);
    if (!added && StorageBytes(*entry->second, name) != StorageBytes(record, name)) {
      Fail(ErrorKind::kData, "{}: storage \"{}\" with two sizes", name, Printable(record.key));
    }
  }
  Storages storages;
  for (const PickleId id : keys.Root().items) {
    const PickleValue& key = keys.values[id];
    const auto record = records.find(key.text);
    if (key.kind != PickleKind::kText || record == records.end() || storages.contains(key.text)) {
      Fail(ErrorKind::kData, "{}: damaged list of storages at \"{}\"", name, Printable(key.text));
    }
    const std::size_t size = StorageBytes(*record->second, name);
    if (left.size() < 8 ||
        LoadLe<std::uint64_t>(left, 0) != static_cast<std::uint64_t>(record->second->count)) {
      Fail(ErrorKind::kData, "{}: storage \"{}\" has not the {} elements announced", name,
           Printable(key.text), record->second->count);
    }
    left = left.subspan(8);
    if (size > left.size()) {
      Fail(ErrorKind::kData, "{}: the file is cut short in storage \"{}\"", name,
           Printable(key.text));
    }
    storages[key.text] = {.bytes = left.first(size), .owned = {}};
    left = left.subspan(size);
  }
  if (storages.size() != records.size()) {
    Fail(ErrorKind::kData, "{}: {} storages where the tensors need {}", name, storages.size(),
         records.size());
  }
  return BuildArrays(pickle, storages, name);
}

}  // namespace

NamedArrays ParseTorchFile(ByteView bytes, std::string_view name) {
  if (LooksLikeZip(bytes)) {
    return ParseZipFile(bytes, name);
  }
  constexpr std::size_t kTarMagicAt = 257;
  constexpr std::string_view kTarMagic = "ustar";
  if (bytes.size() >= kTarMagicAt + kTarMagic.size() &&
      AsText(bytes.subspan(kTarMagicAt, kTarMagic.size())) == kTarMagic) {
    Fail(ErrorKind::kData,
         "{}: the tar format of torch before 0.1.10 is not supported; load it in Python and save "
         "it again",
         name);
  }
  return ParseLegacyFile(bytes, name);
}

NamedArrays ReadTorchFile(const Path& file) {
  return ParseTorchFile(ReadFileBytes(file), file.string());
}

bool IsTorchScript(const Path& file) {
  const Bytes bytes = ReadFileBytes(file);
  return LooksLikeZip(bytes) && HoldsScript(ZipReader(bytes, file.string()));
}

}  // namespace agon::formats
