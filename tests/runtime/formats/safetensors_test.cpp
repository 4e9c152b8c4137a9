// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/safetensors.h"

#include <string>

#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A file of a header, its length in front, and so many bytes of data.
Bytes File(std::string_view header, std::size_t data_bytes) {
  Bytes bytes(8);
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::byte>(header.size() >> (8 * i) & 0xff);
  }
  const Bytes text = BytesOf(header);
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.resize(bytes.size() + data_bytes);
  return bytes;
}

std::string Refusal(std::string_view header, std::size_t data_bytes) {
  const Bytes bytes = File(header, data_bytes);
  return ErrorOf([&] { return ParseSafetensors(bytes, "w.safetensors"); });
}

// The worked example of docs/formats.md, byte for byte.
TEST(Safetensors, ReadsTheExampleOfTheSpecification) {
  Bytes bytes = File(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )", 0);
  const Bytes data = BytesOf(std::vector<float>{1.0F, -2.0F});
  bytes.insert(bytes.end(), data.begin(), data.end());
  ASSERT_EQ(bytes.size(), 8U + 56U + 8U);
  const Safetensors read = ParseSafetensors(bytes, "w");
  ASSERT_EQ(read.tensors.size(), 1U);
  EXPECT_EQ(read.tensors[0].first, "w");
  ExpectSame(read.tensors[0].second, MakeArray<float>(DType::kF32, {2}, {1.0F, -2.0F}));
  EXPECT_TRUE(read.metadata.empty());
}

TEST(Safetensors, WritesTheExampleOfTheSpecification) {
  const TemporaryFolder folder;
  WriteSafetensors(folder / "w", {{"w", MakeArray<float>(DType::kF32, {2}, {1.0F, -2.0F})}});
  Bytes expected = File(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )", 0);
  const Bytes data = BytesOf(std::vector<float>{1.0F, -2.0F});
  expected.insert(expected.end(), data.begin(), data.end());
  EXPECT_EQ(ReadFileBytes(folder / "w"), expected);
}

TEST(Safetensors, KeepsEveryTypeShapeAndByte) {
  const TemporaryFolder folder;
  const NamedArrays arrays{
      {"bool", MakeArray<std::uint8_t>(DType::kBool, {3}, {1, 0, 1})},
      {"u8", MakeArray<std::uint8_t>(DType::kU8, {1, 2}, {0, 255})},
      {"i8", MakeArray<std::int8_t>(DType::kI8, {1}, {-128})},
      {"i16", MakeArray<std::int16_t>(DType::kI16, {1}, {-300})},
      {"i32", MakeArray<std::int32_t>(DType::kI32, {2, 1}, {1 << 30, -1})},
      {"i64", MakeArray<std::int64_t>(DType::kI64, {}, {std::int64_t{1} << 40})},
      {"f16", MakeArray<std::uint16_t>(DType::kF16, {1}, {0x3c00})},
      {"bf16", MakeArray<std::uint16_t>(DType::kBF16, {1}, {0x3f80})},
      {"f32", MakeArray<float>(DType::kF32, {1}, {0.1F})},
      {"f64", MakeArray<double>(DType::kF64, {1}, {0.1})},
      {"empty", MakeArray<float>(DType::kF32, {0, 3}, {})},
      {"name with \"quotes\" and \xc3\xa9", MakeArray<float>(DType::kF32, {1}, {3.0F})},
  };
  WriteSafetensors(folder / "all", arrays, {{"format", "pt"}, {"note", "line\nline"}});
  const Safetensors read = ReadSafetensors(folder / "all");
  EXPECT_EQ(read.tensors.size(), arrays.size());
  for (const auto& [name, array] : arrays) {
    SCOPED_TRACE(name);
    ExpectSame(Find(read.tensors, name), array);
  }
  EXPECT_EQ(read.metadata.at("note"), "line\nline");
  EXPECT_EQ(read.metadata.size(), 2U);
}

