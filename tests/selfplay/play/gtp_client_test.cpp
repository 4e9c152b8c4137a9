// SPDX-License-Identifier: Apache-2.0
// Foreign programs, well behaved and not: small shell scripts.
#include "selfplay/play/gtp_client.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "runtime/base/stop.h"
#include "selfplay/play/match.h"
#include "tests/selfplay/play/play_helpers.h"

namespace agon::selfplay {
namespace {

using ::testing::HasSubstr;
using Status = GtpReply::Status;

// Answers "=" to everything and moves as `genmove` says.
std::string Program(const std::string& genmove) {
  return "while read command rest; do case $command in genmove) " + genmove +
         ";; *) printf '= \\n\\n';; esac; done\n";
}

TEST(GtpClient, AnswersAreReadWhole) {
  const TestFolder folder;
  GtpClient client(folder.Script("read a\nprintf 'hello\\n=  one\\ntwo\\n\\n'\nread b\n"
                                 "printf '?1 no\\r\\n\\r\\n'\nread c\n"),
                   5);
  GtpReply reply = client.Send("name");
  EXPECT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(reply.text, "one\ntwo");
  reply = client.Send("name");
  EXPECT_EQ(reply.status, Status::kRefused);
  EXPECT_EQ(reply.text, "1 no");
}

// Gone, or a corpse that its new parent has not buried yet.
bool IsGone(const std::string& process) {
  const Path status = Path("/proc") / process / "status";
  return !std::filesystem::exists(status) ||
         ReadFileText(status).find("State:\tZ") != std::string::npos;
}

TEST(GtpClient, AProgramThatHangsIsKilledWithItsChildren) {
  const TestFolder folder;
  const Path file = folder.path() / "child";
  GtpClient client(folder.Script("sleep 1000 & echo $! > " + file.string() + "\nwait\n"), 0.5);
  const std::string process = std::to_string(client.process());
  EXPECT_EQ(client.Send("name").status, Status::kTimeout);
  EXPECT_FALSE(client.alive());
  EXPECT_FALSE(std::filesystem::exists(Path("/proc") / process));  // reaped
  std::string child = ReadFileText(file);
  child.pop_back();
  for (int i = 0; i < 100 && !IsGone(child); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(IsGone(child));
  EXPECT_EQ(client.Send("name").status, Status::kDied);
}

TEST(GtpClient, AProgramThatDiesTellsWhy) {
  const TestFolder folder;
  GtpClient client(folder.Script("echo 'no licence' >&2; exit 3\n"), 5);
  const GtpReply reply = client.Send("name");
  EXPECT_EQ(reply.status, Status::kDied);
  EXPECT_THAT(reply.text, HasSubstr("no licence"));
}

// A write to a process that has gone is an answer, not a signal that ends us.
TEST(GtpClient, WritingToADeadProgramIsHarmless) {
  GtpClient client("true", 2);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(client.Send("name").status, Status::kDied);
  EXPECT_EQ(client.Send("name").status, Status::kDied);
}

TEST(GtpClient, AnEndlessAnswerIsCutOff) {
  GtpClient client("read line; yes", 10);
  EXPECT_EQ(client.Send("name").status, Status::kGarbage);
}

// Also when it does end, and arrives at once.
TEST(GtpClient, AnAnswerIsAtMostAMebibyte) {
  const auto program = [](int bytes) {
    return "read line; printf '= '; head -c " + std::to_string(bytes) +
           " /dev/zero | tr '\\0' x; printf '\\n\\n'; read line";
  };
  GtpClient fits(program(1'000'000), 60);
  const GtpReply reply = fits.Send("name");
  EXPECT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(reply.text.size(), 1'000'000U);
  GtpClient too_long(program(1 << 20), 60);
  EXPECT_EQ(too_long.Send("name").status, Status::kGarbage);
}

// Of many complaints the last ones are told, again and again.
TEST(GtpClient, AProgramThatIsGoneStaysGone) {
  GtpClient client("head -c 300000 /dev/zero | tr '\\0' x >&2; echo ' the end' >&2; read line", 60);
  for (int i = 0; i < 2; ++i) {
    const GtpReply reply = client.Send("name");
    EXPECT_EQ(reply.status, Status::kDied);
    EXPECT_THAT(reply.text, ::testing::EndsWith("x the end"));
    EXPECT_LE(reply.text.size(), 2048U);
  }
  EXPECT_EQ(client.process(), -1);
}

// Nothing will come: that is known at once, not when the time is over.
TEST(GtpClient, AProgramThatClosesItsOutputIsDead) {
  GtpClient client("exec sleep 1000 >&-", 1000);
  EXPECT_EQ(client.Send("name").status, Status::kDied);
}

TEST(GtpClient, BeingAskedToStopEndsTheWait) {
  GtpClient client("sleep 1000", 1000);
  std::thread other([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    RequestStop(SIGTERM);
  });
  EXPECT_EQ(client.Send("name").status, Status::kStopped);
  other.join();
  ClearStop();
  EXPECT_FALSE(client.alive());
}

// Where Debian puts gnugo.
TEST(GtpClient, GamesAreFound) {
  GtpClient client("read line; echo \"= $PATH\"; echo; read line", 60);
  EXPECT_THAT(client.Send("name").text, ::testing::EndsWith(":/usr/games"));
}

// ---- as players of a match ----

MatchResult Against(const std::string& script, const std::string& options,
                    std::vector<std::string>& endings) {
  const TestFolder folder;
  const Component<AnyGame> game = MakeGame("tic_tac_toe");
  const auto foreign = Source("gtp:" + options + "cmd=" + folder.Script(script), game);
  MatchSettings settings;
  settings.games = 2;
  settings.opening_moves = 0;
  settings.finished = [&](const PlayedGame& played) { endings.push_back(played.ending); };
  return PlayMatch(*foreign, *Source("perfect", game), game, settings);
}

void ExpectLost(const std::string& script, const std::string& options, const std::string& why) {
  std::vector<std::string> endings;
  const MatchResult result = Against(script, options, endings);
  EXPECT_EQ(result.losses, 2) << script;
  EXPECT_EQ(result.forfeits, 2) << script;
  for (const std::string& ending : endings) EXPECT_THAT(ending, HasSubstr(why));
}

TEST(GtpPlayer, HangingDyingAndIllegalMovesLose) {
  ExpectLost(Program("sleep 100"), "timeout=0.3,", "no answer to \"genmove");
  ExpectLost(Program("exit 1"), "", "died at \"genmove");
  ExpectLost(Program("printf '= z9\\n\\n'"), "", "illegal move \"z9\"");
  ExpectLost("while read line; do printf '? never\\n\\n'; done\n", "", "refused \"clear_board\"");
}

TEST(GtpPlayer, ResigningIsNoFailure) {
  std::vector<std::string> endings;
  const MatchResult result = Against(Program("printf '= resign\\n\\n'"), "", endings);
  EXPECT_EQ(result.losses, 2);
  EXPECT_EQ(result.forfeits, 0);
}

// The program is told every move, in order, with its colour.
TEST(GtpPlayer, HearsTheWholeGame) {
  const TestFolder folder;
  const Component<AnyGame> game = MakeGame("{name: go, size: 5, komi: 1.5}");
  const Path log = folder.path() / "log";
  const auto player =
      Source("gtp:cmd=" + folder.Script("while read line; do echo \"$line\" >> " + log.string() +
                                        "; case $line in genmove*) printf '= C3\\n\\n';; *) printf "
                                        "'=\\n\\n';; esac; done\n"),
             game)
          ->Make(1);
  GameState state = After(game, "a1 pass");
  player->NewGame(state);
  EXPECT_EQ(player->Choose(state), game->ParseMove("c3"));
  state.Play(game->ParseMove("c3"));
  state.Play(game->ParseMove("d4"));
  (void)player->Choose(state);
  EXPECT_EQ(ReadFileText(log),
            "boardsize 5\nclear_board\nkomi 1.5\nplay black A1\nplay white pass\ngenmove black\n"
            "play white D4\ngenmove black\n");
}

}  // namespace
}  // namespace agon::selfplay
