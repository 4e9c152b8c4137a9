// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/stop.h"

#include <atomic>
#include <csignal>

namespace agon {
namespace {

std::atomic<int> stop_signal{0};
// Signals alone are counted: Ctrl-C after a request by control file still lets a checkpoint finish.
std::atomic<int> signals_caught{0};
static_assert(std::atomic<int>::is_always_lock_free);

void OnSignal(int signal) {
  if (signals_caught.fetch_add(1) > 0) {
    // The signal is blocked while its handler runs, so this one takes effect on return.
    static_cast<void>(std::signal(signal, SIG_DFL));
    static_cast<void>(std::raise(signal));
    return;
  }
  stop_signal.store(signal);
}

}  // namespace

void CatchStopSignals() {
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // the work under way must not see EINTR
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A file that outgrows `ulimit -f` then is an error of the write, not the end of the process. A
  // handler, not SIG_IGN, which programs that are started would inherit.
  action.sa_handler = [](int) {};
  sigaction(SIGXFSZ, &action, nullptr);
}

int StopSignal() noexcept { return stop_signal.load(std::memory_order_relaxed); }

void RequestStop(int signal) noexcept { stop_signal.store(signal); }

void ClearStop() noexcept {
  stop_signal.store(0);
  signals_caught.store(0);
}

}  // namespace agon
