// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>

#include "bench/benchmarks.h"
#include "bench/settings.h"
#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "runtime/data/dataset.h"
#include "runtime/formats/idx.h"
#include "runtime/formats/safetensors.h"
#include "runtime/record/recorder.h"

namespace agon::bench {
namespace {

constexpr int kTensors = 100;
constexpr std::int64_t kFloats = 262144;  // 1 MiB each

// The file in memory with nothing around it; memory is not cleared first.
struct Buffer {
  std::unique_ptr<std::byte[]> bytes;
  std::size_t size = 0;
};

Buffer ReadPlainly(const Path& file) {
  Buffer buffer;
  buffer.size = std::filesystem::file_size(file);
  buffer.bytes = std::make_unique_for_overwrite<std::byte[]>(buffer.size);
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::size_t done = 0;
  while (fd >= 0 && done < buffer.size) {
    const ssize_t count = ::read(fd, buffer.bytes.get() + done, buffer.size - done);
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  if (fd >= 0) ::close(fd);
  if (done != buffer.size) Fail(ErrorKind::kIo, "{}: cannot be read", file.string());
  return buffer;
}

template <class Work>
double Time(const Work& work) {
  const Stopwatch watch;
  const auto kept = work();
  return watch.Seconds();
}

Measurement SafetensorsOverReading(const Surroundings& around) {
  const Path file = around.scratch / "big.safetensors";
  formats::NamedArrays arrays;
  for (int i = 0; i < kTensors; ++i) {
    formats::Array array{.dtype = formats::DType::kF32, .shape = {kFloats}, .data = {}};
    array.data.resize(static_cast<std::size_t>(kFloats) * sizeof(float));
    arrays.emplace_back(fmt::format("layer{:03}.weight", i), std::move(array));
  }
  formats::WriteSafetensors(file, arrays);
  Contest contest;
  contest.ours = [&] { return Time([&] { return formats::ReadSafetensors(file); }); };
  contest.theirs = [&](double) { return Time([&] { return ReadPlainly(file); }); };
  Measurement measurement;
  measurement.name = "safetensors of 100 MiB, over reading the file";
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  std::filesystem::remove(file);
  return measurement;
}

// Inflates a gzip file into `size` bytes, which its reader would have to find out first.
Buffer Inflate(const Path& file, std::size_t size) {
  const Buffer packed = ReadPlainly(file);
  Buffer plain{.bytes = std::make_unique_for_overwrite<std::byte[]>(size), .size = size};
  z_stream stream{};
  constexpr int kGzip = 16 + MAX_WBITS;
  int status = ::inflateInit2(&stream, kGzip);
  stream.next_in = reinterpret_cast<Bytef*>(packed.bytes.get());
  stream.avail_in = static_cast<uInt>(packed.size);
  stream.next_out = reinterpret_cast<Bytef*>(plain.bytes.get());
  stream.avail_out = static_cast<uInt>(size);
  if (status == Z_OK) status = ::inflate(&stream, Z_FINISH);
  ::inflateEnd(&stream);
  if (status != Z_STREAM_END) Fail(ErrorKind::kData, "{}: cannot be inflated", file.string());
  return plain;
}

Measurement IdxOverInflating(const Surroundings& around) {
  const data::Dataset dataset =
      ComponentOf<data::DatasetSource>("fashion_mnist")->LoadSplit("train", 0, 1);
  const Path file = dataset.files.at(0);
  constexpr std::size_t kHeader = 16;
  const std::size_t size = formats::ReadIdx(file).data.size() + kHeader;
  Contest contest;
  contest.ours = [&] { return Time([&] { return formats::ReadIdx(file); }); };
  contest.theirs = [&](double) { return Time([&] { return Inflate(file, size); }); };
  Measurement measurement;
  measurement.name = "idx.gz of Fashion-MNIST, over zlib's inflate";
  measurement.samples = Ratios(measurement.name, around.pairs, contest);
  return measurement;
}

Measurement ScalarsPerSecond(const Surroundings& around) {
  constexpr std::int64_t kScalars = 100000;
  Measurement measurement;
  measurement.name = "scalars recorded, until they are on disk";
  measurement.unit = "1/s";
  for (std::int64_t round = 0; round < around.pairs; ++round) {
    const Path folder = around.scratch / "recorded";
    MakeFolder(folder);
    {
      record::Recorder recorder(folder);
      const Stopwatch watch;
      for (std::int64_t i = 0; i < kScalars; ++i) {
        recorder.Scalar("train/loss", i, 1.0 / static_cast<double>(i + 1));
      }
      recorder.Flush();
      measurement.samples.push_back(static_cast<double>(kScalars) / watch.Seconds());
    }
    std::filesystem::remove_all(folder);
  }
  return measurement;
}

}  // namespace

std::vector<Measurement> BenchFormats(const Surroundings& around) {
  return {SafetensorsOverReading(around), IdxOverInflating(around), ScalarsPerSecond(around)};
}

}  // namespace agon::bench
