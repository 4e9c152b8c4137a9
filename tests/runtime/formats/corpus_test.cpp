// SPDX-License-Identifier: Apache-2.0
// The seeds of the fuzz targets, good and damaged, in every test run: a parser succeeds or throws
// agon::Error. Names say what is expected: damaged_* must be refused, all others must parse.
#include <functional>

#include "runtime/formats/event_file.h"
#include "runtime/formats/idx.h"
#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/torch_file.h"
#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

struct Format {
  std::string folder;
  std::function<void(ByteView)> parse;
};

class Corpus : public testing::TestWithParam<Format> {};

TEST_P(Corpus, ParsesOrIsRefused) {
  std::size_t good = 0;
  std::size_t damaged = 0;
  const Path folder = Path(AGON_SOURCE_DIR) / "fuzz/corpus" / GetParam().folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    const Bytes bytes = ReadFileBytes(entry.path());
    if (entry.path().filename().string().starts_with("damaged_")) {
      EXPECT_THROW(GetParam().parse(bytes), Error);
      ++damaged;
    } else {
      EXPECT_NO_THROW(GetParam().parse(bytes));
      ++good;
    }
    // Every cut of it, too.
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 200) {
      try {
        GetParam().parse(ByteView(bytes).first(size));
      } catch (const Error&) {
      }
    }
  }
  EXPECT_GT(good, 0U);
  EXPECT_GT(damaged, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, Corpus,
    testing::Values(Format{"safetensors", [](ByteView b) { (void)ParseSafetensors(b, "corpus"); }},
                    Format{"npz", [](ByteView b) { (void)ParseNpz(b, "corpus"); }},
                    Format{"torch_file", [](ByteView b) { (void)ParseTorchFile(b, "corpus"); }},
                    Format{"idx", [](ByteView b) { (void)ParseIdx(b, "corpus"); }},
                    Format{"event_file", [](ByteView b) { (void)ParseScalarEvents(b, "corpus"); }}),
    [](const testing::TestParamInfo<Format>& info) { return info.param.folder; });

}  // namespace
}  // namespace agon::formats
