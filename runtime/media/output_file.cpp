// SPDX-License-Identifier: Apache-2.0
#include "runtime/media/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/base/kill_point.h"
#include "runtime/media/containers.h"

namespace agon::media {
namespace {

Path FolderOf(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

// 0, or FFmpeg's code of what went wrong.
int SyncFile(const Path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return AVERROR(errno);
  const int result = ::fsync(file) == 0 ? 0 : AVERROR(errno);
  ::close(file);
  return result;
}

}  // namespace

std::string WriteReason(int code) {
  if (code == AVERROR(ENOSPC)) return "disk full";
  if (code == AVERROR(EDQUOT)) return "disk quota exceeded";
  if (code == AVERROR(EFBIG)) return "larger than the limit on files; see ulimit -f";
  return ErrorText(code);
}

OutputFile::OutputFile(Path file, const char* muxer) : file_(std::move(file)) {
  if (!file_.has_filename()) FailWrite(AVERROR(EISDIR));
  part_ = FolderOf(file_) / fmt::format(".{}.part", file_.filename().string());
  AVFormatContext* made = nullptr;
  Check(avformat_alloc_output_context2(&made, nullptr, muxer, nullptr), muxer,
        ErrorKind::kInternal);
  context_.reset(made);
  AllowAll(*context_);
  // No time of writing, no random numbers: the same frames make the same bytes.
  context_->flags |= AVFMT_FLAG_BITEXACT;
  // Packets come in order; no more than this is kept back for a stream that has none just now.
  context_->max_interleave_delta = AV_TIME_BASE;
  Options options;
  options.Set("protocol_whitelist", "file");
  const std::string name = "file:" + part_.string();
  const int result =
      avio_open2(&context_->pb, name.c_str(), AVIO_FLAG_WRITE, nullptr, &options.get_ref());
  if (result < 0) FailWrite(result);
}

OutputFile::~OutputFile() {
  if (part_.empty()) return;
  context_.reset();
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

void OutputFile::FailWrite(int code) const {
  Fail(ErrorKind::kIo, "{}: cannot be written: {}", file_.string(), WriteReason(code));
}

AVStream& OutputFile::AddStream() {
  AVStream* const stream = avformat_new_stream(context_.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  return *stream;
}

void OutputFile::Begin(Options& options) {
  const int result = avformat_write_header(context_.get(), &options.get_ref());
  if (result < 0) FailWrite(result);
  AGON_CHECK(options.Unused().empty());
}

void OutputFile::Write(AVPacket& packet) {
  const int result = av_interleaved_write_frame(context_.get(), &packet);
  if (result < 0) FailWrite(result);
}

void OutputFile::Commit() {
  KillPoint();
  int result = av_write_trailer(context_.get());
  if (result >= 0) {
    avio_flush(context_->pb);
    result = context_->pb->error;
  }
  const int closed = avio_closep(&context_->pb);
  if (result >= 0) result = closed;
  if (result >= 0) result = SyncFile(part_);
  if (result < 0) FailWrite(result);
  KillPoint();
  if (::rename(part_.c_str(), file_.c_str()) != 0) FailWrite(AVERROR(errno));
  part_.clear();
  KillPoint();
  SyncFolder(FolderOf(file_));
}

}  // namespace agon::media
