// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/library.h"

#include <dlfcn.h>

#include <system_error>

#include "runtime/base/error.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace agon {
namespace {

constexpr const char* kEntryPoint = "agon_plugin_descriptor";
constexpr const char* kRebuild = "build the plug-in against this Agon";

// Versions agree up to the last number: "0.1.0" and "0.1.7", not "0.1.0" and "0.2.0".
std::string MajorMinor(std::string_view version) {
  const auto parts = Split(version, '.');
  return parts.size() < 2 ? std::string(version) : parts[0] + "." + parts[1];
}

std::string OrNone(std::string_view text) { return text.empty() ? "none" : std::string(text); }

[[noreturn]] void FailMismatch(const Path& path, std::string_view what, std::string_view theirs,
                               std::string_view ours) {
  Fail(ErrorKind::kPlugin, "{}: plug-in made for {} {}, this program has {}; {}", path.string(),
       what, OrNone(theirs), OrNone(ours), kRebuild);
}

std::string_view Text(const char* text) { return text == nullptr ? "" : std::string_view(text); }

// Field by field and in this order: a descriptor of another size or ABI must not be read further.
void Check(const Path& path, const AgonPluginDescriptor& descriptor,
           const std::string& torch_version) {
  if (descriptor.struct_size != sizeof(AgonPluginDescriptor)) {
    FailMismatch(path, "a descriptor of size", std::to_string(descriptor.struct_size),
                 std::to_string(sizeof(AgonPluginDescriptor)));
  }
  if (descriptor.abi != kPluginAbi) {
    FailMismatch(path, "plug-in ABI", std::to_string(descriptor.abi), std::to_string(kPluginAbi));
  }
  if (MajorMinor(Text(descriptor.agon_version)) != MajorMinor(AGON_VERSION)) {
    FailMismatch(path, "Agon", Text(descriptor.agon_version), AGON_VERSION);
  }
  // A plug-in without LibTorch fits every host.
  if (const auto theirs = Text(descriptor.torch_version);
      !theirs.empty() && theirs != torch_version) {
    FailMismatch(path, "LibTorch", theirs, torch_version);
  }
  if (Text(descriptor.compiler) != AGON_COMPILER_ID) {
    FailMismatch(path, "the C++ ABI", Text(descriptor.compiler), AGON_COMPILER_ID);
  }
  if (descriptor.register_components == nullptr) {
    Fail(ErrorKind::kPlugin, "{}: the plug-in's descriptor has no register function",
         path.string());
  }
}

class OriginScope {
 public:
  OriginScope(Registry& registry, const Path& path) : registry_(registry) {
    registry_.SetOrigin(path.string());
  }
  ~OriginScope() { registry_.SetOrigin("built in"); }
  OriginScope(const OriginScope&) = delete;
  OriginScope& operator=(const OriginScope&) = delete;

 private:
  Registry& registry_;
};

void Register(const Path& path, const AgonPluginDescriptor& descriptor, Registry& registry) {
  const OriginScope scope(registry, path);
  try {
    descriptor.register_components(registry);
  } catch (const std::exception& error) {
    registry.RemoveOrigin(path.string());
    Fail(ErrorKind::kPlugin, "{}: the plug-in could not register: {}", path.string(), error.what());
  } catch (...) {
    registry.RemoveOrigin(path.string());
    Fail(ErrorKind::kPlugin, "{}: the plug-in could not register: unknown exception",
         path.string());
  }
}

}  // namespace

PluginInfo LoadPlugin(const Path& path, const std::string& torch_version, Registry& registry) {
  std::error_code error;
  PluginInfo info;
  // Canonical, so that a link to a library is that library.
  info.path = std::filesystem::canonical(path, error);
  if (error) {
    Fail(ErrorKind::kPlugin, "{}: cannot be loaded as plug-in: {}", path.string(), error.message());
  }
  if (!std::filesystem::is_regular_file(info.path)) {
    Fail(ErrorKind::kPlugin, "{}: cannot be loaded as plug-in: not a file", path.string());
  }
  info.sha256 = Sha256OfFile(info.path);

  const auto names_of = [&registry](const Path& library) {
    std::vector<std::string> names;
    for (const ComponentInfo* component : registry.List()) {
      if (component->origin == library.string()) {
        names.push_back(component->kind + "/" + component->name);
      }
    }
    return names;
  };
  info.components = names_of(info.path);
  if (!info.components.empty()) return info;  // loaded before

  // Never closed: LibTorch and our own registry keep pointers into it.
  void* library = ::dlopen(info.path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    Fail(ErrorKind::kPlugin, "{}: cannot be loaded as plug-in: {}", path.string(), ::dlerror());
  }
  const auto entry =
      reinterpret_cast<const AgonPluginDescriptor* (*)()>(::dlsym(library, kEntryPoint));
  const AgonPluginDescriptor* descriptor = entry == nullptr ? nullptr : entry();
  if (descriptor == nullptr) {
    Fail(ErrorKind::kPlugin, "{}: not an Agon plug-in (no {}); write AGON_PLUGIN(...) in it",
         path.string(), kEntryPoint);
  }
  Check(info.path, *descriptor, torch_version);
  Register(info.path, *descriptor, registry);
  info.components = names_of(info.path);
  return info;
}

}  // namespace agon
