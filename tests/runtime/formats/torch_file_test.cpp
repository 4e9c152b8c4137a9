// SPDX-License-Identifier: Apache-2.0
#include "runtime/formats/torch_file.h"

#include "runtime/formats/npy.h"
#include "runtime/formats/zip.h"
#include "tests/runtime/formats/support.h"

namespace agon::formats {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::string_literals;

// An archive as torch.save lays it out, around a pickle and one storage "0".
Bytes Archive(const std::string& pickle, const std::string& storage = "") {
  return WriteZip({{"m/data.pkl", BytesOf(pickle)},
                   {"m/byteorder", BytesOf("little")},
                   {"m/data/0", BytesOf(storage)}});
}

std::string Refusal(const Bytes& bytes) {
  return ErrorOf([&] { return ParseTorchFile(bytes, "m.pt"); });
}

// Instructions of the pickle machine, by their names in Python's pickletools.
std::string Text(const std::string& text) {
  return "X" + std::string(1, static_cast<char>(text.size())) + "\0\0\0"s + text;
}
std::string Int(int value) { return "K"s + static_cast<char>(value); }
std::string Storage(int count, const std::string& type = "FloatStorage") {
  return "(" + Text("storage") + "ctorch\n" + type + "\n" + Text("0") + Text("cpu") + Int(count) +
         "tQ";
}
// {"w": tensor} with shape and strides written as instructions.
std::string StateDict(const std::string& storage, int offset, const std::string& shape,
                      const std::string& strides) {
  return "\x80\x02}" + Text("w") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + Int(offset) +
         shape + strides + "\x89}tRs.";
}
std::string Tuple(int a) { return Int(a) + "\x85"; }

void ExpectFixture(const NamedArrays& read) {
  std::vector<std::string> names;
  for (const auto& [name, array] : read) {
    names.push_back(name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"f32", "f16", "bf16", "f64", "i64", "u8", "bool",
                                             "scalar", "empty", "transposed", "shared_all",
                                             "shared_tail", "parameter", "buffers.running.mean"}));
  ExpectSame(Find(read, "f32"),
             MakeArray<float>(DType::kF32, {2, 3}, {1.0F, -2.0F, 0.5F, 3.25F, 0.0F, -0.125F}));
  ExpectSame(Find(read, "f16"),
             MakeArray<std::uint16_t>(DType::kF16, {3}, {0x3c00, 0xc000, 0x3800}));
  ExpectSame(Find(read, "bf16"),
             MakeArray<std::uint16_t>(DType::kBF16, {3}, {0x3f80, 0xc000, 0x3f00}));
  ExpectSame(Find(read, "f64"), MakeArray<double>(DType::kF64, {1}, {0.1}));
  ExpectSame(Find(read, "i64"),
             MakeArray<std::int64_t>(DType::kI64, {1, 2}, {-1, std::int64_t{1} << 40}));
  ExpectSame(Find(read, "u8"), MakeArray<std::uint8_t>(DType::kU8, {2}, {0, 255}));
  ExpectSame(Find(read, "bool"), MakeArray<std::uint8_t>(DType::kBool, {3}, {1, 0, 1}));
  ExpectSame(Find(read, "scalar"), MakeArray<float>(DType::kF32, {}, {7.0F}));
  ExpectSame(Find(read, "empty"), MakeArray<float>(DType::kF32, {0, 3}, {}));
  // The transpose of [[0,1,2],[3,4,5]].
  ExpectSame(Find(read, "transposed"), MakeArray<float>(DType::kF32, {3, 2}, {0, 3, 1, 4, 2, 5}));
  ExpectSame(Find(read, "shared_all"), MakeArray<float>(DType::kF32, {6}, {0, 1, 2, 3, 4, 5}));
  ExpectSame(Find(read, "shared_tail"), MakeArray<float>(DType::kF32, {2}, {4, 5}));
  ExpectSame(Find(read, "parameter"), MakeArray<float>(DType::kF32, {2}, {0.25F, -0.25F}));
  ExpectSame(Find(read, "buffers.running.mean"), MakeArray<float>(DType::kF32, {1}, {4.0F}));
}

// Both made by tests/golden/make_state_dict.py with Python's torch 2.11.
TEST(TorchFile, ReadsTheZipFormat) { ExpectFixture(ReadTorchFile(Golden("state_dict_zip.pt"))); }
TEST(TorchFile, ReadsTheLegacyFormat) {
  ExpectFixture(ReadTorchFile(Golden("state_dict_legacy.pt")));
}

