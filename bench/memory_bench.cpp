// SPDX-License-Identifier: Apache-2.0
#include "bench/process.h"
#include "runtime/base/progress.h"

namespace agon::bench {
namespace {

constexpr int kRuns = 3;  // memory hardly scatters

struct Command {
  std::string name;
  std::vector<std::string> arguments;
  bool makes_run = false;
};

}  // namespace

std::vector<Measurement> BenchMemory(const Surroundings& around) {
  const std::string attack = AttackConfigFile(around).string();
  const std::string train = TrainConfigFile(around).string();
  const Path run = around.scratch / "run";
  const std::vector<std::string> where{"--run", run.string(), "--quiet", "--device",
                                       around.device.device.str()};
  std::vector<Command> commands{
      {"agon --help", {"--help"}},
      {"agon check", {"check", attack}},
      {"agon attack, net_a, suite quick, 1,000 examples", {"attack", attack}, true},
      {"agon train, net_a, one epoch of 59,000 examples", {"train", train}, true},
  };
  const Path empty = BuiltProgram(around, "agon_bench_empty");

  std::vector<Measurement> measurements;
  const auto measure = [&](const std::string& name, const Path& program, const Command& command) {
    std::vector<std::string> arguments = command.arguments;
    if (command.makes_run) arguments.insert(arguments.end(), where.begin(), where.end());
    Measurement measurement{.name = name, .unit = "MiB", .samples = {}, .limit = {}, .note = {}};
    Progress progress(name, kRuns, "run");
    for (int i = 0; i < kRuns; ++i) {
      measurement.samples.push_back(RunProcess(around, program, arguments).peak_mib);
      std::filesystem::remove_all(run);
      progress.Advance();
    }
    measurements.push_back(std::move(measurement));
  };
  measure("an empty program with LibTorch", empty, {});
  for (const Command& command : commands) measure(command.name, around.program, command);
  return measurements;
}

}  // namespace agon::bench
