// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/recorded_games.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace agon::viewer {
namespace {

constexpr std::string_view kBoard = "board";
// Whole games first.
constexpr std::array<std::string_view, 2> kPreferred = {"selfplay/game/board", "match/game/board"};
// A longer row of boards has no curve of values: each would have to be read.
constexpr std::size_t kMostCurve = 2000;
// Boards that are asked for at once for the curve: far fewer than the loader lets wait.
constexpr std::size_t kMostAsked = 32;

// The track beside .../board.
std::string Sister(const std::string& track, std::string_view name) {
  if (!track.ends_with(kBoard)) return {};
  return track.substr(0, track.size() - kBoard.size()).append(name);
}

}  // namespace

std::string GameAbout::Line() const {
  std::string line = title;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) line += (line.empty() ? "" : "  ") + text;
  };
  if (!first.empty() || !second.empty()) add(fmt::format("{} - {}", first, second));
  add(result == "*" ? std::string() : result);
  add(ending);
  return line;
}

std::optional<GameAbout> ReadAbout(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto field = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return GameAbout{.title = field("title"),
                   .game = field("game"),
                   .first = field("first"),
                   .second = field("second"),
                   .result = field("result"),
                   .ending = field("ending")};
}

void RecordedGames::ChooseTrack(int place) {
  if (place >= 0 && static_cast<std::size_t>(place) < tracks_.size()) {
    wanted_ = tracks_[static_cast<std::size_t>(place)];
  }
}

std::size_t RecordedGames::boards() const { return games_.empty() ? 0 : games_[game_place_].count; }

GameLook RecordedGames::look() const {
  return LookOf(about_ && !about_->game.empty() ? about_->game : game_);
}

void RecordedGames::Look(const RunTracks& tracks) {
  tracks_.clear();
  for (const TrackInfo& info : tracks.Tracks()) {
    if (info.kind == TrackKind::kBoard && info.count > 0) tracks_.push_back(info.name);
  }
  track_ = 0;
  const auto place_of = [&](std::string_view name) {
    return std::find(tracks_.begin(), tracks_.end(), name) - tracks_.begin();
  };
  const auto count = static_cast<std::ptrdiff_t>(tracks_.size());
  for (const std::string_view name : kPreferred) {
    if (place_of(name) < count) {
      track_ = static_cast<int>(place_of(name));
      break;
    }
  }
  if (!wanted_.empty() && place_of(wanted_) < count) track_ = static_cast<int>(place_of(wanted_));
  items_.clear();
  games_.clear();
  if (!tracks_.empty()) FindGames(tracks, tracks_[static_cast<std::size_t>(track_)]);
}

void RecordedGames::FindGames(const RunTracks& tracks, const std::string& track) {
  items_ = tracks.Items(track, TrackKind::kBoard);
  const std::string about = Sister(track, "about");
  const std::vector<ItemRef> starts =
      about.empty() ? std::vector<ItemRef>() : tracks.Items(about, TrackKind::kText);
  const auto place_of = [&](std::int64_t step) {
    return static_cast<std::size_t>(
        std::lower_bound(items_.begin(), items_.end(), step,
                         [](const ItemRef& item, std::int64_t s) { return item.step < s; }) -
        items_.begin());
  };
  for (const ItemRef& start : starts) {
    const std::size_t first = place_of(start.step);
    if (first == items_.size()) break;  // its boards are still to come
    if (games_.empty() && first > 0) {
      games_.push_back({.first = 0, .count = first, .about = {}, .has_about = false});
    }
    if (!games_.empty()) {
      if (games_.back().first == first) games_.pop_back();  // its boards were dropped
      if (!games_.empty()) games_.back().count = first - games_.back().first;
    }
    games_.push_back({.first = first, .count = 0, .about = start, .has_about = true});
  }
  if (games_.empty() && !items_.empty()) games_.push_back({});
  if (!games_.empty()) games_.back().count = items_.size() - games_.back().first;
}

