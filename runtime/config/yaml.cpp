// SPDX-License-Identifier: Apache-2.0
// YAML in: over yaml-cpp's events, not its nodes. Nodes accept duplicate keys, a second document
// and aliases of themselves, and forget where a null stood; events let us refuse all that as it
// appears.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <unordered_set>

#include "runtime/base/error.h"
#include "runtime/base/text.h"
#include "runtime/config/parse.h"
#include "runtime/config/value.h"

namespace agon::config {
namespace {

constexpr std::size_t kMaxKeyLength = 200;
// Aliases of one long text could otherwise fill the memory with few nodes.
constexpr std::size_t kMaxExpandedText = 4 * kMaxConfigBytes;

// Ends the parsing of a text whose problem was already reported.
struct GiveUp {};

// The place of the first byte that is not UTF-8 text; nothing when all is well.
// Control characters are let through where escapes made them.
std::optional<std::size_t> FindBadByte(std::string_view text, bool control_is_bad = true) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      const bool allowed = byte == '\n' || byte == '\r' || byte == '\t' || byte >= 0x20;
      if (control_is_bad && (!allowed || byte == 0x7f)) return i;
      ++i;
      continue;
    }
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    if (byte < 0xC2 || byte > 0xF4 || i + length > text.size()) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return i;
    }
    i += length;
  }
  return std::nullopt;
}

// A stream over text that is not copied.
class ViewBuffer final : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // read only, as streambuf cannot say
    setg(begin, begin, begin + text.size());
  }
};

// What an anchor stands for.
struct Anchored {
  Value value;
  int nodes = 0;
  int height = 0;
  std::size_t text = 0;
};

