// SPDX-License-Identifier: Apache-2.0
// What the Attack panel shows, without how: the result, the listed examples, the one that is looked
// at, its pictures at the timeline's moment.
//
// Thread safety: the thread that draws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/attack/attack_loader.h"
#include "viewer/attack/attack_tracks.h"
#include "viewer/attack/example_filter.h"
#include "viewer/core/workspace.h"

namespace agon::viewer {

class AttackModel {
 public:
  // A line of the list.
  struct Entry {
    std::int64_t index = 0;          // of the dataset's split
    std::optional<std::size_t> row;  // of the table
    const RecordedExample* recorded = nullptr;
  };
  // The example that is looked at, now.
  struct Shown {
    Entry entry;
    std::shared_ptr<const FloatImage> clean, adversarial;  // null: on their way, or not there
    std::string clean_caption, caption;
    bool exact = false;      // it is the stored one, not the recorded one of 8 bits
    std::int64_t step = -1;  // it is recorded; -1: it is the result
    const RecordedPass* pass = nullptr;
    std::optional<Distances> distances;
    std::shared_ptr<const ExampleImages> stored;  // with the probabilities; null: not there
  };

  // Each frame, before anything else.
  void Update(Workspace& workspace);

  [[nodiscard]] const std::shared_ptr<OpenRun>& run() const { return run_; }
  [[nodiscard]] bool empty() const { return titles_.empty(); }
  [[nodiscard]] bool busy() const;
  [[nodiscard]] std::string problem() const;

  // ---- results, in the order of the report, then those only recorded
  [[nodiscard]] const std::vector<std::string>& titles() const { return titles_; }
  [[nodiscard]] std::size_t title() const { return title_; }
  void SelectTitle(std::size_t title);
  void SelectTitle(std::string title);                   // also of one that is not there yet
  [[nodiscard]] const AttackResult* result() const;      // null: the run has not finished it
  [[nodiscard]] const RecordedResult* recorded() const;  // null: nothing was recorded
  [[nodiscard]] std::string_view norm() const;
  [[nodiscard]] double epsilon() const;
  [[nodiscard]] const std::vector<AccuracyCurve>& accuracy() const { return accuracy_; }

  // ---- examples
  ExampleFilter filter;
  [[nodiscard]] const ExampleTable* table() const { return table_.get(); }
  [[nodiscard]] std::size_t listed() const;
  [[nodiscard]] Entry Listed(std::size_t place) const;
  [[nodiscard]] const TableFigures& figures() const { return figures_; }  // of the listed
  [[nodiscard]] std::string ClassName(std::int64_t label) const;
  // "stands", "wrong when clean", the attack's name
  [[nodiscard]] std::string BrokenByText(std::int64_t broken_by) const;

  // ---- the one example
  void Select(std::int64_t index);
  void Move(std::int64_t places);                                              // in the list
  [[nodiscard]] std::optional<std::size_t> PlaceOf(std::int64_t index) const;  // in the list
  [[nodiscard]] std::optional<std::int64_t> selected() const { return selected_; }
  // "": by itself, the attack that broke it.
  void SelectPass(std::string name) { pass_ = std::move(name); }
  [[nodiscard]] const Shown& shown() const { return shown_; }

  [[nodiscard]] std::string Csv() const;  // of the listed

 private:
  void Reset();
  void FindTitles();
  void FindAccuracy();
  void FindExamples();
  void ChooseExample();
  void Show(Workspace& workspace);
  void ShowClean(Workspace& workspace);
  void ShowAdversarial(Workspace& workspace);
  [[nodiscard]] const RecordedExample* RecordedOf(std::int64_t index) const;
  // The one chosen, else the one that broke the example, else the last.
  [[nodiscard]] const RecordedPass* PassOf(const RecordedExample& example) const;
  [[nodiscard]] const RecordedPass* BreakingPassOf(const RecordedExample& example) const;

  std::shared_ptr<OpenRun> run_;
  std::unique_ptr<AttackLoader> loader_;
  std::uint64_t tracks_version_ = 0;
  bool tracks_read_ = false;
  std::vector<RecordedResult> recorded_;
  std::shared_ptr<const AttackReport> report_;

  std::vector<std::string> titles_;
  std::size_t title_ = 0;
  std::string wanted_title_;  // stays chosen when titles come and go
  std::vector<AccuracyCurve> accuracy_;

  std::shared_ptr<const ExampleTable> table_;
  ExampleFilter filtered_;
  const ExampleTable* filtered_table_ = nullptr;
  std::vector<std::size_t> rows_;
  TableFigures figures_;

  std::optional<std::int64_t> selected_;
  bool by_itself_ = true;  // nobody selected it: may change when more is known
  std::string pass_;
  std::string shown_title_;
  Shown shown_;
  std::shared_ptr<const record::Image> clean_from_, adversarial_from_;  // shown_ is made of
};

}  // namespace agon::viewer
