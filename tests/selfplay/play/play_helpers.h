// SPDX-License-Identifier: Apache-2.0
// What the tests of players, matches and protocols share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/temporary_folder.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

// "othello", or "{name: othello, size: 6}"; all games are registered first.
[[nodiscard]] Component<AnyGame> MakeGame(const std::string& yaml);
// After these moves, separated by spaces.
[[nodiscard]] GameState After(const Component<AnyGame>& game, const std::string& moves);
[[nodiscard]] std::unique_ptr<PlayerSource> Source(const std::string& word,
                                                   const Component<AnyGame>& game);

// A player that answers as a function says.
class ScriptedSource final : public PlayerSource {
 public:
  using Answer = std::function<Move(const GameState&)>;
  ScriptedSource(std::string name, Answer answer)
      : name_(std::move(name)), answer_(std::move(answer)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<Player> Make(std::uint64_t seed) const override;

 private:
  std::string name_;
  Answer answer_;
};

// The first legal move, always: a deterministic player.
[[nodiscard]] Move FirstLegal(const GameState& state);

// A folder that lives as long as the test.
class TestFolder {
 public:
  [[nodiscard]] const Path& path() const { return folder_.path(); }
  // Writes a shell script and returns a command line that runs it.
  [[nodiscard]] std::string Script(const std::string& text) const;

 private:
  TemporaryFolder folder_;
};

[[nodiscard]] Path TestData();

// Expects an Error of this kind whose message holds `text`.
void ExpectError(ErrorKind kind, const std::string& text, const std::function<void()>& act);

}  // namespace agon::selfplay