// Builds the tree from events. The scope on top of the stack is the list or mapping being filled.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const Source> source, Problems& problems)
      : source_(std::move(source)), problems_(problems) {}

  [[nodiscard]] Value Take() { return std::move(root_); }

  [[nodiscard]] Location At(const YAML::Mark& mark, std::string_view scalar = {}) const {
    Location at{source_, std::max(mark.line, 0) + 1, 1, 1};
    if (static_cast<std::size_t>(at.line) > source_->lines.size()) return at;
    // yaml-cpp counts bytes, people count characters.
    const std::string_view line = source_->lines[static_cast<std::size_t>(at.line) - 1];
    const auto column = std::min(static_cast<std::size_t>(std::max(mark.column, 0)), line.size());
    at.column = CountCharacters(line.substr(0, column)) + 1;
    at.length = std::max(1, CountCharacters(Written(line.substr(column), scalar)));
    return at;
  }

  void OnDocumentStart(const YAML::Mark& mark) override { root_.location = At(mark); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (ExpectsKey()) {
      problems_.Add(At(mark), Path(), "a key must be text");
      SetKey({}, At(mark));
      return;
    }
    Value value;
    // yaml-cpp marks an absent value at whatever follows it; the key is what a person looks for.
    const Location at = InMapping() ? scopes_.back().key_location : At(mark);
    value.location = at;
    AddLeaf(std::move(value), anchor, at);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Location at = At(mark, "alias");
    const auto found = anchored_.find(anchor);
    if (ExpectsKey()) {
      problems_.Add(at, Path(), "a key must be text, not an alias");
      SetKey({}, at);
      return;
    }
    if (found == anchored_.end()) {
      problems_.Add(at, Path(), "an alias inside the very value it stands for");
      Attach(Value(), 1);
      return;
    }
    const Anchored& target = found->second;
    CheckDepth(at, target.height);
    Spend(at, target.nodes, target.text);
    Attach(target.value, target.height);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Location at = At(mark, text);
    CheckTag(at, tag);
    if (FindBadByte(text, false)) {  // yaml-cpp makes single bytes of \N and \_
      problems_.Add(at, Path(), "the escapes \\N and \\_ are not supported",
                    "write the characters themselves");
    }
    const bool quoted = tag == "!";
    if (ExpectsKey()) {
      AddKey(text, quoted, std::move(at));
      return;
    }
    Value value = Value::Scalar(text, quoted);
    value.location = at;
    AddLeaf(std::move(value), anchor, at);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Value::Sequence(), mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Value::Mapping(), mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Scope {
    Value value;
    YAML::anchor_t anchor = 0;
    int nodes_before = 0;
    std::size_t text_before = 0;
    int height = 1;
    bool has_key = false;
    bool drop = false;  // of a key that was refused; its value is read and forgotten
    std::string key;
    Location key_location;
    std::unordered_set<std::string> keys;
  };

  static int CountCharacters(std::string_view text) {
    return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
  }

  // How the scalar stands in `rest`, the line from its first byte on.
  static std::string_view Written(std::string_view rest, std::string_view scalar) {
    if (rest.starts_with('*')) return rest.substr(0, rest.find_first_of(" ,]}"));
    if (rest.starts_with('"') || rest.starts_with('\'')) {
      for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '\\' && rest[0] == '"') {
          ++i;
        } else if (rest[i] == rest[0]) {
          return rest.substr(0, i + 1);
        }
      }
      return rest;
    }
    return rest.starts_with(scalar) ? rest.substr(0, scalar.size()) : rest.substr(0, 1);
  }

  [[nodiscard]] bool InMapping() const {
    return !scopes_.empty() && scopes_.back().value.IsMapping();
  }
  [[nodiscard]] bool ExpectsKey() const { return InMapping() && !scopes_.back().has_key; }

  // Where the next value would stand: "suite[1].steps".
  [[nodiscard]] std::string Path() const {
    std::string path;
    for (const Scope& scope : scopes_) {
      if (scope.value.IsSequence()) {
        path += "[" + std::to_string(scope.value.items().size()) + "]";
      } else if (scope.has_key) {
        if (!path.empty()) path += '.';
        path += scope.key;
      }
    }
    return path;
  }

  void CheckTag(const Location& at, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_.Add(at, Path(), "tags such as !!str are not supported",
                  "quote the value to make it text");
  }

  void CheckDepth(const Location& at, int height) {
    if (static_cast<int>(scopes_.size()) + height <= kMaxDepth) return;
    problems_.Add(at, {}, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    throw GiveUp();
  }

  void Spend(const Location& at, int nodes, std::size_t text) {
    nodes_ += nodes;
    text_ += text;
    if (nodes_ <= kMaxNodes && text_ <= kMaxExpandedText) return;
    problems_.Add(at, {},
                  "more than " + std::to_string(kMaxNodes) +
                      " values, or too much text, after aliases are expanded");
    throw GiveUp();
  }

  void AddKey(const std::string& key, bool quoted, Location at) {
    Spend(at, 0, key.size());
    Scope& scope = scopes_.back();
    bool good = false;
    if (key == "<<" && !quoted) {
      problems_.Add(at, Path(), "merge keys (<<) are not supported", "write the keys out");
    } else if (key.size() > kMaxKeyLength) {
      problems_.Add(at, Path(), "a key of more than " + std::to_string(kMaxKeyLength) + " bytes");
    } else if (!scope.keys.insert(key).second) {
      problems_.Add(at, Path(), "the key \"" + key + "\" is given twice", "remove one of them");
    } else {
      good = true;
    }
    SetKey(key, std::move(at));
    scope.drop = !good;
  }

  void SetKey(std::string key, Location at) {
    Scope& scope = scopes_.back();
    scope.key = std::move(key);
    scope.key_location = std::move(at);
    scope.has_key = true;
    scope.drop = true;
  }

  void AddLeaf(Value value, YAML::anchor_t anchor, const Location& at) {
    CheckDepth(at, 0);
    Spend(at, 1, value.text().size());
    if (anchor != 0) Remember(anchor, {value, 1, 0, value.text().size()});
    Attach(std::move(value), 0);
  }

  void Open(Value value, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    value.location = At(mark);
    CheckTag(value.location, tag);
    CheckDepth(value.location, 1);
    if (ExpectsKey()) {
      // yaml-cpp takes a bracket that is never closed for a key as well.
      problems_.Add(value.location, Path(), "a key must be text, not " + value.Describe(),
                    "write a plain key, or close the bracket");
      throw GiveUp();
    }
    Scope scope;
    scope.nodes_before = nodes_;
    scope.text_before = text_;
    scope.anchor = anchor;
    Spend(value.location, 1, 0);
    scope.value = std::move(value);
    scopes_.push_back(std::move(scope));
  }

  void Close() {
    Scope scope = std::move(scopes_.back());
    scopes_.pop_back();
    if (scope.anchor != 0) {
      Remember(scope.anchor,
               {scope.value, nodes_ - scope.nodes_before, scope.height, text_ - scope.text_before});
    }
    Attach(std::move(scope.value), scope.height);
  }

  // Copies kept for anchors have a budget of their own: 32 nested anchors are 32 copies.
  void Remember(YAML::anchor_t anchor, Anchored target) {
    kept_nodes_ += target.nodes;
    kept_text_ += target.text;
    if (kept_nodes_ > kMaxNodes || kept_text_ > kMaxExpandedText) {
      problems_.Add(target.value.location, {}, "too much is named by anchors");
      throw GiveUp();
    }
    anchored_[anchor] = std::move(target);
  }

  void Attach(Value value, int height) {
    if (scopes_.empty()) {
      root_ = std::move(value);
      return;
    }
    Scope& scope = scopes_.back();
    scope.height = std::max(scope.height, height + 1);
    if (scope.value.IsSequence()) {
      scope.value.items().push_back(std::move(value));
      return;
    }
    if (!scope.drop) {
      scope.value.entries().push_back(
          {std::move(scope.key), std::move(scope.key_location), std::move(value)});
    }
    scope.has_key = false;
  }

  std::shared_ptr<const Source> source_;
  Problems& problems_;
  Value root_;
  std::vector<Scope> scopes_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  int nodes_ = 0;
  int kept_nodes_ = 0;
  std::size_t text_ = 0;
  std::size_t kept_text_ = 0;
};

