// SPDX-License-Identifier: Apache-2.0
// Typed configuration: a struct lists its fields once, and that list reads it from YAML, checks it,
// prints it, explains it, and yields its JSON schema.
//
//   struct LoaderSettings {
//     int64_t batch_size = 128;
//     std::vector<double> mean;
//     static void Describe(config::Fields<LoaderSettings>& f) {
//       f.Field(&LoaderSettings::batch_size, "batch_size", "examples per step").Min(1);
//       f.Field(&LoaderSettings::mean, "mean", "per channel, subtracted from the input");
//     }
//   };
//   LoaderSettings settings = config::Read<LoaderSettings>(value, reader);
//
// The default of a field is what a default-constructed struct holds. Field types: bool, integers,
// double (fractions such as 8/255 are numbers), std::string, Path (relative to the file that names
// it), std::vector and std::optional of these, structs with Describe, and any type with
//   static T FromConfig(const Value&, Reader&, const std::string& path);   Value ToConfig() const;
//   static std::string TypeName();
//
// Thread safety: descriptions are built once and then only read.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/config/value.h"

namespace agon::config {

// What the reader needs beside the value. `services` lets field types of higher folders find what
// they need (the component registry); config itself does not look inside.
struct Reader {
  Problems& problems;
  const void* services = nullptr;
};

struct FieldInfo {
  std::string name;
  std::string help;
  std::string type;  // "integer", "number", "text", "path", "boolean", "list of number", ...
  std::string unit;  // "pixels", "seconds"; may be empty
  std::optional<double> min, max;
  bool min_is_exclusive = false;
  std::vector<std::string> choices;
  bool required = false;
  bool live = false;  // may be changed in a running command
  bool scalar_is_list = false;
  Value default_value;            // null when required
  std::vector<FieldInfo> fields;  // of a nested struct
};

// ---- reading and printing of one type; overloads for the built-in types in fields.cpp ----
bool ReadValue(const Value&, const FieldInfo&, Reader&, const std::string& path, bool& out);
bool ReadValue(const Value&, const FieldInfo&, Reader&, const std::string& path, std::int64_t& out);
bool ReadValue(const Value&, const FieldInfo&, Reader&, const std::string& path, double& out);
bool ReadValue(const Value&, const FieldInfo&, Reader&, const std::string& path, std::string& out);
bool ReadValue(const Value&, const FieldInfo&, Reader&, const std::string& path, Path& out);
[[nodiscard]] Value ToValue(bool);
[[nodiscard]] Value ToValue(std::int64_t);
[[nodiscard]] Value ToValue(double);
[[nodiscard]] Value ToValue(const std::string&);
[[nodiscard]] Value ToValue(const Path&);

template <class T>
class Fields;
template <class T>
concept Described = requires(Fields<T>& f) {
  T::Describe(f);
};
template <class T>
concept CustomConfig = requires(const T& t, const Value& v, Reader& r, const std::string& path) {
  { T::FromConfig(v, r, path) } -> std::convertible_to<T>;
  { t.ToConfig() } -> std::convertible_to<Value>;
  { T::TypeName() } -> std::convertible_to<std::string>;
};

template <class M>
struct IsVector : std::false_type {};
template <class E>
struct IsVector<std::vector<E>> : std::true_type {};
template <class M>
struct IsOptional : std::false_type {};
template <class E>
struct IsOptional<std::optional<E>> : std::true_type {};

template <class M>
std::string TypeNameOf();
template <class M>
bool ReadMember(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
                M& out);
template <class M>
Value DumpMember(const M& member);
// The fields of a struct, or of the structs in a list; none for other types.
template <class M>
std::vector<FieldInfo> NestedFields();

// One field of struct T, type-erased.
template <class T>
struct BoundField {
  FieldInfo info;
  std::function<bool(const Value&, const FieldInfo&, Reader&, const std::string&, T&)> read;
  std::function<Value(const T&)> dump;
};

// Refines the last declared field; returned by Fields::Field.
class FieldRefiner {
 public:
  explicit FieldRefiner(FieldInfo& info) : info_(info) {}
  FieldRefiner& Min(double v) {
    info_.min = v;
    return *this;
  }
  FieldRefiner& Above(double v) {
    info_.min = v;
    info_.min_is_exclusive = true;
    return *this;
  }
  FieldRefiner& Max(double v) {
    info_.max = v;
    return *this;
  }
  FieldRefiner& Unit(std::string v) {
    info_.unit = std::move(v);
    return *this;
  }
  FieldRefiner& Choices(std::vector<std::string> v) {
    info_.choices = std::move(v);
    return *this;
  }
  FieldRefiner& Required() {
    info_.required = true;
    info_.default_value = {};
    return *this;
  }
  FieldRefiner& Live() {
    info_.live = true;
    return *this;
  }
  // A list may be written as one scalar.
  FieldRefiner& ScalarIsList() {
    info_.scalar_is_list = true;
    return *this;
  }

