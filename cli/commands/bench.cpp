// SPDX-License-Identifier: Apache-2.0
// `agon bench NAME`: the benchmarks of bench/, as a table or as JSON. Exit code 3 when a median is
// over its limit.

#include <algorithm>

#include "bench/benchmarks.h"
#include "cli/commands/commands.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/temporary_folder.h"
#include "runtime/base/text.h"

namespace agon::cli {
namespace {

constexpr const char* kAll = "all";

int ListBenchmarks(const Session& session) {
  std::vector<std::vector<std::string>> rows{{"benchmark", "what is measured"}};
  nlohmann::json list = nlohmann::json::array();
  for (const bench::Benchmark& benchmark : bench::Benchmarks()) {
    rows.push_back({benchmark.name, benchmark.summary});
    list.push_back({{"name", benchmark.name}, {"summary", benchmark.summary}});
  }
  rows.push_back({kAll, "every one of them"});
  session.Print(FormatTable(rows, {}));
  session.PrintJson(list);
  return kExitDone;
}

std::vector<bench::Benchmark> Chosen(const std::string& name) {
  const std::vector<bench::Benchmark>& all = bench::Benchmarks();
  if (name == kAll) return all;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& b) { return b.name == name; });
  if (found != all.end()) return {*found};
  std::vector<std::string> names{kAll};
  for (const bench::Benchmark& benchmark : all) names.push_back(benchmark.name);
  Fail(ErrorKind::kUsage, "agon bench: unknown benchmark \"{}\"{}; agon bench lists them", name,
       DidYouMean(name, names));
}

// Three digits for a ratio, none for a rate.
std::string Number(double value) {
  if (value >= 1000) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.3f}", value);
}

std::string Table(const std::vector<bench::Measurement>& measurements) {
  std::vector<std::vector<std::string>> rows{
      {"", "median", "limit", "", "min", "quartile", "quartile", "max", "samples", ""}};
  for (const bench::Measurement& m : measurements) {
    const bench::Spread spread = bench::SpreadOf(m.samples);
    rows.push_back(
        {m.name, Number(spread.median) + " " + m.unit, m.limit ? FormatReal(*m.limit) : "-",
         !m.limit ? "" : (bench::Met(m) ? "met" : "OVER"), Number(spread.low), Number(spread.q1),
         Number(spread.q3), Number(spread.high), std::to_string(m.samples.size()), m.note});
  }
  return FormatTable(rows, {false, true, true, false, true, true, true, true, true, false});
}

}  // namespace

int RunBench(const CommandLine& line, Session& session) {
  if (line.bench.name.empty()) return ListBenchmarks(session);
  const std::vector<bench::Benchmark> chosen = Chosen(line.bench.name);
  const TemporaryFolder scratch;
  const bench::Surroundings around{.program = line.program,
                                   .device = session.Device(),
                                   .pairs = line.bench.pairs,
                                   .scratch = scratch.path()};
  nlohmann::json ratios = nlohmann::json::array();
  bool met = true;
  for (const bench::Benchmark& benchmark : chosen) {
    const std::vector<bench::Measurement> measurements = benchmark.run(around);
    session.Print(
        fmt::format("{}: {}\n{}", benchmark.name, benchmark.summary, Table(measurements)));
    for (const bench::Measurement& measurement : measurements) {
      ratios.push_back(bench::ToJson(measurement));
      met = met && bench::Met(measurement);
    }
  }
  session.Print(around.device.description + "\n");
  session.PrintJson({{"format", 1},
                     {"name", line.bench.name},
                     {"ratios", ratios},
                     {"machine", around.device.description}});
  return met ? kExitDone : kExitRequirement;
}

}  // namespace agon::cli
