// SPDX-License-Identifier: Apache-2.0
// PLAYER words taken apart: "mcts:sims=1000" is the kind mcts with its settings, read by the same
// declarations as configurations, with the nearest name for every word that was nearly right.
//
// Who needs this file: the files of the players in this folder.
//
// Thread safety: free functions and values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/config/fields.h"
#include "selfplay/play/player.h"

namespace agon::selfplay {

struct PlayerWord {
  std::string text;  // the whole word
  std::string kind;
  std::vector<std::pair<std::string, std::string>> settings;  // in order
};

// Error(kUsage) for an unknown kind, a setting without "=", or one that stands twice.
[[nodiscard]] PlayerWord ParsePlayerWord(std::string_view text);

// Error(kUsage): a setting that none of `known` is; `renamed` are short names of settings, taken
// over into the word.
void CheckSettings(PlayerWord& word, const std::vector<std::string>& known,
                   const std::vector<std::pair<std::string, std::string>>& renamed = {});
[[nodiscard]] std::vector<std::string> NamesOf(const std::vector<config::FieldInfo>& fields);
// Those settings of the word that `fields` declares.
[[nodiscard]] config::Value SettingsOf(const PlayerWord& word,
                                       const std::vector<config::FieldInfo>& fields);
void ThrowProblems(const PlayerWord& word, const config::Problems& problems);

// Reads the settings that T declares; CheckSettings was called before.
template <config::Described T>
[[nodiscard]] T ReadSettings(const PlayerWord& word) {
  config::Problems problems;
  config::Reader reader{problems, nullptr};
  T settings = config::Read<T>(SettingsOf(word, config::Fields<T>::Get().Infos()), reader);
  ThrowProblems(word, problems);
  return settings;
}

using PlayerSourcePtr = std::unique_ptr<PlayerSource>;
[[nodiscard]] PlayerSourcePtr MakeRandomSource(PlayerWord word, const Component<AnyGame>& game);
[[nodiscard]] PlayerSourcePtr MakeMctsSource(PlayerWord word, const Component<AnyGame>& game);
[[nodiscard]] PlayerSourcePtr MakeMinimaxSource(PlayerWord word, const Component<AnyGame>& game);
[[nodiscard]] PlayerSourcePtr MakePerfectSource(PlayerWord word, const Component<AnyGame>& game);
[[nodiscard]] PlayerSourcePtr MakeNetSource(PlayerWord word, const Component<AnyGame>& game,
                                            const PlayerContext& context);
[[nodiscard]] PlayerSourcePtr MakeGtpSource(PlayerWord word, const Component<AnyGame>& game);

}  // namespace agon::selfplay
