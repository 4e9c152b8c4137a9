// SPDX-License-Identifier: Apache-2.0
#include "viewer/attack/attack_model.h"

#include <algorithm>

namespace agon::viewer {
namespace {

// The image of a recorded item; made anew only when the item is another one. While an item is on
// its way the one before stays.
bool Take(const std::shared_ptr<const record::Image>& item,
          std::shared_ptr<const record::Image>& from, std::shared_ptr<const FloatImage>& image) {
  if (item == nullptr) return false;
  if (item == from && image != nullptr) return true;
  from = item;
  image = std::make_shared<const FloatImage>(FromRecorded(*item));
  return true;
}

}  // namespace

void AttackModel::Update(Workspace& workspace) {
  if (const auto run = workspace.selected(); run != run_) {
    run_ = run;
    Reset();
  }
  if (run_ == nullptr) return;
  loader_->Update(workspace.background(), workspace.now());
  bool changed = false;
  if (const std::uint64_t version = run_->tracks->version();
      !tracks_read_ || version != tracks_version_) {
    tracks_version_ = version;
    tracks_read_ = true;
    recorded_ = FindRecorded(run_->tracks->Tracks());
    shown_.pass = nullptr;  // pointed into the old ones
    changed = true;
  }
  if (loader_->report() != report_) {
    report_ = loader_->report();
    table_ = nullptr;
    changed = true;
  }
  if (changed) {
    FindTitles();
    FindAccuracy();
  }
  table_ = result() == nullptr ? nullptr : loader_->Table(workspace.background(), title_);
  FindExamples();
  ChooseExample();
  Show(workspace);
}

void AttackModel::Reset() {
  loader_ = run_ == nullptr ? nullptr : std::make_unique<AttackLoader>(run_->folder);
  tracks_read_ = false;
  recorded_.clear();
  report_ = nullptr;
  titles_.clear();
  title_ = 0;
  accuracy_.clear();
  table_ = nullptr;
  filtered_table_ = nullptr;
  rows_.clear();
  figures_ = {};
  selected_.reset();
  by_itself_ = true;
  pass_.clear();
  shown_ = {};
  clean_from_ = adversarial_from_ = nullptr;
}

bool AttackModel::busy() const { return loader_ != nullptr && loader_->busy(); }

std::string AttackModel::problem() const {
  if (run_ == nullptr) return {};
  const std::string problem = loader_->problem();
  return problem.empty() ? run_->tracks->problem() : problem;
}

// ---- results

void AttackModel::FindTitles() {
  titles_.clear();
  if (report_) {
    for (const AttackResult& result : report_->results) titles_.push_back(result.title);
  }
  for (const RecordedResult& result : recorded_) {
    if (std::find(titles_.begin(), titles_.end(), result.title) == titles_.end()) {
      titles_.push_back(result.title);
    }
  }
  const auto found = std::find(titles_.begin(), titles_.end(), wanted_title_);
  title_ = found == titles_.end() ? 0 : static_cast<std::size_t>(found - titles_.begin());
}

void AttackModel::SelectTitle(std::size_t title) {
  if (title >= titles_.size()) return;
  title_ = title;
  wanted_title_ = titles_[title];
}

void AttackModel::SelectTitle(std::string title) {
  wanted_title_ = std::move(title);
  FindTitles();
}

const AttackResult* AttackModel::result() const {
  return report_ && title_ < report_->results.size() ? &report_->results[title_] : nullptr;
}

const RecordedResult* AttackModel::recorded() const {
  if (title_ >= titles_.size()) return nullptr;
  const auto found =
      std::find_if(recorded_.begin(), recorded_.end(),
                   [&](const RecordedResult& one) { return one.title == titles_[title_]; });
  return found == recorded_.end() ? nullptr : &*found;
}

std::string_view AttackModel::norm() const {
  if (const AttackResult* const finished = result()) return finished->norm;
  const RecordedResult* const one = recorded();
  return one == nullptr ? std::string_view() : std::string_view(one->norm);
}

double AttackModel::epsilon() const {
  if (const AttackResult* const finished = result()) return finished->epsilon;
  const RecordedResult* const one = recorded();
  return one == nullptr ? 0 : one->epsilon;
}

void AttackModel::FindAccuracy() {
  std::vector<AccuracyPoint> points;
  for (const RecordedResult& one : recorded_) {
    run_->tracks->WithSeries(one.accuracy_track, [&](const ScalarSeries* series) {
      if (series == nullptr || series->empty()) return;
      points.push_back({.model = one.model,
                        .epsilon = one.epsilon,
                        .clean = series->front().value,
                        .robust = series->back().value});
    });
  }
  if (report_) {  // the last word
    for (const AttackResult& one : report_->results) {
      points.push_back({.model = one.model,
                        .epsilon = one.epsilon,
                        .clean = one.clean_accuracy,
                        .robust = one.robust_accuracy});
    }
  }
  accuracy_ = AccuracyCurves(points);
}

// ---- examples

void AttackModel::FindExamples() {
  if (table_ == nullptr) {
    rows_.clear();
    figures_ = {};
    filtered_table_ = nullptr;
    return;
  }
  if (filtered_table_ == table_.get() && filtered_ == filter) return;
  filtered_table_ = table_.get();
  filtered_ = filter;
  rows_ = FilterExamples(*table_, filter, norm());
  figures_ = FiguresOf(*table_, rows_, result() == nullptr ? 0 : result()->attacks.size(), norm());
}

std::size_t AttackModel::listed() const {
  if (table_ != nullptr) return rows_.size();
  const RecordedResult* const one = recorded();
  return one == nullptr ? 0 : one->examples.size();
}

AttackModel::Entry AttackModel::Listed(std::size_t place) const {
  if (table_ != nullptr) {
    const std::size_t row = rows_.at(place);
    const std::int64_t index = table_->rows[row].index;
    return {.index = index, .row = row, .recorded = RecordedOf(index)};
  }
  const RecordedExample& example = recorded()->examples.at(place);
  return {.index = example.index, .row = std::nullopt, .recorded = &example};
}

const RecordedExample* AttackModel::RecordedOf(std::int64_t index) const {
  const RecordedResult* const one = recorded();
  if (one == nullptr) return nullptr;
  const auto found = std::lower_bound(
      one->examples.begin(), one->examples.end(), index,
      [](const RecordedExample& example, std::int64_t wanted) { return example.index < wanted; });
  return found == one->examples.end() || found->index != index ? nullptr : &*found;
}

std::string AttackModel::ClassName(std::int64_t label) const {
  return table_ ? table_->ClassName(label) : std::to_string(label);
}

std::string AttackModel::BrokenByText(std::int64_t broken_by) const {
  if (broken_by == kStands) return "stands";
  if (broken_by == kWrongWhenClean) return "wrong when clean";
  const AttackResult* const finished = result();
  const auto place = static_cast<std::size_t>(broken_by);
  return finished != nullptr && broken_by >= 0 && place < finished->attacks.size()
             ? finished->attacks[place].name
             : "attack " + std::to_string(broken_by);
}

// ---- the one example

// Of the listed ones the first that was recorded and broken: it tells most. Else the first
// recorded, the first broken, the first.
void AttackModel::ChooseExample() {
  if (!by_itself_ || listed() == 0) return;
  const auto is_listed = [&](std::size_t row) {
    return std::find(rows_.begin(), rows_.end(), row) != rows_.end();
  };
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> broken;
  const RecordedResult* const one = recorded();
  for (std::size_t i = 0; one != nullptr && i < one->examples.size() && !broken; ++i) {
    const std::int64_t index = one->examples[i].index;
    if (table_ != nullptr) {
      const std::size_t row = table_->Find(index).value_or(table_->rows.size());
      if (!is_listed(row)) continue;
      if (table_->rows[row].broken_by >= 0) broken = index;
    }
    if (!first) first = index;
  }
  for (std::size_t i = 0; table_ != nullptr && !first && !broken && i < rows_.size(); ++i) {
    if (table_->rows[rows_[i]].broken_by >= 0) broken = table_->rows[rows_[i]].index;
  }
  selected_ = broken ? *broken : first ? *first : Listed(0).index;
}

void AttackModel::Select(std::int64_t index) {
  selected_ = index;
  by_itself_ = false;
  pass_.clear();
}

std::optional<std::size_t> AttackModel::PlaceOf(std::int64_t index) const {
  if (table_ != nullptr) {
    const auto row = table_->Find(index);
    const auto found = row ? std::find(rows_.begin(), rows_.end(), *row) : rows_.end();
    return found == rows_.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - rows_.begin()));
  }
  for (std::size_t place = 0; place < listed(); ++place) {
    if (Listed(place).index == index) return place;
  }
  return std::nullopt;
}