// The widest types come first and then names decide, so that the order of the input does not matter
// and every tensor is aligned.
TEST(Safetensors, LaysTensorsOutByAlignmentThenName) {
  const TemporaryFolder folder;
  WriteSafetensors(folder / "a", {{"z", MakeArray<float>(DType::kF32, {1}, {1.0F})},
                                  {"byte", MakeArray<std::uint8_t>(DType::kU8, {1}, {1})},
                                  {"a", MakeArray<float>(DType::kF32, {1}, {2.0F})},
                                  {"wide", MakeArray<double>(DType::kF64, {1}, {3.0})}});
  std::vector<std::string> names;
  for (const auto& [name, array] : ReadSafetensors(folder / "a").tensors) {
    names.push_back(name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"wide", "a", "z", "byte"}));
  EXPECT_EQ(static_cast<int>(ReadFileBytes(folder / "a")[0]) % 8, 0);
}

TEST(Safetensors, ReadsWhatTheReferenceWrites) {
  const Safetensors read = ReadSafetensors(Golden("reference.safetensors"));
  EXPECT_EQ(read.metadata, (std::map<std::string, std::string>{{"made by", "safetensors"}}));
  ASSERT_EQ(read.tensors.size(), 4U);
  ExpectSame(Find(read.tensors, "matrix"),
             MakeArray<float>(DType::kF32, {2, 3}, {0, 1, 2, 3, 4, 5}));
  ExpectSame(Find(read.tensors, "scalar"), MakeArray<std::int64_t>(DType::kI64, {}, {-7}));
  ExpectSame(Find(read.tensors, "half"), MakeArray<std::uint16_t>(DType::kF16, {1}, {0x3800}));
  ExpectSame(Find(read.tensors, "mask"), MakeArray<std::uint8_t>(DType::kBool, {2}, {1, 0}));
}

TEST(Safetensors, AFileWithoutTensorsIsValid) {
  const Bytes bytes = File("{}", 0);
  EXPECT_TRUE(ParseSafetensors(bytes, "w").tensors.empty());
}

TEST(Safetensors, RefusesDuplicateKeys) {
  EXPECT_THAT(Refusal(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                      R"("w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                      2),
              AllOf(HasSubstr("w.safetensors"), HasSubstr("\"w\" stands there twice")));
  EXPECT_THAT(Refusal(R"({"w":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}})", 1),
              HasSubstr("\"dtype\" stands there twice"));
  EXPECT_THAT(Refusal(R"({"__metadata__":{"a":"1","a":"2"}})", 0), HasSubstr("\"a\" stands"));
  EXPECT_THAT(Refusal(R"({"__metadata__":{},"__metadata__":{}})", 0), HasSubstr("__metadata__"));
}

TEST(Safetensors, RefusesHolesOverlapsAndWhatLiesOutside) {
  const auto two = [](int begin, int end) {
    return Refusal(fmt::format(R"({{"a":{{"dtype":"U8","shape":[2],"data_offsets":[0,2]}},)"
                               R"("b":{{"dtype":"U8","shape":[2],"data_offsets":[{},{}]}}}})",
                               begin, end),
                   4);
  };
  EXPECT_THAT(two(1, 3), AllOf(HasSubstr("\"b\""), HasSubstr("overlap")));
  EXPECT_THAT(two(3, 5), HasSubstr("outside the 4 bytes"));
  EXPECT_THAT(two(3, 4), HasSubstr("a hole"));
  EXPECT_THAT(two(4, 2), HasSubstr("outside"));
  EXPECT_THAT(Refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 3),
              HasSubstr("1 bytes of data belong to no tensor"));
  EXPECT_THAT(Refusal(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3),
              HasSubstr("a hole"));
}

TEST(Safetensors, RefusesShapesThatDoNotFitTheirBytes) {
  EXPECT_THAT(Refusal(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4),
              AllOf(HasSubstr("\"a\""), HasSubstr("[2]"), HasSubstr("8 bytes")));
  // 2^32 * 2^32 elements are 0 in 64 bits.
  EXPECT_THAT(
      Refusal(R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0),
      HasSubstr("too large"));
  EXPECT_THAT(
      Refusal(R"({"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,0]}})", 0),
      HasSubstr("too large"));
  EXPECT_THAT(Refusal(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,0]}})", 0),
              HasSubstr("negative"));
  EXPECT_THAT(Refusal(R"({"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})", 1),
              HasSubstr("fraction"));
}

