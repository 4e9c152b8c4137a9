// SPDX-License-Identifier: Apache-2.0
// The reader of recordings over any bytes: it returns records or throws Error, in bounded memory
// and time; what the next writer makes of the file can be read as well.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/base/error.h"
#include "runtime/record/recording.h"

namespace {

using agon::record::RecordingReader;
using agon::record::RecordingWriter;

// A file in memory: thousands of runs a second and nothing on the disk.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size) : descriptor_(memfd_create("recording", 0)) {
    if (descriptor_ >= 0 && write(descriptor_, data, size) == static_cast<ssize_t>(size)) {
      path_ = "/proc/self/fd/" + std::to_string(descriptor_);
    }
  }
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] const agon::Path& path() const { return path_; }

 private:
  int descriptor_;
  agon::Path path_;
};

int CountRecords(const agon::Path& file) {
  RecordingReader reader(file);
  int count = 0;
  while (reader.Next()) ++count;
  return count;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemoryFile file(data, size);
  if (file.path().empty()) return 0;
  int before = 0;
  try {
    before = CountRecords(file.path());
    RecordingWriter writer(file.path());
    writer.Append("fuzz", 1, 0, agon::record::Scalar{1});
    writer.Flush();
  } catch (const agon::Error&) {
    return 0;
  }
  // Reopening keeps every record and adds exactly one.
  if (CountRecords(file.path()) != before + 1) __builtin_trap();
  return 0;
}
