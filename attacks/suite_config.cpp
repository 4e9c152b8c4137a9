// SPDX-License-Identifier: Apache-2.0
// How a suite is written in a configuration.
#include "attacks/suite.h"
#include "runtime/base/text.h"

namespace agon::attacks {
namespace {

config::FieldInfo RestartsField() {
  config::FieldInfo info;
  info.name = "restarts";
  info.type = "integer";
  info.min = 1;
  return info;
}

std::vector<SuiteEntry> ReadEntries(const config::Value& list, config::Reader& reader,
                                    const std::string& path) {
  std::vector<SuiteEntry> entries;
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    entries.push_back(
        SuiteEntry::FromConfig(list.items()[i], reader, path + "[" + std::to_string(i) + "]"));
  }
  return entries;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& NamedSuites() {
  static const std::vector<std::pair<std::string, std::string>> suites = {
      {"quick", "[fgsm, pgd, apgd_ce]"},
  };
  return suites;
}

SuiteEntry SuiteEntry::FromConfig(const config::Value& value, config::Reader& reader,
                                  const std::string& path) {
  SuiteEntry entry;
  config::Value settings = value;
  if (const config::Value* restarts = value.IsMapping() ? value.Find("restarts") : nullptr) {
    config::ReadValue(*restarts, RestartsField(), reader, config::JoinPath(path, "restarts"),
                      entry.restarts);
    settings.Erase("restarts");
  }
  entry.attack = GlobalRegistry().Create<Attack>(settings, reader, path);
  return entry;
}

config::Value SuiteEntry::ToConfig() const {
  config::Value value = attack.ToConfig();
  value.Set("restarts", config::ToValue(restarts));
  return value;
}

SuiteSettings SuiteSettings::FromConfig(const config::Value& value, config::Reader& reader,
                                        const std::string& path) {
  SuiteSettings suite;
  if (value.IsSequence()) {
    suite.name = "custom";
    if (value.items().empty()) {
      reader.problems.Add(value.location, path, "the list is empty", "name at least one attack");
    }
    suite.entries = ReadEntries(value, reader, path);
    return suite;
  }
  if (!value.IsScalar()) {
    reader.problems.Add(value.location, path,
                        "expected a named suite or a list of attacks, found " + value.Describe(),
                        "write quick, or [pgd, apgd_ce]");
    return suite;
  }
  suite.name = value.text();
  std::vector<std::string> known;
  for (const auto& [name, text] : NamedSuites()) {
    known.push_back(name);
    if (name == value.text()) {
      suite.entries =
          ReadEntries(config::ParseYaml(text, "suite " + name, {}, reader.problems), reader, path);
      return suite;
    }
  }
  if (GlobalRegistry().Find(Attack::kKind, value.text()) != nullptr) {
    suite.entries.push_back(SuiteEntry::FromConfig(value, reader, path));
    return suite;
  }
  for (const std::string& name : GlobalRegistry().Names(Attack::kKind)) known.push_back(name);
  reader.problems.Add(
      value.location, path,
      "there is no suite or attack \"" + value.text() + "\"" + DidYouMean(value.text(), known),
      "known: " + Join(known, ", "));
  return suite;
}

config::Value SuiteSettings::ToConfig() const {
  config::Value list = config::Value::Sequence();
  for (const SuiteEntry& entry : entries) list.items().push_back(entry.ToConfig());
  return list;
}

void CheckCompatible(const SuiteSettings& suite, const Threat& threat) {
  for (std::size_t i = 0; i < suite.entries.size(); ++i) {
    const std::string& name = suite.entries[i].attack.name();
    const auto& can = GlobalRegistry().CapabilitiesOf<Attack>(name);
    if (!can.norms.contains(threat.norm)) {
      std::vector<std::string> norms;
      for (const Norm norm : can.norms) norms.emplace_back(NameOf(norm));
      Fail(ErrorKind::kConfig, "suite[{}]: {} does not work in {}; it works in {}", i, name,
           NameOf(threat.norm), Join(norms, ", "));
    }
    if (threat.targeted && !can.targeted) {
      Fail(ErrorKind::kConfig, "suite[{}]: {} has no targeted form; set threat.target: none", i,
           name);
    }
  }
}

}  // namespace agon::attacks