// The same weights as legacy pickles (storages on cuda:0) and as arrays of NumPy.
TEST(TorchFile, EqualsTheNumPyCopiesOfPublishedModels) {
  for (const auto& [torch_file, numpy_file] :
       {std::pair("models/kw_fashion_mnist_linf0.1.pth", "models/kw_fashion_mnist_linf0.1.npz"),
        std::pair("models/fast_adversarial_mnist_fgsm.pth",
                  "models/fast_adversarial_mnist_fgsm.npz"),
        std::pair("models/trades_mnist_smallcnn.pt", "models/trades_mnist_smallcnn.npz")}) {
    AGON_SKIP_WITHOUT(TestData(torch_file));
    SCOPED_TRACE(torch_file);
    const NamedArrays from_torch = ReadTorchFile(TestData(torch_file));
    const NamedArrays from_numpy = ReadNpz(TestData(numpy_file));
    EXPECT_EQ(from_torch.size(), from_numpy.size());
    for (const auto& [name, array] : from_torch) {
      SCOPED_TRACE(name);
      ExpectSame(Find(from_numpy, name), array);
    }
  }
}

TEST(TorchFile, ReadsFilesFoundInTheWild) {
  AGON_SKIP_WITHOUT(TestData("torch_files"));
  EXPECT_FALSE(ReadTorchFile(TestData("torch_files/birds_vs_airplanes.pt")).empty());
  EXPECT_FALSE(ReadTorchFile(TestData("torch_files/dlwpt_mnist.pth")).empty());
  // A tensor alone, without a dict around it.
  const NamedArrays frame =
      ReadTorchFile(TestData("torch_files/nasa_13013.mp4.stream3.frame000000.pt"));
  ASSERT_EQ(frame.size(), 1U);
  EXPECT_EQ(frame[0].first, "tensor");
  EXPECT_EQ(frame[0].second.dtype, DType::kU8);
  EXPECT_EQ(frame[0].second.data.size(), 388'800U);
}

TEST(TorchFile, ReadsAHandMadeStateDict) {
  const Bytes bytes =
      Archive(StateDict(Storage(2), 0, Tuple(2), Tuple(1)), "\0\0\x80\x3f\0\0\0\xc0"s);
  const NamedArrays read = ParseTorchFile(bytes, "m.pt");
  ASSERT_EQ(read.size(), 1U);
  ExpectSame(read[0].second, MakeArray<float>(DType::kF32, {2}, {1.0F, -2.0F}));
}

// What a file of an attacker looks like: os.system("...") on load.
TEST(TorchFile, RefusesToCallAnything) {
  const std::string attack =
      "\x80\x02"
      "cposix\nsystem\n" +
      Text("touch /tmp/pwned") + "\x85R.";
  EXPECT_THAT(Refusal(Archive(attack)), AllOf(HasSubstr("m.pt"), HasSubstr("\"posix.system\"")));
  // The same through the instruction that protocol 4 has for names.
  const std::string stacked = "\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.";
  EXPECT_THAT(Refusal(Archive(stacked)), HasSubstr("\"posix.system\""));
  // The legacy format is a bare pickle.
  EXPECT_THAT(Refusal(BytesOf(attack)), HasSubstr("\"posix.system\""));
  // A name that is allowed cannot be used for something else.
  EXPECT_THAT(Refusal(Archive("\x80\x02"
                              "ctorch\nFloatStorage\n)R.")),
              HasSubstr("calls \"torch.FloatStorage\""));
}

TEST(TorchFile, RefusesEveryOtherInstruction) {
  // INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, PERSID, STRING, BYTEARRAY8, NEXT_BUFFER
  for (const char instruction : {'i', 'o', '\x81', '\x92', '\x82', 'P', 'S', '\x96', '\x97'}) {
    EXPECT_THAT(Refusal(Archive("\x80\x02))"s + instruction + "a\nb\n.")), HasSubstr("is refused"));
  }
}

TEST(TorchFile, NamesTheClassOfAModulePickledWhole) {
  EXPECT_THAT(Refusal(Archive("\x80\x02"
                              "c__main__\nNet\n)\x81}b.")),
              AllOf(HasSubstr("\"__main__.Net\""), HasSubstr("state_dict()")));
  EXPECT_THAT(Refusal(Archive("\x80\x02"
                              "ctorch.nn.modules.linear\nLinear\n)\x81.")),
              AllOf(HasSubstr("\"torch.nn.modules.linear.Linear\""), HasSubstr("state_dict()")));
}

TEST(TorchFile, RefusesTensorsOutsideTheirStorage) {
  const std::string data(8, '\0');
  const auto refused = [&](int offset, int size, int stride) {
    return Refusal(Archive(StateDict(Storage(2), offset, Tuple(size), Tuple(stride)), data));
  };
  EXPECT_THAT(refused(0, 3, 1), AllOf(HasSubstr("\"w\""), HasSubstr("outside its 2")));
  EXPECT_THAT(refused(1, 2, 1), HasSubstr("outside"));
  EXPECT_THAT(refused(0, 2, 2), HasSubstr("outside"));
  EXPECT_THAT(refused(2, 1, 1), HasSubstr("outside"));
  EXPECT_THAT(refused(0, 200, 0), HasSubstr("expanded"));
}

TEST(TorchFile, RefusesStoragesOfAnotherSizeOrType) {
  EXPECT_THAT(Refusal(Archive(StateDict(Storage(3), 0, Tuple(2), Tuple(1)), std::string(8, '\0'))),
              AllOf(HasSubstr("8 bytes"), HasSubstr("12 are announced")));
  EXPECT_THAT(Refusal(Archive(StateDict(Storage(1, "ComplexFloatStorage"), 0, Tuple(1), Tuple(1)),
                              std::string(8, '\0'))),
              HasSubstr("ComplexFloatStorage"));
}

TEST(TorchFile, RefusesValuesInsideThemselvesAndSharedOverAndOver) {
  // d = {}; d["d"] = d
  EXPECT_THAT(Refusal(Archive("\x80\x02}q\0"s + Text("d") + "h\0s."s)),
              HasSubstr("nested too deeply"));
  // Forty lists, each holding the one before it twice: 2^40 paths.
  std::string bomb = "\x80\x02]q\0Na"s;
  for (char i = 1; i <= 40; ++i) {
    bomb += "](h"s + static_cast<char>(i - 1) + "h" + static_cast<char>(i - 1) + "eq" + i;
  }
  EXPECT_THAT(Refusal(Archive(bomb + ".")), HasSubstr("nested too deeply"));
}

TEST(TorchFile, RefusesTwoTensorsOfOneName) {
  const std::string tensor =
      "ctorch._utils\n_rebuild_tensor_v2\n(" + Storage(1) + Int(0) + "))" + "\x89}tR";
  EXPECT_THAT(Refusal(Archive("\x80\x02}(" + Text("a.b") + tensor + Text("a") + "}" + Text("b") +
                                  tensor + "su.",
                              std::string(4, '\0'))),
              HasSubstr("two tensors are named \"a.b\""));
}

TEST(TorchFile, RefusesDamagedStacks) {
  for (const std::string& pickle :
       {"\x80\x02."s, "\x80\x02R."s, "\x80\x02t."s, "\x80\x02h\x07."s, "\x80\x02(K\x01\x85."s,
        "\x80\x02X\xff\xff\xff\xff"s, "\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s,
        "\x80\x02Ks."s, "\x80\x02)a."s, "\x80\x02}(K\x01u."s, "\x80\x02)Q."s, "\x80\x06N."s,
        "\x80\x02N"s, "N."s, ""s}) {
    EXPECT_THAT(Refusal(Archive(pickle)), HasSubstr("m.pt"));
  }
}

TEST(TorchFile, RefusesTorchScriptAndTar) {
  const Bytes script = WriteZip({{"m/data.pkl", BytesOf("\x80\x02}.")},
                                 {"m/constants.pkl", BytesOf("\x80\x02).")},
                                 {"m/code/__torch__.py", {}}});
  EXPECT_THAT(Refusal(script), AllOf(HasSubstr("TorchScript"), HasSubstr("--trust-model")));
  const TemporaryFolder folder;
  WriteFileAtomic(folder / "script.pt", ByteView(script));
  EXPECT_TRUE(IsTorchScript(folder / "script.pt"));
  EXPECT_FALSE(IsTorchScript(Golden("state_dict_zip.pt")));
  EXPECT_FALSE(IsTorchScript(Golden("state_dict_legacy.pt")));
  Bytes tar(512);
  std::memcpy(tar.data() + 257, "ustar", 5);
  EXPECT_THAT(Refusal(tar), HasSubstr("tar format"));
}

TEST(TorchFile, RefusesBigEndianFiles) {
  const Bytes bytes =
      WriteZip({{"m/data.pkl", BytesOf("\x80\x02}.")}, {"m/byteorder", BytesOf("big")}});
  EXPECT_THAT(Refusal(bytes), HasSubstr("big-endian"));
}

// Legacy files have no checksum: every cut and every flipped bit must still end in arrays or Error.
TEST(TorchFile, SurvivesCutsAndFlippedBits) {
  const Bytes good = ReadFileBytes(Golden("state_dict_legacy.pt"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(ErrorOf([&] { return ParseTorchFile(ByteView(good).first(size), "m.pt"); }),
                HasSubstr("m.pt"));
  }
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    try {
      (void)ParseTorchFile(damaged, "m.pt");
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace agon::formats
