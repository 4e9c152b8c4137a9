// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over its committed seeds without libFuzzer, so that every test run, under g++
// and every sanitizer, replays the corpus. Each seed is also cut short and bit-flipped in fixed
// ways: a parser must refuse damage with an agon::Error, never with anything else.
//
// usage: NAME_replay FOLDER
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

constexpr size_t kCuts = 64;
constexpr size_t kFlips = 256;

Bytes Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A copy of exactly the input's size, so that the address sanitizer sees a read past the end.
void RunOne(const Bytes& input) {
  const Bytes exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

size_t RunDamaged(const Bytes& seed) {
  const size_t cuts = std::min(kCuts, seed.size());
  for (size_t i = 0; i < cuts; ++i) {
    const size_t length = seed.size() * i / cuts;
    RunOne(Bytes(seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)));
  }
  // Every second flip hits the first 128 bytes, where headers are; the others spread over the whole
  // file.
  const size_t bits = seed.size() * 8;
  const size_t flips = std::min(kFlips, bits);
  for (size_t i = 0; i < flips; ++i) {
    const size_t range = i % 2 == 0 ? std::min<size_t>(bits, 1024) : bits;
    const size_t bit = range * i / flips;
    Bytes damaged = seed;
    damaged[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
    RunOne(damaged);
  }
  return cuts + flips;
}

int Replay(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    seeds.push_back(entry.path());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "%s holds no seed\n", folder.c_str());
    return 1;
  }
  std::sort(seeds.begin(), seeds.end());
  RunOne({});
  size_t runs = 1;
  for (const auto& path : seeds) {
    std::printf("%s\n", path.filename().c_str());
    std::fflush(stdout);  // so that a crash names its seed
    const Bytes seed = Read(path);
    RunOne(seed);
    runs += 1 + RunDamaged(seed);
  }
  std::printf("%zu inputs from %zu seeds\n", runs, seeds.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    return Replay(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
