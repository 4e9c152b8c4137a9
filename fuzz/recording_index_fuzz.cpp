// SPDX-License-Identifier: Apache-2.0
// What the viewer does with any bytes that stand under the name of a recording: it goes through
// them, also while they come in two parts, and reads every item it found. Bounded memory and time;
// errors are agon::Error; the index finds all that the reader of whole recordings does. The bytes
// are taken as a file, and as the payloads of records with checksums that hold.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/record/recording.h"
#include "runtime/record/recording_index.h"
#include "runtime/record/recording_scan.h"

namespace {

using agon::record::IndexedRecord;
using agon::record::ItemReader;
using agon::record::Record;
using agon::record::RecordingIndexer;
using agon::record::RecordingReader;

// A file in memory: thousands of runs a second and nothing on the disk.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("recording", 0)) {}
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] bool Append(const uint8_t* data, size_t size) const {
    return descriptor_ >= 0 && write(descriptor_, data, size) == static_cast<ssize_t>(size);
  }
  [[nodiscard]] agon::Path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

std::vector<IndexedRecord> IndexAll(RecordingIndexer& indexer) {
  std::vector<IndexedRecord> records;
  while (auto record = indexer.Next()) records.push_back(std::move(*record));
  return records;
}

bool Same(double a, double b) { return a == b || (a != a && b != b); }

// Every record of the reader stands in the index, in order, and is read there.
void Compare(const agon::Path& file, const std::vector<IndexedRecord>& index) {
  RecordingReader reader(file);
  const ItemReader items(file);
  std::map<uint32_t, std::string> names;
  auto at = index.begin();
  while (const std::optional<Record> record = reader.Next()) {
    for (;; ++at) {
      if (at == index.end()) __builtin_trap();
      if (!at->kind) {
        names[at->track] = at->name;
        continue;
      }
      const auto name = names.find(at->track);
      if (name != names.end() && name->second == record->track && at->step == record->step &&
          Same(at->wall_time, record->wall_time) &&
          static_cast<size_t>(*at->kind) == record->item.index()) {
        break;
      }
    }
    // A damaged record of the same step may stand before; this one or a later one must be it.
    try {
      if (items.Read(at->place, at->step).index() != record->item.index()) __builtin_trap();
    } catch (const agon::Error&) {
      if (at->kind == agon::record::ItemKind::kScalar) __builtin_trap();  // decoded by the index
    }
    ++at;
  }
}

void ReadAll(const agon::Path& file, const std::vector<IndexedRecord>& index) {
  const ItemReader items(file);
  for (const IndexedRecord& record : index) {
    if (!record.kind) continue;
    try {
      (void)items.Read(record.place, record.step);
    } catch (const agon::Error&) {
      continue;
    }
  }
}

void CheckFile(const uint8_t* data, size_t size) {
  try {
    const MemoryFile whole;
    if (!whole.Append(data, size)) return;
    RecordingIndexer indexer(whole.path());
    const std::vector<IndexedRecord> index = IndexAll(indexer);
    Compare(whole.path(), index);
    ReadAll(whole.path(), index);
  } catch (const agon::Error&) {
    // Not a recording: the growing file below says so as well.
  }
  try {
    const MemoryFile growing;
    const size_t first = size == 0 ? 0 : data[size - 1] * size / 256;
    if (!growing.Append(data, first)) return;
    RecordingIndexer indexer(growing.path());
    ReadAll(growing.path(), IndexAll(indexer));
    if (!growing.Append(data + first, size - first)) return;
    ReadAll(growing.path(), IndexAll(indexer));
  } catch (const agon::Error&) {
    return;
  }
}

// Payloads stand behind a byte that is their length.
std::string AsRecords(const uint8_t* data, size_t size) {
  std::string file = agon::record::RecordingHeader();
  for (size_t at = 0; at < size;) {
    const size_t length = std::min<size_t>(data[at], size - at - 1);
    ++at;
    if (length > 0) {
      file += agon::record::FrameRecord({reinterpret_cast<const char*>(data) + at, length});
    }
    at += length;
  }
  return file;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckFile(data, size);
  const std::string records = AsRecords(data, size);
  CheckFile(reinterpret_cast<const uint8_t*>(records.data()), records.size());
  return 0;
}
