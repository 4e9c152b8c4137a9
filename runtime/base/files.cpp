// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/base/error.h"
#include "runtime/base/kill_point.h"

namespace agon {
namespace {

constexpr std::size_t kReadStep = std::size_t{1} << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { static_cast<void>(Close()); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  // Network and quota file systems report a failed write only here.
  [[nodiscard]] bool Close() {
    if (number_ < 0) return true;
    const int result = ::close(number_);
    number_ = -1;
    return result == 0 || errno == EINTR;
  }

 private:
  int number_;
};

// Removes a temporary file unless it was renamed.
class Temporary {
 public:
  explicit Temporary(Path path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  [[nodiscard]] const Path& path() const { return path_; }
  void Keep() { path_.clear(); }

 private:
  Path path_;
};

std::string Reason(int error) {
  if (error == ENOSPC) return "disk full";
  if (error == EDQUOT) return "disk quota exceeded";
  if (error == EFBIG) return "larger than the limit on files; see ulimit -f";
  return std::generic_category().message(error);
}

[[noreturn]] void FailRead(const Path& path, int error) {
  Fail(ErrorKind::kData, "{}: cannot be read: {}", path.string(), Reason(error));
}

[[noreturn]] void FailWrite(const Path& path, int error) {
  Fail(ErrorKind::kIo, "{}: cannot be written: {}", path.string(), Reason(error));
}

Path FolderOf(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

template <class Container>
Container ReadWhole(const Path& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) FailRead(path, errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) FailRead(path, errno);
  if (S_ISDIR(status.st_mode)) FailRead(path, EISDIR);
  const auto fail_size = [&] {
    Fail(ErrorKind::kData, "{}: larger than the limit of {} bytes", path.string(), limit);
  };
  const auto announced = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (announced > limit) fail_size();

  // The size is a hint only: pipes have none and a file may grow meanwhile.
  Container content;
  content.resize(announced + 1);
  std::size_t size = 0;
  while (true) {
    if (size == content.size()) content.resize(size + kReadStep);
    const ssize_t count = ::read(file.number(), content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailRead(path, errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
    if (size > limit) fail_size();
  }
  content.resize(size);
  return content;
}

// False with errno set.
bool WriteAll(int file, ByteView content) {
  while (!content.empty()) {
    const ssize_t count = ::write(file, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

Bytes ReadFileBytes(const Path& path, std::size_t limit) { return ReadWhole<Bytes>(path, limit); }

std::string ReadFileText(const Path& path, std::size_t limit) {
  return ReadWhole<std::string>(path, limit);
}

void WriteFileAtomic(const Path& path, ByteView content) {
  if (!path.has_filename()) FailWrite(path, EISDIR);
  // The name is unique among threads and living processes; what an earlier process with our id
  // left behind is stepped over.
  static std::atomic<unsigned> counter{0};
  Path name;
  int number = -1;
  do {
    name = FolderOf(path) /
           fmt::format(".{}.{}-{}.tmp", path.filename().string(), ::getpid(), counter.fetch_add(1));
    number = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (number < 0 && errno == EEXIST);
  if (number < 0) FailWrite(path, errno);
  Descriptor file(number);
  Temporary temporary(name);

  KillPoint();
  const std::size_t half = content.size() / 2;
  if (!WriteAll(file.number(), content.first(half))) FailWrite(path, errno);
  KillPoint();
  if (!WriteAll(file.number(), content.subspan(half))) FailWrite(path, errno);
  KillPoint();
  if (::fsync(file.number()) != 0) FailWrite(path, errno);
  if (!file.Close()) FailWrite(path, errno);
  KillPoint();
  if (::rename(temporary.path().c_str(), path.c_str()) != 0) FailWrite(path, errno);
  temporary.Keep();
  KillPoint();
  SyncFolder(FolderOf(path));
}

void WriteFileAtomic(const Path& path, std::string_view content) {
  WriteFileAtomic(path, AsBytes(content));
}

void MakeFolder(const Path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) {
    Fail(ErrorKind::kIo, "{}: cannot make this folder: {}", path.string(), Reason(error.value()));
  }
}

void SyncFolder(const Path& path) {
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some network file systems cannot sync a folder and say EINVAL; there is nothing to do better.
  if (folder.number() < 0 || (::fsync(folder.number()) != 0 && errno != EINVAL)) {
    Fail(ErrorKind::kIo, "{}: cannot sync this folder: {}", path.string(), Reason(errno));
  }
}

}  // namespace agon
