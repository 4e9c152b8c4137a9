// SPDX-License-Identifier: Apache-2.0
// A file that grows by whole records and survives being cut off anywhere: each record goes out in
// one write of its own, so that the death of this process loses none that Append returned from, and
// what a dying machine leaves half-written is found by its checksum and cut off.
//
// Layout (docs/formats.md, "Replay"): records, each of length (u32), CRC-32C (u32), bytes.
//
// Who needs this file: the replay window. Thread safety: one thread.
#pragma once

#include <fstream>
#include <vector>

#include "runtime/base/files.h"

namespace agon::selfplay {

class AppendFile {
 public:
  // Opens FILE at its end, or makes it. Read it first: what follows a damaged record is lost.
  // Error(kIo).
  explicit AppendFile(const Path& file);
  // Error(kIo) when the disk is full.
  void Append(ByteView record);

  struct Contents {
    std::vector<Bytes> records;
    bool damaged = false;  // something was left behind the last whole one
  };
  // All whole records from the start; with `repair` the file is cut behind them. A file that is
  // missing has none.
  [[nodiscard]] static Contents Read(const Path& file, bool repair);

 private:
  Path file_;
  std::ofstream stream_;
};

}  // namespace agon::selfplay