// Looks only at where a second document starts.
class SecondDocument final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { throw Found{mark}; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  struct Found {
    YAML::Mark mark;
  };
};

Location PlaceOfByte(const std::shared_ptr<const Source>& source, std::string_view text,
                     std::size_t byte) {
  const auto before = text.substr(0, byte);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {source, static_cast<int>(line) + 1, static_cast<int>(byte - line_start) + 1, 1};
}

}  // namespace

std::vector<std::string> SplitLines(std::string_view text) {
  std::vector<std::string> lines = Split(text, '\n');
  for (std::string& line : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

Value ParseSource(std::string_view text, const std::shared_ptr<const Source>& source,
                  Problems& problems) {
  if (const auto bad = FindBadByte(text)) {
    problems.Add(PlaceOfByte(source, text, *bad), {}, "not UTF-8 text, or a control character");
    return {};
  }
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(source, problems);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      Value empty;
      empty.location = {source, 1, 1, 1};
      return empty;
    }
    SecondDocument second;
    static_cast<void>(parser.HandleNextDocument(second));
  } catch (const SecondDocument::Found& found) {
    problems.Add(builder.At(found.mark), {},
                 "a second document, or text after the end of the first",
                 "a configuration is one document");
  } catch (const YAML::Exception& error) {
    problems.Add(builder.At(error.mark), {}, "not valid YAML: " + error.msg);
    return {};
  } catch (const GiveUp&) {
    return {};
  }
  return builder.Take();
}

Value ParseYaml(std::string_view text, std::string name, const Path& folder, Problems& problems) {
  auto source = std::make_shared<Source>();
  source->name = std::move(name);
  source->folder = folder;
  if (text.size() > kMaxConfigBytes) {
    problems.Add({source, 0, 0, 1}, {}, "larger than the limit of " + FormatBytes(kMaxConfigBytes));
    return {};
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  source->lines = SplitLines(text);
  return ParseSource(text, source, problems);
}

Value LoadYaml(const Path& file, Problems& problems) {
  std::string text;
  try {
    text = ReadFileText(file, kMaxConfigBytes);
  } catch (const Error& error) {
    throw Error(ErrorKind::kConfig, error.what());
  }
  return ParseYaml(text, file.string(), std::filesystem::absolute(file).parent_path(), problems);
}

}  // namespace agon::config
