// SPDX-License-Identifier: Apache-2.0
#include "tests/selfplay/play/play_helpers.h"

#include <mutex>
#include <sstream>

#include "selfplay/search/game_of.h"

namespace agon::selfplay {

Component<AnyGame> MakeGame(const std::string& yaml) {
  static std::once_flag once;
  std::call_once(once, [] { RegisterGames(GlobalRegistry()); });
  config::Problems problems;
  const config::Value value = config::ParseYaml(yaml, "test", ".", problems);
  config::Reader reader{problems};
  Component<AnyGame> game = GlobalRegistry().Create<AnyGame>(value, reader, "game");
  problems.ThrowIfAny();
  return game;
}

GameState After(const Component<AnyGame>& game, const std::string& moves) {
  GameState state(game);
  std::istringstream words(moves);
  for (std::string word; words >> word;) state.Play(game->ParseMove(word));
  return state;
}

std::unique_ptr<PlayerSource> Source(const std::string& word, const Component<AnyGame>& game) {
  return MakePlayerSource(word, game, {});
}

namespace {

class ScriptedPlayer final : public Player {
 public:
  ScriptedPlayer(std::string name, ScriptedSource::Answer answer)
      : name_(std::move(name)), answer_(std::move(answer)) {}
  std::string name() const override { return name_; }
  Move Choose(const GameState& state) override { return answer_(state); }

 private:
  std::string name_;
  ScriptedSource::Answer answer_;
};

}  // namespace

std::unique_ptr<Player> ScriptedSource::Make(std::uint64_t) const {
  return std::make_unique<ScriptedPlayer>(name_, answer_);
}

Move FirstLegal(const GameState& state) { return state.LegalMoves().front(); }

std::string TestFolder::Script(const std::string& text) const {
  const Path file = folder_ / "program.sh";
  WriteFileAtomic(file, text);
  return "sh " + file.string();
}

Path TestData() {
  const char* folder = std::getenv("AGON_TEST_DATA");
  return folder != nullptr ? Path(folder) : Path(AGON_SOURCE_DIR) / "../shared/data";
}

void ExpectError(ErrorKind kind, const std::string& text, const std::function<void()>& act) {
  try {
    act();
    ADD_FAILURE() << "no error with \"" << text << '"';
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_THAT(error.what(), ::testing::HasSubstr(text));
  }
}

}  // namespace agon::selfplay