void RecordedGames::Update(Workspace& workspace) {
  const std::shared_ptr<OpenRun> run = workspace.selected();
  const std::shared_ptr<RunTracks> tracks = run ? run->tracks : nullptr;
  problem_.clear();
  loading_ = false;
  const bool other = tracks != source_;
  const bool chosen = !tracks_.empty() && !wanted_.empty() &&
                      tracks_[static_cast<std::size_t>(track_)] != wanted_ &&
                      std::find(tracks_.begin(), tracks_.end(), wanted_) != tracks_.end();
  if (other) {
    source_ = tracks;
    board_ = nullptr;
    tree_ = nullptr;
    about_.reset();
    about_text_ = nullptr;
    items_.clear();
    games_.clear();
    tracks_.clear();
  }
  // Another recording may have other boards at the same places.
  const std::uint64_t generation = tracks ? tracks->generation() : 0;
  if (other || generation != generation_) {
    generation_ = generation;
    told_.clear();
    values_.clear();
    moves_.clear();
  }
  if (!tracks) return;
  if (other || chosen || tracks->version() != version_) {
    version_ = tracks->version();
    Look(*tracks);
  }
  item_.reset();
  if (games_.empty()) return;
  item_ = tracks->At(tracks_[static_cast<std::size_t>(track_)], TrackKind::kBoard,
                     workspace.timeline().moment());
  if (!item_) return;
  const auto found =
      std::lower_bound(items_.begin(), items_.end(), item_->step,
                       [](const ItemRef& item, std::int64_t step) { return item.step < step; });
  // A board newer than the list comes into it with the next version.
  const std::size_t at =
      std::min<std::size_t>(static_cast<std::size_t>(found - items_.begin()), items_.size() - 1);
  const auto after = std::upper_bound(
      games_.begin(), games_.end(), at,
      [](std::size_t place, const RecordedGame& game) { return place < game.first; });
  game_place_ = static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - games_.begin() - 1, 0));
  place_ = at - games_[game_place_].first;
  LoadGame(workspace);
}

void RecordedGames::LoadGame(Workspace& workspace) {
  ItemLoader& loader = workspace.items();
  const auto load = [&]<class T>(const ItemRef& item, std::shared_ptr<const T>& into) {
    if (auto loaded = loader.GetAs<T>(source_, item)) {
      into = std::move(loaded);
      return;
    }
    const std::string problem = loader.Problem(source_, item);
    if (problem.empty()) {
      loading_ = true;  // what was shown before stays until then
      return;
    }
    into = nullptr;
    problem_ = problem;
  };
  load(*item_, board_);
  const std::string& track = tracks_[static_cast<std::size_t>(track_)];
  // A tree belongs to the board of its step.
  const Moment moment = {.mode = TimelineMode::kStep, .step = item_->step, .wall_time = 0};
  const RecordedGame& game = games_[game_place_];
  const auto tree = source_->At(Sister(track, "tree"), TrackKind::kTree, moment, false);
  if (tree && tree->step == item_->step) {
    load(*tree, tree_);
  } else {
    tree_ = nullptr;
  }
  std::shared_ptr<const record::Text> about;
  if (game.has_about) load(game.about, about);
  if (!game.has_about) about_.reset();
  if (about && about != about_text_) about_ = ReadAbout(about->text);
  if (about || !game.has_about) about_text_ = about;
  LoadHistory(loader);
}

// A few boards at a time, and none before what is looked at has arrived: the newest request is read
// first. A board is asked for until its value is known, not longer.
void RecordedGames::LoadHistory(ItemLoader& loader) {
  const RecordedGame& game = games_[game_place_];
  // Boards that are no game have no history.
  const std::size_t count = game.has_about && game.count <= kMostCurve ? game.count : 0;
  told_.resize(count);
  values_.resize(count);
  moves_.resize(count);
  std::size_t left = loading_ ? 0 : kMostAsked;
  for (std::size_t i = 0; i < count; ++i) {
    const ItemRef& item = items_[game.first + i];
    Told& told = told_[i];
    if (told.offset != item.offset || told.step != item.step) {
      told = {.offset = item.offset, .step = item.step, .done = false, .problem = {}};
      values_[i].reset();
      moves_[i].clear();
    }
    if (!told.done && left > 0) {
      if (const auto board = loader.GetAs<record::Board>(source_, item)) {
        told.done = true;
        values_[i] = ValueForFirst(*board);
        moves_[i] = board->last_move;
      } else {
        told.problem = loader.Problem(source_, item);
        told.done = !told.problem.empty();
        if (!told.done) --left;
      }
    }
    if (!told.done) loading_ = true;
    if (problem_.empty()) problem_ = told.problem;
  }
}

void RecordedGames::Go(Workspace& workspace, std::size_t game, std::size_t place) const {
  if (game >= games_.size() || games_[game].count == 0) return;
  const RecordedGame& chosen = games_[game];
  const ItemRef& item = items_[chosen.first + std::min(place, chosen.count - 1)];
  Timeline& timeline = workspace.timeline();
  if (timeline.mode() == TimelineMode::kTime) {
    timeline.SetWallTime(item.wall_time);
  } else {
    timeline.SetStep(item.step);
  }
}

}  // namespace agon::viewer
