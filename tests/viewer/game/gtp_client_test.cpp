// SPDX-License-Identifier: Apache-2.0
#include "viewer/game/gtp_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "runtime/base/error.h"
#include "tests/viewer/game/fake_gtp.h"

namespace agon::viewer {
namespace {

using ::testing::HasSubstr;

// Sends and waits for the reply.
GtpReply Ask(GtpClient& client, const std::string& line) {
  std::optional<GtpReply> reply;
  client.Send(line, [&](const GtpReply& found) { reply = found; });
  EXPECT_TRUE(Until([&] {
    client.Poll();
    return reply.has_value() || !client.alive();
  })) << line;
  return reply.value_or(GtpReply{});
}

TEST(ViewerGtpClient, AsksAndIsAnswered) {
  GtpClient client(FakeWords("first"));
  EXPECT_TRUE(Ask(client, "play black b2").good);
  const GtpReply refused = Ask(client, "play white b2");
  EXPECT_FALSE(refused.good);
  EXPECT_EQ(refused.text, "illegal move");
  EXPECT_THAT(Ask(client, "agon-board").text, HasSubstr("\"last_move\": \"b2\""));
  EXPECT_EQ(client.waiting(), 0U);
}

// Nothing waits: many commands are on their way at once, their answers come in order.
TEST(ViewerGtpClient, KeepsTheOrderOfManyCommands) {
  GtpClient client(FakeWords("first"));
  std::string answers;
  const auto note = [&](const GtpReply& reply) { answers += reply.good ? '=' : '?'; };
  for (const char* const line : {"play black a1", "play white a1", "undo", "undo", "dance"}) {
    client.Send(line, note);
  }
  EXPECT_EQ(client.waiting(), 5U);
  EXPECT_EQ(answers, "");
  EXPECT_TRUE(Until([&] {
    client.Poll();
    return answers.size() == 5;
  }));
  EXPECT_EQ(answers, "=?=??");
}

TEST(ViewerGtpClient, StreamsUntilTheNextCommand) {
  GtpClient client(FakeWords("first"));
  int lines = 0;
  bool ended = false;
  client.SendStream(
      "agon-analyze black 1", [&](std::string_view line) { lines += line.starts_with('{'); },
      [&](const GtpReply& reply) {
        EXPECT_TRUE(reply.good);
        EXPECT_EQ(reply.text, "");
        ended = true;
      });
  EXPECT_TRUE(Until([&] {
    client.Poll();
    return lines >= 3;
  }));
  EXPECT_FALSE(ended);
  EXPECT_TRUE(Ask(client, "agon-board").good);
  EXPECT_TRUE(ended);
}

// A line break in a text would be a second command.
TEST(ViewerGtpClient, SendsOneLineOnly) {
  GtpClient client(FakeWords("first"));
  EXPECT_FALSE(Ask(client, "play black\nquit").good);
  EXPECT_TRUE(Ask(client, "agon-board").good);
}

TEST(ViewerGtpClient, SaysWhyTheProgramIsGone) {
  GtpClient client(FakeWords("dies"));
  (void)Ask(client, "agon-genmove_analyze black");
  EXPECT_FALSE(client.alive());
  EXPECT_EQ(client.problem(), "the engine fell over");
  // Everything after that is quietly dropped.
  client.Send("agon-board", [](const GtpReply&) { FAIL(); });
  client.Poll();
  EXPECT_EQ(client.waiting(), 0U);
}

TEST(ViewerGtpClient, SaysThatTheProgramWasKilled) {
  GtpClient client(FakeWords("hangs"));
  EXPECT_TRUE(Ask(client, "agon-board").good);
  const std::shared_ptr<Process> process = client.Release();
  ASSERT_NE(process, nullptr);
  EXPECT_FALSE(client.alive());
  EndProcess(*process, 5);
  EXPECT_FALSE(process->running());
}

TEST(ViewerGtpClient, AProgramThatDoesNotExistIsAnError) {
  try {
    GtpClient client({"/nowhere/agon", "selfplay"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/agon"));
  }
}

// A client that is let go takes its program with it, also one that does not listen.
TEST(ViewerGtpClient, KillsTheProgramWhenLetGo) {
  pid_t process = 0;
  {
    GtpClient client(FakeWords("hangs"));
    EXPECT_TRUE(Ask(client, "agon-board").good);
    const std::shared_ptr<Process> shared = client.Release();
    process = shared->id();
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_NE(::kill(process, 0), 0);
}

}  // namespace
}  // namespace agon::viewer
