// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/attack_loader.h"

#include <utility>

#include "runtime/base/error.h"

namespace agon::viewer {

void AttackLoader::Update(Background& background, double now) {
  if (const Look* const look = looking_.get()) {
    looked_ = true;
    // A report that vanished stays shown: its run was deleted, or is being written anew.
    if (look->written && look->written != written_) {
      written_ = look->written;
      report_problem_ = look->problem;
      report_ = look->report;
      table_of_.reset();
      images_of_.reset();
    }
    looking_ = {};
  }
  if (looking_.started() || now < next_look_) return;
  next_look_ = now + kLookEvery;
  looking_ = background.Run<Look>([run = run_, known = written_] {
    Look look;
    std::error_code error;
    const auto written = std::filesystem::last_write_time(run / "report.json", error);
    if (error) return look;
    look.written = written;
    if (look.written == known) return look;
    try {
      look.report = std::make_shared<const AttackReport>(ReadAttackReport(run));
    } catch (const std::exception& problem) {
      look.problem = problem.what();
    }
    return look;
  });
}

Path AttackLoader::FolderOf(std::size_t result) const {
  return report_ && result < report_->results.size() ? report_->results[result].folder : Path();
}

std::shared_ptr<const ExampleTable> AttackLoader::Table(Background& background,
                                                        std::size_t result) {
  if (table_of_ != result) {
    const Path folder = FolderOf(result);
    table_of_ = result;
    images_of_.reset();
    images_ = {};
    table_ = background.Run<ExampleTable>([folder] {
      if (folder.empty()) Fail(ErrorKind::kData, "the folder of this result is not there");
      return ReadExampleTable(folder);
    });
  }
  return table_.share();
}

std::shared_ptr<const ExampleImages> AttackLoader::Images(Background& background,
                                                          std::size_t result, std::size_t row) {
  const std::pair wanted(result, row);
  if (images_of_ != wanted) {
    images_of_ = wanted;
    images_ = background.Run<ExampleImages>(
        [folder = FolderOf(result), row] { return ReadExampleImages(folder, row); });
  }
  return images_.share();
}

std::string AttackLoader::problem() const {
  if (!report_problem_.empty()) return report_problem_;
  if (table_of_ && !table_.error().empty()) return table_.error();
  return images_of_ ? images_.error() : std::string();
}

bool AttackLoader::busy() const {
  return !looked_ || (table_of_ && table_.running()) || (images_of_ && images_.running());
}

}  // namespace agon::viewer
