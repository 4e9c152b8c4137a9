// SPDX-License-Identifier: Apache-2.0
// Being asked to stop: by Ctrl-C, SIGTERM or a file in the run's control folder. Work polls
// StopSignal() between steps, writes a checkpoint and throws Error(kInterrupted).
//
// Thread safety: all functions; the flag is a lock-free atomic set from the signal handler.
#pragma once

namespace agon {

// SIGINT and SIGTERM set the flag; a second signal of either kind ends the process at once.
void CatchStopSignals();
// 0 while nobody asked, else the signal's number (SIGINT for a request by control file).
[[nodiscard]] int StopSignal() noexcept;
void RequestStop(int signal) noexcept;
void ClearStop() noexcept;  // for tests

}  // namespace agon
