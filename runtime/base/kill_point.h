// SPDX-License-Identifier: Apache-2.0
// Places where a test kills the process, to prove that what is on disk stays valid. With
// AGON_KILL_AT=N in the environment the N-th kill point passed (from 1) ends the process as
// SIGKILL would; otherwise a kill point costs one load.
#pragma once

namespace agon {

void KillPoint() noexcept;

}  // namespace agon
