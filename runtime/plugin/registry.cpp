// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/registry.h"

#include "runtime/base/text.h"

namespace agon {
namespace {

std::string Place(const ComponentInfo& info) {
  return fmt::format("{} ({})", info.source_file, info.origin);
}

// "an attack", "a model"
std::string WithArticle(std::string_view kind) {
  const bool vowel = !kind.empty() && std::string_view("aeiou").find(kind[0]) != kind.npos;
  return fmt::format("{} {}", vowel ? "an" : "a", kind);
}

}  // namespace

const ComponentInfo* Registry::Find(std::string_view kind, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = components_.find({std::string(kind), std::string(name)});
  return found == components_.end() ? nullptr : &found->second;
}

std::vector<const ComponentInfo*> Registry::List(std::string_view kind) const {
  const std::lock_guard lock(mutex_);
  std::vector<const ComponentInfo*> list;
  for (const auto& [key, info] : components_) {
    if (kind.empty() || info.kind == kind) list.push_back(&info);
  }
  return list;
}

std::vector<std::string> Registry::Names(std::string_view kind) const {
  std::vector<std::string> names;
  for (const ComponentInfo* info : List(kind)) names.push_back(info->name);
  return names;
}

std::vector<std::string> Registry::Kinds() const {
  std::vector<std::string> kinds;
  for (const ComponentInfo* info : List()) {
    if (kinds.empty() || kinds.back() != info->kind) kinds.push_back(info->kind);
  }
  return kinds;
}

void Registry::SetOrigin(std::string origin) {
  const std::lock_guard lock(mutex_);
  origin_ = std::move(origin);
}

void Registry::RemoveOrigin(std::string_view origin) {
  const std::lock_guard lock(mutex_);
  std::erase_if(components_, [origin](const auto& entry) { return entry.second.origin == origin; });
}

void Registry::Insert(ComponentInfo info) {
  const std::lock_guard lock(mutex_);
  info.origin = origin_;
  const auto key = std::pair(info.kind, info.name);
  if (const auto present = components_.find(key); present != components_.end()) {
    Fail(ErrorKind::kPlugin, "{} \"{}\" is registered twice: in {} and in {}; rename one",
         info.kind, info.name, Place(present->second), Place(info));
  }
  components_.emplace(key, std::move(info));
}

const ComponentInfo* Registry::Resolve(std::string_view kind, const config::Value& value,
                                       config::Reader& reader, const std::string& path,
                                       config::Value& settings) const {
  const std::string expected = "expected the name of " + WithArticle(kind);
  const config::Value* name = &value;
  std::string name_path = path;
  settings = config::Value::Mapping();
  settings.location = value.location;
  if (value.IsMapping()) {
    name = value.Find("name");
    name_path = config::JoinPath(path, "name");
    if (name == nullptr) {
      reader.problems.Add(value.location, name_path, "this key is required (" + expected + ")");
      return nullptr;
    }
    settings = value;
    settings.Erase("name");
  }
  if (!name->IsScalar()) {
    reader.problems.Add(name->location, name_path, expected + ", found " + name->Describe(),
                        "write a name, or {name: ..., other keys}");
    return nullptr;
  }
  const ComponentInfo* info = Find(kind, name->text());
  if (info == nullptr) {
    const auto names = Names(kind);
    reader.problems.Add(
        name->location, name_path,
        fmt::format("unknown {} {}{}", kind, name->Describe(), DidYouMean(name->text(), names)),
        names.empty() ? "none is registered" : "known: " + Join(names, ", "));
  }
  return info;
}

Registry& GlobalRegistry() {
  // Never destroyed: components of plug-in libraries may be looked up until the process ends.
  static Registry& registry = *std::make_unique<Registry>().release();
  return registry;
}

}  // namespace agon