 private:
  FieldInfo& info_;
};

template <class T>
class Fields {
 public:
  Fields() = default;
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  template <class C, class M>
  requires std::derived_from<T, C> FieldRefiner Field(M C::*member, const std::string& name,
                                                      const std::string& help) {
    auto field = std::make_unique<BoundField<T>>();
    field->info.name = name;
    field->info.help = help;
    field->info.type = TypeNameOf<M>();
    field->info.default_value = DumpMember<M>(defaults_.*member);
    field->info.fields = NestedFields<M>();
    field->read = [member](const Value& value, const FieldInfo& info, Reader& reader,
                           const std::string& path, T& object) {
      return ReadMember<M>(value, info, reader, path, object.*member);
    };
    field->dump = [member](const T& object) { return DumpMember<M>(object.*member); };
    fields_.push_back(std::move(field));
    return FieldRefiner(fields_.back()->info);
  }
  // A rule over several fields: returns a message, or "" when all is well.
  void Check(std::function<std::string(const T&)> rule) { rules_.push_back(std::move(rule)); }

  [[nodiscard]] std::vector<FieldInfo> Infos() const {
    std::vector<FieldInfo> infos;
    for (const auto& field : fields_) infos.push_back(field->info);
    return infos;
  }
  // Reads a mapping (null counts as empty). Unknown keys, wrong types, values out of range and
  // missing required fields become problems; the object is complete only if none was added.
  T Read(const Value& value, Reader& reader, const std::string& path) const;
  // All fields with their present values, in the order of declaration.
  [[nodiscard]] Value Dump(const T& object) const {
    Value mapping = Value::Mapping();
    for (const auto& field : fields_) mapping.Set(field->info.name, field->dump(object));
    return mapping;
  }
  // The description of T, made at the first use.
  static const Fields& Get() {
    static const std::unique_ptr<const Fields> fields = [] {
      auto made = std::make_unique<Fields>();
      T::Describe(*made);
      return made;
    }();
    return *fields;
  }

