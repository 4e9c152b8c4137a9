// SPDX-License-Identifier: Apache-2.0
// The files of one run of `agon attack`, read in the background; looked for again from time to
// time, since a run writes them at its end.
//
// Thread safety: the thread that draws.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "viewer/attack/attack_files.h"
#include "viewer/core/background.h"

namespace agon::viewer {

class AttackLoader {
 public:
  static constexpr double kLookEvery = 2;  // seconds

  explicit AttackLoader(Path run) : run_(std::move(run)) {}

  // Each frame; `now` in seconds, rising.
  void Update(Background& background, double now);

  // Null: none yet, or it cannot be read (problem says why). Both pointers change when the file
  // did.
  [[nodiscard]] const std::shared_ptr<const AttackReport>& report() const { return report_; }
  [[nodiscard]] std::shared_ptr<const ExampleTable> Table(Background& background,
                                                          std::size_t result);
  // Of one example at a time.
  [[nodiscard]] std::shared_ptr<const ExampleImages> Images(Background& background,
                                                            std::size_t result, std::size_t row);
  // One line: what is wrong with the report, else the table, else the images. Empty: nothing.
  [[nodiscard]] std::string problem() const;
  // Something asked for is on its way.
  [[nodiscard]] bool busy() const;

 private:
  struct Look {
    std::optional<std::filesystem::file_time_type> written;
    std::shared_ptr<const AttackReport> report;
    std::string problem;
  };
  [[nodiscard]] Path FolderOf(std::size_t result) const;

  Path run_;
  double next_look_ = 0;
  bool looked_ = false;
  Pending<Look> looking_;
  std::optional<std::filesystem::file_time_type> written_;
  std::shared_ptr<const AttackReport> report_;
  std::string report_problem_;
  std::optional<std::size_t> table_of_;
  Pending<ExampleTable> table_;
  std::optional<std::pair<std::size_t, std::size_t>> images_of_;
  Pending<ExampleImages> images_;
};

}  // namespace agon::viewer
