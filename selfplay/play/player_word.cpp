// SPDX-License-Identifier: Apache-2.0
#include "selfplay/play/player_word.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/text.h"

namespace agon::selfplay {
namespace {

constexpr std::string_view kCommandKey = "cmd=";

const std::vector<std::string>& Kinds() {
  static const std::vector<std::string> kinds{"random", "mcts", "net", "perfect", "minimax", "gtp"};
  return kinds;
}

}  // namespace

std::vector<std::string> PlayerKinds() { return Kinds(); }

PlayerWord ParsePlayerWord(std::string_view text) {
  PlayerWord word;
  word.text = text;
  const std::size_t colon = text.find(':');
  word.kind = text.substr(0, colon);
  if (std::find(Kinds().begin(), Kinds().end(), word.kind) == Kinds().end()) {
    Fail(ErrorKind::kUsage, "player \"{}\": unknown kind \"{}\"{}; known: {}", text, word.kind,
         DidYouMean(word.kind, Kinds()), Join(Kinds(), ", "));
  }
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    // What follows cmd= is a command line, commas and all.
    const bool command = word.kind == "gtp" && rest.starts_with(kCommandKey);
    const std::size_t end = command ? rest.size() : std::min(rest.find(','), rest.size());
    const std::string_view item = rest.substr(0, end);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      Fail(ErrorKind::kUsage, "player \"{}\": \"{}\" is no setting; write key=value", text, item);
    }
    std::string key(item.substr(0, equals));
    for (const auto& [known, value] : word.settings) {
      if (known == key) Fail(ErrorKind::kUsage, "player \"{}\": {} stands twice", text, key);
    }
    word.settings.emplace_back(std::move(key), item.substr(equals + 1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return word;
}

void CheckSettings(PlayerWord& word, const std::vector<std::string>& known,
                   const std::vector<std::pair<std::string, std::string>>& renamed) {
  std::vector<std::string> names = known;
  for (const auto& [brief, full] : renamed) names.push_back(brief);
  for (auto& [key, value] : word.settings) {
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      std::sort(names.begin(), names.end());
      Fail(ErrorKind::kUsage, "player \"{}\": unknown setting \"{}\"{}; {}", word.text, key,
           DidYouMean(key, names),
           names.empty() ? word.kind + " has none" : word.kind + " has " + Join(names, ", "));
    }
    for (const auto& [brief, full] : renamed) {
      if (key == brief) key = full;
    }
  }
  for (auto one = word.settings.begin(); one != word.settings.end(); ++one) {
    for (auto other = std::next(one); other != word.settings.end(); ++other) {
      if (one->first == other->first) {
        Fail(ErrorKind::kUsage, "player \"{}\": {} stands twice, under two names", word.text,
             one->first);
      }
    }
  }
}

std::vector<std::string> NamesOf(const std::vector<config::FieldInfo>& fields) {
  std::vector<std::string> names;
  for (const config::FieldInfo& field : fields) names.push_back(field.name);
  return names;
}

config::Value SettingsOf(const PlayerWord& word, const std::vector<config::FieldInfo>& fields) {
  config::Value mapping = config::Value::Mapping();
  for (const auto& [key, value] : word.settings) {
    const auto is = [&key = key](const config::FieldInfo& field) { return field.name == key; };
    if (std::any_of(fields.begin(), fields.end(), is)) {
      mapping.Set(key, config::Value::Scalar(value));
    }
  }
  return mapping;
}

void ThrowProblems(const PlayerWord& word, const config::Problems& problems) {
  if (problems.empty()) return;
  const config::Problem& problem = problems.list().front();
  Fail(ErrorKind::kUsage, "player \"{}\": {}{}{}{}", word.text, problem.path,
       problem.path.empty() ? "" : ": ", problem.message,
       problem.cure.empty() ? "" : "; " + problem.cure);
}

}  // namespace agon::selfplay