TEST(Safetensors, RefusesTypesItDoesNotKnow) {
  for (const std::string type : {"F4", "F8_E4M3", "U16", "f32", ""}) {
    EXPECT_THAT(
        Refusal(fmt::format(R"({{"a":{{"dtype":"{}","shape":[2],"data_offsets":[0,1]}}}})", type),
                1),
        HasSubstr("dtype \"" + type + "\" is not supported"));
  }
  EXPECT_THAT(Refusal(R"({"a":{"dtype":"BOOL","shape":[0],"data_offsets":[0,0],"x":"y"}})", 0),
              HasSubstr("unknown key \"x\""));
}

TEST(Safetensors, RefusesIncompleteAndOverfullEntries) {
  for (const std::string_view header : {
           R"({"a":{"shape":[1],"data_offsets":[0,1]}})",
           R"({"a":{"dtype":"U8","data_offsets":[0,1]}})",
           R"({"a":{"dtype":"U8","shape":[1]}})",
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})",
           R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}})",
           R"({"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}})",
           R"({"a":{"dtype":{},"shape":[1],"data_offsets":[0,1]}})",
           R"({"a":[]})",
           R"({"a":1})",
           R"({"__metadata__":{"a":1}})",
           R"({"__metadata__":{"a":{}}})",
           R"({"__metadata__":[]})",
       }) {
    SCOPED_TRACE(header);
    EXPECT_THAT(Refusal(header, 1), HasSubstr("w.safetensors"));
  }
}