void AttackModel::Move(std::int64_t places) {
  if (listed() == 0) return;
  const auto last = static_cast<std::int64_t>(listed()) - 1;
  const auto place = selected_ ? PlaceOf(*selected_) : std::nullopt;
  // One that is not listed: from the beginning.
  const std::int64_t next =
      place ? std::clamp<std::int64_t>(static_cast<std::int64_t>(*place) + places, 0, last) : 0;
  Select(Listed(static_cast<std::size_t>(next)).index);
}

const RecordedPass* AttackModel::BreakingPassOf(const RecordedExample& example) const {
  const RecordedPass* breaking = nullptr;
  for (const RecordedPass& pass : example.passes) {
    if (shown_.entry.row && pass.place == table_->rows[*shown_.entry.row].broken_by) {
      breaking = &pass;  // the last of its restarts
    }
  }
  return breaking;
}

const RecordedPass* AttackModel::PassOf(const RecordedExample& example) const {
  for (const RecordedPass& pass : example.passes) {
    if (pass.name == pass_) return &pass;
  }
  const RecordedPass* const breaking = BreakingPassOf(example);
  return breaking != nullptr || example.passes.empty() ? breaking : &example.passes.back();
}

void AttackModel::Show(Workspace& workspace) {
  if (!selected_ || titles_.empty()) {
    shown_ = {};
    return;
  }
  const Entry entry{.index = *selected_,
                    .row = table_ ? table_->Find(*selected_) : std::nullopt,
                    .recorded = RecordedOf(*selected_)};
  const bool same = entry.index == shown_.entry.index && entry.row == shown_.entry.row &&
                    shown_title_ == titles_[title_];
  if (!same) {
    clean_from_ = adversarial_from_ = nullptr;
    shown_ = {};
    shown_title_ = titles_[title_];
  }
  shown_.entry = entry;
  const auto before = std::pair(shown_.clean, shown_.adversarial);
  shown_.stored = entry.row ? loader_->Images(workspace.background(), title_, *entry.row) : nullptr;
  ShowClean(workspace);
  ShowAdversarial(workspace);
  if (std::pair(shown_.clean, shown_.adversarial) != before || !shown_.distances) {
    shown_.distances.reset();
    if (shown_.clean && shown_.adversarial && shown_.clean->SameShape(*shown_.adversarial)) {
      shown_.distances = DistancesBetween(*shown_.clean, *shown_.adversarial);
    }
  }
}

