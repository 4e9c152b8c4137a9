// SPDX-License-Identifier: Apache-2.0
// The boards a run recorded: its tracks, the games in them, the board and the tree at the moment of
// the timeline, the value through the game.
//
// A track .../board may have beside it .../tree (searches, by the board's step) and .../about (a
// JSON object at the first step of each game; docs/formats.md, "Games in a recording"). Without it
// the track is one long row of boards.
//
// Thread safety: the thread that draws.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/core/workspace.h"
#include "viewer/game/board_model.h"

namespace agon::viewer {

struct RecordedGame {
  std::size_t first = 0;  // place of its first board in the track
  std::size_t count = 0;
  ItemRef about;  // what is known of it
  bool has_about = false;
};

// What stands in .../about.
struct GameAbout {
  std::string title;  // "game 18870 of generation 14"
  std::string game;   // "connect_four"
  std::string first, second;
  std::string result;                      // "1-0"; empty while it is played
  std::string ending;                      // "resigned"; empty: by the rules
  [[nodiscard]] std::string Line() const;  // for people
};
[[nodiscard]] std::optional<GameAbout> ReadAbout(std::string_view json);

class RecordedGames {
 public:
  // The game of a run as its configuration has it; for boards without an about.
  void SetGame(std::string_view game) { game_ = game; }
  // Looks what there is and what stands at the timeline's moment; once a frame.
  void Update(Workspace& workspace);

  [[nodiscard]] bool empty() const { return tracks_.empty(); }
  [[nodiscard]] const std::vector<std::string>& tracks() const { return tracks_; }
  [[nodiscard]] int track() const { return track_; }
  void ChooseTrack(int place);
  void ChooseTrack(const std::string& name) { wanted_ = name; }

  [[nodiscard]] const std::vector<RecordedGame>& games() const { return games_; }
  [[nodiscard]] std::size_t game() const { return game_place_; }
  // Of the present game; the boards of a track without games are one game.
  [[nodiscard]] std::size_t boards() const;
  [[nodiscard]] std::size_t place() const { return place_; }
  // Moves the timeline there.
  void Go(Workspace& workspace, std::size_t game, std::size_t place) const;

  // Null while it loads (then problem() is empty) and when it cannot be read.
  [[nodiscard]] const std::shared_ptr<const record::Board>& board() const { return board_; }
  [[nodiscard]] const std::shared_ptr<const record::Tree>& tree() const { return tree_; }
  [[nodiscard]] const std::optional<GameAbout>& about() const { return about_; }
  [[nodiscard]] const std::optional<ItemRef>& item() const { return item_; }
  [[nodiscard]] GameLook look() const;
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Something shown is still being read.
  [[nodiscard]] bool loading() const { return loading_; }
  // Of each board of the present game, for the first player; as far as read.
  [[nodiscard]] const std::vector<std::optional<double>>& values() const { return values_; }
  // Texts of the moves that led to each board.
  [[nodiscard]] const std::vector<std::string>& moves() const { return moves_; }

 private:
  void Look(const RunTracks& tracks);
  void FindGames(const RunTracks& tracks, const std::string& track);
  void LoadGame(Workspace& workspace);
  void LoadHistory(ItemLoader& loader);

  // A board of the present game: whether its value is known, or why it never will be.
  struct Told {
    std::uint64_t offset = 0;
    std::int64_t step = 0;
    bool done = false;
    std::string problem;
  };

  std::string game_, wanted_;
  std::shared_ptr<RunTracks> source_;
  std::uint64_t version_ = 0, generation_ = 0;
  std::vector<std::string> tracks_;
  int track_ = 0;
  std::vector<ItemRef> items_;
  std::vector<RecordedGame> games_;
  std::size_t game_place_ = 0, place_ = 0;
  std::optional<ItemRef> item_;
  std::shared_ptr<const record::Board> board_;
  std::shared_ptr<const record::Tree> tree_;
  std::optional<GameAbout> about_;
  std::shared_ptr<const record::Text> about_text_;
  std::string problem_;
  bool loading_ = false;
  std::vector<Told> told_;  // as values_ and moves_
  std::vector<std::optional<double>> values_;
  std::vector<std::string> moves_;
};

}  // namespace agon::viewer
