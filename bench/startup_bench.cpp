// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "bench/process.h"
#include "runtime/base/progress.h"

namespace agon::bench {
namespace {

constexpr std::int64_t kFewest = 21;  // a start is short and its time scatters
constexpr double kMilliseconds = 1000;
constexpr double kHelpLimit = 30;  // ms
constexpr double kCheckLimit = 1.2;

}  // namespace

std::vector<Measurement> BenchStartup(const Surroundings& around) {
  const std::int64_t pairs = std::max(around.pairs, kFewest);
  const Path empty = BuiltProgram(around, "agon_bench_empty");
  const std::string config = AttackConfigFile(around).string();

  Measurement help{
      .name = "agon --help", .unit = "ms", .samples = {}, .limit = kHelpLimit, .note = {}};
  {
    Progress progress(help.name, pairs + 1, "start");
    for (std::int64_t i = 0; i <= pairs; ++i) {
      const double seconds = RunProcess(around, around.program, {"--help"}).seconds;
      if (i > 0) help.samples.push_back(kMilliseconds * seconds);
      progress.Advance();
    }
  }

  std::vector<double> empty_ms;
  Contest contest;
  contest.ours = [&] { return RunProcess(around, around.program, {"check", config}).seconds; };
  contest.theirs = [&](double) {
    const double seconds = RunProcess(around, empty, {}).seconds;
    empty_ms.push_back(kMilliseconds * seconds);
    return seconds;
  };
  Measurement check{.name = "agon check, over an empty program with LibTorch",
                    .samples = {},
                    .limit = kCheckLimit,
                    .note = {}};
  check.samples = Ratios(check.name, pairs, contest);
  check.note = fmt::format("the empty one takes {:.0f} ms", SpreadOf(empty_ms).median);
  return {help, check};
}

}  // namespace agon::bench
