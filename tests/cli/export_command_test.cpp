// SPDX-License-Identifier: Apache-2.0
// `agon export` as a user or a script types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "runtime/formats/npy.h"
#include "runtime/formats/safetensors.h"
#include "runtime/formats/torch_file.h"
#include "tests/cli/run_program.h"

namespace agon::cli {
namespace {

using formats::Array;
using formats::NamedArrays;
using ::testing::HasSubstr;

Array Counting(std::vector<std::int64_t> shape, int first) {
  Array array{.dtype = formats::DType::kF32, .shape = std::move(shape), .data = {}};
  array.data.resize(static_cast<std::size_t>(array.ElementCount()) * 4);
  for (std::size_t i = 0; i < array.data.size(); i += 4) {
    array.data[i + 2] = static_cast<std::byte>(first + static_cast<int>(i / 4) % 7 * 16);
    array.data[i + 3] = std::byte{0x3c};  // about 0.01
  }
  return array;
}

// A ResNet generator of one block of 2, its tensors told apart by `first`.
NamedArrays Generator(const std::string& prefix, int first) {
  NamedArrays arrays;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, std::int64_t out) {
    arrays.emplace_back(prefix + "model." + name + ".weight", Counting(std::move(shape), first));
    arrays.emplace_back(prefix + "model." + name + ".bias", Counting({out}, first));
  };
  add("1", {2, 3, 7, 7}, 2);
  add("4", {4, 2, 3, 3}, 4);
  add("7", {8, 4, 3, 3}, 8);
  add("10.conv_block.1", {8, 8, 3, 3}, 8);
  add("10.conv_block.5", {8, 8, 3, 3}, 8);
  add("11", {8, 4, 3, 3}, 4);
  add("14", {4, 2, 3, 3}, 2);
  add("18", {3, 2, 7, 7}, 3);
  return arrays;
}

std::map<std::string, Bytes> ByName(const NamedArrays& arrays) {
  std::map<std::string, Bytes> by_name;
  for (const auto& [name, array] : arrays) by_name[name] = array.data;
  return by_name;
}

class ExportCommand : public ::testing::Test {
 protected:
  ExportCommand() {
    NamedArrays both = Generator("a2b.", 1);
    for (auto& item : Generator("b2a.", 5)) both.push_back(std::move(item));
    formats::WriteSafetensors(
        place_.path() / "weights.safetensors", both,
        {{"format", "agon-cyclegan"},
         {"generator", R"({"width":2,"blocks":1,"resampling":"transposed"})"}});
  }
  Outcome Export(const std::vector<std::string>& arguments) {
    std::vector<std::string> all{"export"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return place_.Run(all);
  }
  Workplace place_;
};

TEST_F(ExportCommand, MakesTheReferencesFile) {
  const Outcome outcome = Export({"weights.safetensors", "net_G_A.pth"});
  ASSERT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_EQ(ByName(formats::ReadTorchFile(place_.path() / "net_G_A.pth")),
            ByName(Generator("", 1)));
  EXPECT_THAT(outcome.errors, HasSubstr("generator a2b"));
  ASSERT_EQ(Export({"weights.safetensors", "net_G_B.pth", "--direction", "b2a", "--quiet"}).code,
            0);
  EXPECT_EQ(ByName(formats::ReadTorchFile(place_.path() / "net_G_B.pth")),
            ByName(Generator("", 5)));
}

TEST_F(ExportCommand, KeepsWhatOurFormatsHold) {
  ASSERT_EQ(Export({"weights.safetensors", "w.npz", "--quiet"}).code, 0);
  ASSERT_EQ(Export({"w.npz", "again", "--format", "safetensors", "--quiet"}).code, 0);
  const auto before = formats::ReadSafetensors(place_.path() / "weights.safetensors");
  const auto after = formats::ReadSafetensors(place_.path() / "again");
  EXPECT_EQ(ByName(after.tensors), ByName(before.tensors));
  ASSERT_EQ(Export({"weights.safetensors", "copy.safetensors", "--quiet"}).code, 0);
  EXPECT_EQ(formats::ReadSafetensors(place_.path() / "copy.safetensors").metadata, before.metadata);
  // A .pth of the reference comes in, too.
  ASSERT_EQ(Export({"weights.safetensors", "g.pth", "--quiet"}).code, 0);
  ASSERT_EQ(Export({"g.pth", "g.npz", "--quiet"}).code, 0);
  EXPECT_EQ(ByName(formats::ReadNpz(place_.path() / "g.npz")), ByName(Generator("", 1)));
}

TEST_F(ExportCommand, AnyWeightsChangeTheirFormat) {
  const NamedArrays arrays{{"fc.weight", Counting({2, 3}, 1)}, {"fc.bias", Counting({2}, 2)}};
  formats::WriteNpz(place_.path() / "c.npz", arrays);
  ASSERT_EQ(Export({"c.npz", "c.pth", "--quiet"}).code, 0);
  EXPECT_EQ(ByName(formats::ReadTorchFile(place_.path() / "c.pth")), ByName(arrays));
}

TEST_F(ExportCommand, SaysWhatIsWrongAndWritesNothing) {
  const auto refuse = [&](const std::vector<std::string>& arguments, const char* why) {
    const Outcome outcome = Export(arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(why));
  };
  refuse({"weights.safetensors", "w.bin"}, "choose with --format");
  refuse({"weights.safetensors", "weights.safetensors"}, "is the input");
  refuse({"weights.safetensors", "none/w.pth"}, "none: no such folder");
  refuse({"missing.safetensors", "w.pth"}, "missing.safetensors");
  formats::WriteNpz(place_.path() / "c.npz", {{"fc.weight", Counting({2, 3}, 1)}});
  refuse({"c.npz", "c.pth", "--direction", "a2b"}, "leave out --direction");
  NamedArrays broken = Generator("a2b.", 1);
  broken.pop_back();
  formats::WriteNpz(place_.path() / "broken.npz", broken);
  refuse({"broken.npz", "b.pth"}, "has no tensor model.18.bias [3]");
  for (const char* name : {"w.bin", "w.pth", "c.pth", "b.pth"}) {
    EXPECT_FALSE(std::filesystem::exists(place_.path() / name)) << name;
  }
}

}  // namespace
}  // namespace agon::cli
