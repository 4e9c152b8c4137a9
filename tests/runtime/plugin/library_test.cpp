// SPDX-License-Identifier: Apache-2.0
#include "runtime/plugin/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/hash.h"
#include "tests/runtime/plugin/toy.h"

namespace agon {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Plugin : public testing::Test {
 protected:
  std::string MessageOf(const Path& path) {
    try {
      LoadPlugin(path, "", registry_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kPlugin);
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  Registry registry_;
};

TEST_F(Plugin, ComponentsOfALibraryAreLikeBuiltInOnes) {
  const PluginInfo info = LoadPlugin(GOOD_PLUGIN, "", registry_);
  EXPECT_EQ(info.path, std::filesystem::canonical(GOOD_PLUGIN));
  EXPECT_EQ(info.sha256, Sha256OfFile(GOOD_PLUGIN));
  EXPECT_EQ(info.components, std::vector<std::string>{"toy/bell"});
  EXPECT_EQ(registry_.Find("toy", "bell")->origin, info.path.string());

  config::Problems problems;
  config::Reader reader{problems};
  const auto value = config::ParseYaml("{name: bell, tone: dong}", "a", ".", problems);
  const auto bell = registry_.Create<test::Toy>(value, reader, "toy");
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(bell->Sound(), "dong");
  EXPECT_FALSE(registry_.CapabilitiesOf<test::Toy>("bell").loud);
}

TEST_F(Plugin, LoadingTwiceIsLoadingOnce) {
  const PluginInfo first = LoadPlugin(GOOD_PLUGIN, "", registry_);
  const PluginInfo second = LoadPlugin(GOOD_PLUGIN, "", registry_);
  EXPECT_EQ(second.components, first.components);
  EXPECT_EQ(registry_.List().size(), 1U);
}

TEST_F(Plugin, AfterwardsComponentsAreBuiltInAgain) {
  LoadPlugin(GOOD_PLUGIN, "", registry_);
  registry_.Add<test::Toy, test::Drum>("drum", "a drum");
  EXPECT_EQ(registry_.Find("toy", "drum")->origin, "built in");
}

TEST_F(Plugin, AnotherVersionIsRefusedWithBothSidesNamed) {
  EXPECT_THAT(MessageOf(WRONG_VERSION_PLUGIN),
              AllOf(HasSubstr("plugin_wrong_version"), HasSubstr("made for Agon 99.7.0"),
                    HasSubstr("this program has " AGON_VERSION)));
  EXPECT_TRUE(registry_.List().empty());
}

TEST_F(Plugin, AThrowingRegisterFunctionLeavesAnErrorAndNothingElse) {
  registry_.Add<test::Toy, test::Drum>("drum", "a drum");
  EXPECT_THAT(MessageOf(THROWING_PLUGIN),
              AllOf(HasSubstr("could not register"), HasSubstr("\"drum\" is registered twice")));
  EXPECT_EQ(registry_.Names("toy"), std::vector<std::string>{"drum"});
}

TEST_F(Plugin, WhatIsNoPluginIsRefused) {
  EXPECT_THAT(MessageOf(NO_ENTRY_PLUGIN), HasSubstr("not an Agon plug-in"));
  EXPECT_THAT(MessageOf("/nowhere/p.so"), HasSubstr("/nowhere/p.so"));
  EXPECT_THAT(MessageOf("/tmp"), HasSubstr("not a file"));
  EXPECT_THAT(MessageOf(AGON_SOURCE_DIR "/CMakeLists.txt"), HasSubstr("cannot be loaded"));
}

// A host that has LibTorch takes plug-ins without it.
TEST_F(Plugin, APluginWithoutLibTorchFitsEveryHost) {
  EXPECT_EQ(LoadPlugin(GOOD_PLUGIN, "2.11.0", registry_).components.size(), 1U);
}

}  // namespace
}  // namespace agon
