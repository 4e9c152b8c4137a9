// SPDX-License-Identifier: Apache-2.0
#include "bench/process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "runtime/base/c_strings.h"
#include "runtime/base/error.h"
#include "runtime/base/stop.h"
#include "runtime/base/text.h"

namespace agon::bench {
namespace {

// The exit status of a program, or -1 when it did not run or was killed.
int SpawnAndWait(const std::vector<std::string>& words) {
  std::vector<std::string> copies = words;
  const std::vector<char*> argv = CStrings(copies);
  pid_t child = 0;
  if (::posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string LastLine(const Path& file) {
  std::string text = ReadFileText(file);
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "it said nothing" : Split(text, '\n').back();
}

}  // namespace

Path BuiltProgram(const Surroundings& around, const std::string& name) {
  Path program = around.program.parent_path() / name;
  if (!std::filesystem::exists(program)) {
    Fail(ErrorKind::kUsage,
         "{} is not there, which this benchmark compares with; build it and run again with "
         "./scripts/bench",
         program.string());
  }
  return program;
}

ProcessCost RunProcess(const Surroundings& around, const Path& program,
                       const std::vector<std::string>& arguments) {
  const Path result = around.scratch / "cost", messages = around.scratch / "messages";
  std::filesystem::remove(result);
  std::vector<std::string> words{BuiltProgram(around, "agon_bench_launch").string(),
                                 result.string(), messages.string(), program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const int status = SpawnAndWait(words);
  if (StopSignal() != 0) Fail(ErrorKind::kInterrupted, "the benchmark was stopped");
  if (status != 0) Fail(ErrorKind::kInternal, "{} could not be started", program.string());
  std::istringstream text(ReadFileText(result));
  ProcessCost cost;
  double peak_kib = 0;
  int code = 0;
  if (!(text >> cost.seconds >> peak_kib >> code)) {
    Fail(ErrorKind::kInternal, "{}: holds no cost of a process", result.string());
  }
  if (code != 0) {
    Fail(ErrorKind::kInternal, "{} ended with exit code {}: {}", Join(words, " "), code,
         LastLine(messages));
  }
  cost.peak_mib = peak_kib / 1024;
  return cost;
}

Path AttackConfigFile(const Surroundings& around) {
  Path file = around.scratch / "attack.yaml";
  WriteFileAtomic(file, std::string_view("dataset: {name: fashion_mnist, count: 1000}\n"
                                         "model: {name: net_a, untrained: true}\n"
                                         "threat: {norm: linf, epsilon: 0.1}\n"
                                         "suite: quick\n"));
  return file;
}

Path TrainConfigFile(const Surroundings& around) {
  Path file = around.scratch / "train.yaml";
  WriteFileAtomic(file, std::string_view("dataset: fashion_mnist\n"
                                         "model: net_a\n"
                                         "objective: standard\n"
                                         "optimizer: adamw\n"
                                         "epochs: 1\n"
                                         "loader: {batch_size: 200}\n"));
  return file;
}

}  // namespace agon::bench