// The stored images are exact, the recorded ones have 8 bits.
void AttackModel::ShowClean(Workspace& workspace) {
  if (shown_.stored) {
    shown_.clean = std::shared_ptr<const FloatImage>(shown_.stored, &shown_.stored->clean);
    clean_from_ = nullptr;
    const ExampleRow& row = table_->rows[*shown_.entry.row];
    shown_.clean_caption = "clean, label " + ClassName(row.label);
    if (row.clean_prediction != row.label) {
      shown_.clean_caption += ", seen as " + ClassName(row.clean_prediction);
    }
    return;
  }
  const RecordedExample* const recorded = shown_.entry.recorded;
  if (recorded == nullptr || recorded->clean_track.empty()) return;
  const auto& tracks = run_->tracks;
  if (const auto item = tracks->At(recorded->clean_track, TrackKind::kImage, Moment{})) {
    const auto image = workspace.items().GetAs<record::Image>(tracks, *item);
    if (Take(image, clean_from_, shown_.clean)) shown_.clean_caption = "clean, " + image->caption;
  }
}

void AttackModel::ShowAdversarial(Workspace& workspace) {
  const Entry& entry = shown_.entry;
  const ExampleRow* const row = entry.row && table_ ? &table_->rows[*entry.row] : nullptr;
  shown_.pass = entry.recorded == nullptr ? nullptr : PassOf(*entry.recorded);
  if (shown_.pass != nullptr) {
    const auto& tracks = run_->tracks;
    const auto item =
        tracks->At(shown_.pass->track, TrackKind::kImage, workspace.timeline().moment());
    const bool is_result = item && item->step == shown_.pass->last_step &&
                           shown_.pass == BreakingPassOf(*entry.recorded);
    if (item && !(is_result && shown_.stored)) {
      const auto image = workspace.items().GetAs<record::Image>(tracks, *item);
      if (!Take(image, adversarial_from_, shown_.adversarial)) return;
      shown_.step = item->step;
      shown_.caption = image->caption;
      shown_.exact = false;
      return;
    }
    shown_.step = item ? item->step : -1;
  } else {
    shown_.step = -1;
  }
  if (!shown_.stored || row == nullptr) return;
  shown_.adversarial =
      std::shared_ptr<const FloatImage>(shown_.stored, &shown_.stored->adversarial);
  adversarial_from_ = nullptr;
  shown_.exact = true;
  shown_.caption = row->broken_by >= 0 ? "broken by " + BrokenByText(row->broken_by) +
                                             ", seen as " + ClassName(row->prediction)
                                       : BrokenByText(row->broken_by);
}

std::string AttackModel::Csv() const {
  return table_ == nullptr || result() == nullptr ? std::string()
                                                  : ExamplesCsv(*table_, *result(), rows_);
}

}  // namespace agon::viewer
