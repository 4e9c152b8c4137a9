// SPDX-License-Identifier: Apache-2.0
// Components: everything a configuration chooses by name (attack, objective, dataset, model, ...).
//
// A kind of component is an abstract class with
//   static constexpr std::string_view kKind = "attack";
//   struct Capabilities { ...; nlohmann::json ToJson() const; };   // plain data, chainable setters
// and a component is a class derived from it that declares itself once:
//   static void Describe(Description<Pgd>& d);
// where Description<Pgd> has Field(...) of runtime/config/fields.h, Paper(...), and the setters of
// Attack::Capabilities. Components hold settings only and are immutable once made.
//
// Who needs this file: whoever adds a kind or looks components up. To add a component to an
// existing kind copy its shortest neighbour.
//
// Thread safety: registration happens before main work starts (a mutex guards it); afterwards the
// registry is only read.
#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/config/fields.h"

namespace agon {

class Registry;

// The settings of component class T: its fields and its capabilities.
template <class T>
class Description : public config::Fields<T>, public T::Capabilities {
 public:
  Description() = default;
  // "Madry et al. 2018, arXiv:1706.06083"
  void Paper(std::string text) { paper_ = std::move(text); }
  [[nodiscard]] const std::string& paper() const { return paper_; }

  static const Description& Get() {
    static const std::unique_ptr<const Description> made = [] {
      auto description = std::make_unique<Description>();
      T::Describe(*description);
      return description;
    }();
    return *made;
  }

 private:
  std::string paper_;
};

struct ComponentInfo {
  std::string kind;
  std::string name;
  std::string summary;
  std::string paper;
  std::string origin;       // "built in", or the path of the plug-in library
  std::string source_file;  // where it was registered, for messages about duplicates
  std::vector<config::FieldInfo> fields;
  std::any capabilities;  // Interface::Capabilities
  std::function<nlohmann::json()> capabilities_json;
  // Makes the component from its mapping (without the key "name"); problems go to the reader.
  std::function<std::shared_ptr<const void>(const config::Value&, config::Reader&,
                                            const std::string& path)>
      create;
};

// A component together with the resolved configuration it was made from ({name: ..., all fields}).
template <class Interface>
class Component {
 public:
  Component() = default;
  Component(std::shared_ptr<const Interface> object, std::string name, config::Value resolved)
      : object_(std::move(object)), name_(std::move(name)), resolved_(std::move(resolved)) {}
  [[nodiscard]] explicit operator bool() const { return object_ != nullptr; }
  [[nodiscard]] const Interface& operator*() const { return *object_; }
  [[nodiscard]] const Interface* operator->() const { return object_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

  // A field of this type in a configuration: `pgd`, or `{name: pgd, steps: 10}`.
  static Component FromConfig(const config::Value& value, config::Reader& reader,
                              const std::string& path);
  [[nodiscard]] config::Value ToConfig() const { return resolved_; }
  static std::string TypeName() { return std::string(Interface::kKind); }

 private:
  std::shared_ptr<const Interface> object_;
  std::string name_;
  config::Value resolved_;
};

class Registry {
 public:
  // Error(kPlugin) naming both places when the name is taken.
  template <class Interface, class T>
  requires std::derived_from<T, Interface>
  void Add(std::string name, std::string summary, const char* source_file = __builtin_FILE());

  // Null when there is none.
  [[nodiscard]] const ComponentInfo* Find(std::string_view kind, std::string_view name) const;
  // Sorted by kind and name; all kinds when `kind` is empty.
  [[nodiscard]] std::vector<const ComponentInfo*> List(std::string_view kind = {}) const;
  [[nodiscard]] std::vector<std::string> Names(std::string_view kind) const;
  [[nodiscard]] std::vector<std::string> Kinds() const;

  template <class Interface>
  [[nodiscard]] const typename Interface::Capabilities& CapabilitiesOf(std::string_view name) const;

  // Makes a component from `pgd` or `{name: pgd, ...}`. An unknown name is a problem with
  // did-you-mean; so is everything its fields object to.
  template <class Interface>
  [[nodiscard]] Component<Interface> Create(const config::Value& value, config::Reader& reader,
                                            const std::string& path) const;

  // The origin given to components added from now on ("built in" at first).
  void SetOrigin(std::string origin);
  // Takes out what a plug-in library registered before it failed.
  void RemoveOrigin(std::string_view origin);

 private:
  void Insert(ComponentInfo info);
  // Splits `value` into name and settings; null when it names no component of the kind.
  const ComponentInfo* Resolve(std::string_view kind, const config::Value& value,
                               config::Reader& reader, const std::string& path,
                               config::Value& settings) const;
  mutable std::mutex mutex_;
  std::string origin_ = "built in";
  std::map<std::pair<std::string, std::string>, ComponentInfo> components_;
};

// The only global of the project; lives in libagon_base.so.
[[nodiscard]] Registry& GlobalRegistry();

template <class Interface, class T>
requires std::derived_from<T, Interface>
void Registry::Add(std::string name, std::string summary, const char* source_file) {
  const auto& description = Description<T>::Get();
  ComponentInfo info;
  info.kind = Interface::kKind;
  info.name = std::move(name);
  info.summary = std::move(summary);
  info.paper = description.paper();
  info.source_file = source_file;
  info.fields = description.Infos();
  info.capabilities = static_cast<const typename Interface::Capabilities&>(description);
  info.capabilities_json = [] {
    return static_cast<const typename Interface::Capabilities&>(Description<T>::Get()).ToJson();
  };
  info.create = [component = info.name](const config::Value& settings, config::Reader& reader,
                                        const std::string& path) -> std::shared_ptr<const void> {
    auto object = std::make_shared<const T>(Description<T>::Get().Read(settings, reader, path));
    config::Value resolved = Description<T>::Get().Dump(*object);
    config::Value named = config::Value::Mapping();
    named.Set("name", config::Value::Scalar(component));
    for (auto& entry : resolved.entries()) named.Set(entry.key, std::move(entry.value));
    const Interface* interface = object.get();
    return std::make_shared<const Component<Interface>>(
        std::shared_ptr<const Interface>(std::move(object), interface), component,
        std::move(named));
  };
  Insert(std::move(info));
}

template <class Interface>
const typename Interface::Capabilities& Registry::CapabilitiesOf(std::string_view name) const {
  const ComponentInfo* info = Find(Interface::kKind, name);
  AGON_CHECK(info != nullptr);
  return std::any_cast<const typename Interface::Capabilities&>(info->capabilities);
}

template <class Interface>
Component<Interface> Registry::Create(const config::Value& value, config::Reader& reader,
                                      const std::string& path) const {
  config::Value settings;
  const ComponentInfo* info = Resolve(Interface::kKind, value, reader, path, settings);
  if (info == nullptr) return {};
  const auto made = info->create(settings, reader, path);
  return *std::static_pointer_cast<const Component<Interface>>(made);
}

template <class Interface>
Component<Interface> Component<Interface>::FromConfig(const config::Value& value,
                                                      config::Reader& reader,
                                                      const std::string& path) {
  return GlobalRegistry().Create<Interface>(value, reader, path);
}

}  // namespace agon
