// SPDX-License-Identifier: Apache-2.0
// agon_bench_launch RESULT LOG PROGRAM ARGUMENT...: runs PROGRAM with its output thrown away and
// its messages in LOG, and writes "seconds peak-KiB exit-code" to RESULT. Small on purpose; see
// process.h.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
  constexpr int kCannotRun = 2;
  if (argc < 4) {
    std::fprintf(stderr, "usage: agon_bench_launch RESULT LOG PROGRAM ARGUMENT...\n");
    return kCannotRun;
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, argv[2], O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  if (const int error = ::posix_spawn(&child, argv[3], &actions, nullptr, argv + 3, environ)) {
    std::fprintf(stderr, "%s: %s\n", argv[3], std::strerror(error));
    return kCannotRun;
  }
  int status = 0;
  rusage usage{};
  if (::wait4(child, &status, 0, &usage) != child) return kCannotRun;
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  ::posix_spawn_file_actions_destroy(&actions);
  std::FILE* const result = std::fopen(argv[1], "w");
  if (result == nullptr) return kCannotRun;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  std::fprintf(result, "%.9f %ld %d\n", seconds.count(), usage.ru_maxrss, code);
  return std::fclose(result) == 0 ? 0 : kCannotRun;
}