TEST(Safetensors, RefusesHeadersThatAreNoJsonObject) {
  EXPECT_THAT(Refusal(" {}", 0), HasSubstr("does not start with '{'"));
  EXPECT_THAT(Refusal("[]", 0), HasSubstr("does not start with '{'"));
  EXPECT_THAT(Refusal("", 0), HasSubstr("does not start with '{'"));
  EXPECT_THAT(Refusal("{}{}", 0), HasSubstr("no valid JSON"));
  EXPECT_THAT(Refusal("{\"a", 0), HasSubstr("no valid JSON"));
  EXPECT_THAT(Refusal("{\"\xff\":{}}", 0), HasSubstr("no valid JSON"));
  // Depth is bounded by the grammar of the header, not by the stack.
  EXPECT_THAT(Refusal("{\"a\":" + std::string(100'000, '['), 0), HasSubstr("a list"));
}

TEST(Safetensors, RefusesHeaderSizesBeforeUsingThem) {
  Bytes bytes(8, std::byte{0xff});
  EXPECT_THAT(ErrorOf([&] { return ParseSafetensors(bytes, "w"); }), HasSubstr("header of"));
  bytes = File("{}", 0);
  bytes[0] = std::byte{3};
  EXPECT_THAT(ErrorOf([&] { return ParseSafetensors(bytes, "w"); }), HasSubstr("cut short"));
  bytes.resize(7);
  EXPECT_THAT(ErrorOf([&] { return ParseSafetensors(bytes, "w"); }), HasSubstr("7 bytes"));
}

TEST(Safetensors, RefusesBoolsThatAreNeitherZeroNorOne) {
  Bytes bytes = File(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", 1);
  bytes.back() = std::byte{2};
  EXPECT_THAT(ErrorOf([&] { return ParseSafetensors(bytes, "w"); }), HasSubstr("BOOL"));
}

// Every bit of the length and of the header is flipped once: the file either still parses (a
// letter of a name changed) or is refused.
TEST(Safetensors, SurvivesEveryFlippedBit) {
  const Bytes good =
      File(R"({"__metadata__":{"k":"v"},"ab":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
           R"("c":{"dtype":"U8","shape":[],"data_offsets":[8,9]}})",
           9);
  ASSERT_EQ(ParseSafetensors(good, "w").tensors.size(), 2U);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < (good.size() - 9) * 8; ++bit) {
    Bytes damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    try {
      EXPECT_EQ(ParseSafetensors(damaged, "w").tensors.size(), 2U);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, good.size() * 4);
}

TEST(Safetensors, RefusesToWriteWhatItCouldNotRead) {
  const TemporaryFolder folder;
  const Array one = MakeArray<float>(DType::kF32, {1}, {1.0F});
  const auto write = [&](const NamedArrays& arrays) {
    return ErrorOf([&] {
      WriteSafetensors(folder / "w", arrays);
      return 0;
    });
  };
  EXPECT_THAT(write({{"a", one}, {"a", one}}), HasSubstr("\"a\""));
  EXPECT_THAT(write({{"__metadata__", one}}), HasSubstr("taken"));
  EXPECT_THAT(write({{"a", {.dtype = DType::kF32, .shape = {2}, .data = one.data}}}),
              HasSubstr("do not fit"));
  EXPECT_THAT(write({{"\xff", one}}), HasSubstr("UTF-8"));
  EXPECT_FALSE(std::filesystem::exists(folder / "w"));
}

TEST(Safetensors, NamesAMissingFile) {
  EXPECT_THAT(ErrorOf([] { return ReadSafetensors("/nowhere/w.safetensors"); }),
              HasSubstr("/nowhere/w.safetensors"));
}

TEST(SafetensorsFile, ReadsRowsOfOneTensor) {
  const TemporaryFolder folder;
  WriteSafetensors(folder / "f",
                   {{"images", MakeArray<float>(DType::kF32, {3, 2}, {0, 1, 2, 3, 4, 5})},
                    {"label", MakeArray<std::int64_t>(DType::kI64, {3}, {7, 8, 9})},
                    {"flag", MakeArray<std::uint8_t>(DType::kBool, {3}, {0, 1, 1})}},
                   {{"model", "net"}});
  SafetensorsFile file(folder / "f");
  EXPECT_EQ(file.layout().metadata.at("model"), "net");
  EXPECT_EQ(file.layout().tensors.size(), 3U);
  ASSERT_NE(file.layout().Find("images"), nullptr);
  EXPECT_EQ(file.layout().Find("images")->shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_EQ(file.layout().Find("nothing"), nullptr);
  ExpectSame(file.Rows("images", 1, 2), MakeArray<float>(DType::kF32, {2, 2}, {2, 3, 4, 5}));
  ExpectSame(file.Rows("label", 2, 1), MakeArray<std::int64_t>(DType::kI64, {1}, {9}));
  ExpectSame(file.Rows("flag", 0, 3), MakeArray<std::uint8_t>(DType::kBool, {3}, {0, 1, 1}));
  EXPECT_TRUE(file.Rows("label", 3, 0).data.empty());
  EXPECT_THAT(ErrorOf([&] { return file.Rows("label", 3, 1); }),
              AllOf(HasSubstr("\"label\""), HasSubstr("3 rows")));
  EXPECT_THAT(ErrorOf([&] { return file.Rows("label", -1, 1); }), HasSubstr("3 rows"));
  EXPECT_THAT(ErrorOf([&] { return file.Rows("lable", 0, 1); }), HasSubstr("\"lable\""));
}

// What the whole reader refuses, this one does, without reading the data.
TEST(SafetensorsFile, RefusesWhatIsNoWholeFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorOf([&] { return SafetensorsFile(folder / "none"); }), HasSubstr("is it there?"));
  const Bytes whole = File(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  )", 8);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    WriteFileAtomic(folder / "cut", ByteView(whole).first(size));
    EXPECT_FALSE(ErrorOf([&] { return SafetensorsFile(folder / "cut"); }).empty()) << size;
  }
  WriteFileAtomic(folder / "whole", ByteView(whole));
  SafetensorsFile file(folder / "whole");
  EXPECT_EQ(file.Rows("w", 0, 2).data, Bytes(8));
}

}  // namespace
}  // namespace agon::formats