 private:
  T defaults_{};
  std::vector<std::unique_ptr<BoundField<T>>> fields_;
  std::vector<std::function<std::string(const T&)>> rules_;
};

// Reports keys of `mapping` that no field has, with did-you-mean; and missing required fields.
void CheckKeys(const Value& mapping, const std::vector<FieldInfo>& fields, Reader& reader,
               const std::string& path);
// Reports `value` when it is not a sequence (unless scalar_is_list, when it is wrapped).
bool AsItems(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
             std::vector<Value>& items);
[[nodiscard]] std::string JoinPath(const std::string& path, const std::string& key);

// {"type": "object", "properties": ...} of draft 2020-12.
[[nodiscard]] nlohmann::json JsonSchema(const std::vector<FieldInfo>& fields);

template <class T>
T Fields<T>::Read(const Value& value, Reader& reader, const std::string& path) const {
  T object{};
  if (!value.IsNull() && !value.IsMapping()) {
    reader.problems.Add(value.location, path, "expected a mapping, found " + value.Describe());
    return object;
  }
  const std::size_t before = reader.problems.list().size();
  CheckKeys(value, Infos(), reader, path);
  for (const auto& field : fields_) {
    const Value* given = value.IsMapping() ? value.Find(field->info.name) : nullptr;
    if (given != nullptr) {
      field->read(*given, field->info, reader, JoinPath(path, field->info.name), object);
    }
  }
  if (reader.problems.list().size() == before) {
    for (const auto& rule : rules_) {
      if (std::string message = rule(object); !message.empty()) {
        reader.problems.Add(value.location, path, std::move(message));
      }
    }
  }
  return object;
}

template <Described T>
T Read(const Value& value, Reader& reader, const std::string& path = {}) {
  return Fields<T>::Get().Read(value, reader, path);
}
template <Described T>
Value Dump(const T& object) {
  return Fields<T>::Get().Dump(object);
}

// ---- members: vectors, optionals, structs, custom types, and the built-in ones ----
template <class M>
std::string TypeNameOf() {
  if constexpr (CustomConfig<M>) {
    return M::TypeName();
  } else if constexpr (IsVector<M>::value) {
    return "list of " + TypeNameOf<typename M::value_type>();
  } else if constexpr (IsOptional<M>::value) {
    return TypeNameOf<typename M::value_type>();
  } else if constexpr (Described<M>) {
    return "mapping";
  } else if constexpr (std::is_same_v<M, bool>) {
    return "boolean";
  } else if constexpr (std::is_integral_v<M>) {
    return "integer";
  } else if constexpr (std::is_same_v<M, double>) {
    return "number";
  } else if constexpr (std::is_same_v<M, Path>) {
    return "path";
  } else {
    static_assert(std::is_same_v<M, std::string>, "no configuration type for this member");
    return "text";
  }
}

template <class M>
bool ReadMember(const Value& value, const FieldInfo& info, Reader& reader, const std::string& path,
                M& out) {
  if constexpr (CustomConfig<M>) {
    const std::size_t before = reader.problems.list().size();
    out = M::FromConfig(value, reader, path);
    return reader.problems.list().size() == before;
  } else if constexpr (IsVector<M>::value) {
    std::vector<Value> items;
    if (!AsItems(value, info, reader, path, items)) return false;
    out.clear();
    bool good = true;
    for (std::size_t i = 0; i < items.size(); ++i) {
      typename M::value_type item{};
      // A scalar that stands for a list of one is named as it was written.
      const std::string place = value.IsSequence() ? path + "[" + std::to_string(i) + "]" : path;
      good = ReadMember<typename M::value_type>(items[i], info, reader, place, item) && good;
      out.push_back(std::move(item));
    }
    return good;
  } else if constexpr (IsOptional<M>::value) {
    out.reset();
    if (value.IsNull()) return true;
    typename M::value_type item{};
    if (!ReadMember<typename M::value_type>(value, info, reader, path, item)) return false;
    out = std::move(item);
    return true;
  } else if constexpr (Described<M>) {
    const std::size_t before = reader.problems.list().size();
    out = Fields<M>::Get().Read(value, reader, path);
    return reader.problems.list().size() == before;
  } else if constexpr (std::is_integral_v<M> && !std::is_same_v<M, bool> &&
                       !std::is_same_v<M, std::int64_t>) {
    std::int64_t wide = 0;
    if (!ReadValue(value, info, reader, path, wide)) return false;
    if (!std::in_range<M>(wide)) {
      reader.problems.Add(
          value.location, path,
          "expected an integer from " + std::to_string(std::numeric_limits<M>::min()) + " to " +
              std::to_string(std::numeric_limits<M>::max()) + ", found " + value.Describe());
      return false;
    }
    out = static_cast<M>(wide);
    return true;
  } else {
    return ReadValue(value, info, reader, path, out);
  }
}

template <class M>
std::vector<FieldInfo> NestedFields() {
  if constexpr (!CustomConfig<M> && (IsVector<M>::value || IsOptional<M>::value)) {
    return NestedFields<typename M::value_type>();
  } else if constexpr (!CustomConfig<M> && Described<M>) {
    return Fields<M>::Get().Infos();
  } else {
    return {};
  }
}

template <class M>
Value DumpMember(const M& member) {
  if constexpr (CustomConfig<M>) {
    return member.ToConfig();
  } else if constexpr (IsVector<M>::value) {
    Value list = Value::Sequence();
    for (const auto& item : member) list.items().push_back(DumpMember(item));
    return list;
  } else if constexpr (IsOptional<M>::value) {
    return member ? DumpMember(*member) : Value();
  } else if constexpr (Described<M>) {
    return Fields<M>::Get().Dump(member);
  } else if constexpr (std::is_integral_v<M> && !std::is_same_v<M, bool>) {
    return ToValue(static_cast<std::int64_t>(member));
  } else {
    return ToValue(member);
  }
}

}  // namespace agon::config
