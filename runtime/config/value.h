// SPDX-License-Identifier: Apache-2.0
// A configuration as a tree of plain values that remember where they were written.
//
// Who needs this file: the typed reader (fields.h) and components with a field of their own syntax.
// To read a file into a struct use runtime/config/fields.h.
//
// Thread safety: values are plain data.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/files.h"

namespace agon::config {

// One text that was read: a file, or an override of the command line.
struct Source {
  std::string name;                // as printed: "configs/attack.yaml" or "--set"
  Path folder;                     // relative paths inside are relative to this
  std::vector<std::string> lines;  // for the caret; empty lines of a binary file are fine
};

struct Location {
  std::shared_ptr<const Source> source;  // null: a default or a value made by the program
  int line = 0;                          // from 1
  int column = 0;                        // from 1
  int length = 1;                        // columns to underline
};

// One problem, formatted as docs and STYLE show:
//   configs/attack.yaml:7:12: threat.epsilon: expected a number >= 0, found "8/O"
//       7 |   epsilon: 8/O
//         |            ^~~  write a number or a fraction such as 8/255
struct Problem {
  Location location;
  std::string path;     // dotted: "threat.epsilon", "suite[1].steps"
  std::string message;  // what is wrong
  std::string cure;     // what to write instead; may be empty
};
[[nodiscard]] std::string Format(const Problem& problem);

// Collects problems so that one run shows all of them.
class Problems {
 public:
  void Add(Location location, std::string path, std::string message, std::string cure = {});
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] const std::vector<Problem>& list() const { return list_; }
  // Throws Error(kConfig) with every problem, in the order of the text, if there is any.
  void ThrowIfAny() const;

 private:
  std::vector<Problem> list_;
};

class Value {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  struct Entry;

  // Defined below Entry: clang 14 wants a vector's element complete wherever one is made or
  // destroyed.
  Value();
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  [[nodiscard]] static Value Scalar(std::string text, bool quoted = false);
  [[nodiscard]] static Value Sequence(std::vector<Value> items = {});
  [[nodiscard]] static Value Mapping();

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool IsNull() const { return kind_ == Kind::kNull; }
  [[nodiscard]] bool IsScalar() const { return kind_ == Kind::kScalar; }
  [[nodiscard]] bool IsSequence() const { return kind_ == Kind::kSequence; }
  [[nodiscard]] bool IsMapping() const { return kind_ == Kind::kMapping; }

  [[nodiscard]] const std::string& text() const { return text_; }  // of a scalar
  [[nodiscard]] bool quoted() const { return quoted_; }            // '5' is text, 5 a number
  [[nodiscard]] const std::vector<Value>& items() const { return items_; }
  [[nodiscard]] std::vector<Value>& items() { return items_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const Value* Find(std::string_view key) const;  // null when absent
  [[nodiscard]] Value* Find(std::string_view key);
  void Set(std::string key, Value value);  // appends or replaces
  void Erase(std::string_view key);

  // "found" in messages: `"8/O"`, `a list`, `a mapping`, `nothing`.
  [[nodiscard]] std::string Describe() const;

  Location location;

 private:
  Kind kind_ = Kind::kNull;
  std::string text_;
  bool quoted_ = false;
  std::vector<Value> items_;
  std::vector<Entry> entries_;
};

struct Value::Entry {
  std::string key;
  Location key_location;
  Value value;
};

inline Value::Value() = default;
inline Value::Value(const Value&) = default;
inline Value::Value(Value&&) noexcept = default;
inline Value& Value::operator=(const Value&) = default;
inline Value& Value::operator=(Value&&) noexcept = default;
inline Value::~Value() = default;

inline constexpr int kMaxDepth = 32;
inline constexpr int kMaxNodes = 100'000;  // after aliases are expanded
inline constexpr std::size_t kMaxConfigBytes = std::size_t{4} << 20;

// Parses one YAML document. Duplicate keys, a second document, merge keys, tags, self-referencing
// aliases, depth and size beyond the limits become problems (with line and column); aliases are
// expanded within the node budget. A syntax error is a problem as well.
[[nodiscard]] Value ParseYaml(std::string_view text, std::string name, const Path& folder,
                              Problems& problems);
// Error(kConfig) when the file cannot be read.
[[nodiscard]] Value LoadYaml(const Path& file, Problems& problems);

// Applies "a.b[1].c=value" (value in YAML flow syntax); missing mappings on the way are made. Paths
// in the value are relative to the working directory. A bad override is a problem at "--set".
void ApplyOverride(Value& root, std::string_view assignment, Problems& problems);

// Block-style YAML that ParseYaml reads back as the same tree; strings are quoted only when needed.
[[nodiscard]] std::string ToYaml(const Value& value);

}  // namespace agon::config
