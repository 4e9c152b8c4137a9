// SPDX-License-Identifier: Apache-2.0
// Games against tests/viewer/game/fake_gtp.py, which always takes the first legal move: a3, b3, c3,
// a2, ...
#include "viewer/game/game_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viewer/game/fake_gtp.h"

namespace agon::viewer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array kFirst = {Mover::kPerson, Mover::kProgram};
constexpr std::array kSecond = {Mover::kProgram, Mover::kPerson};

class Game {
 public:
  explicit Game(const std::string& player, std::array<Mover, 2> movers = kFirst,
                std::function<double()> clock = {}, std::string adviser = {})
      : session_({.program = FakeProgram(),
                  .game = "tic_tac_toe",
                  .player = player,
                  .movers = movers,
                  .adviser = std::move(adviser),
                  .hint_seconds = 1000,
                  .clock = std::move(clock)}) {}
  GameSession* operator->() { return &session_; }

  bool Wait(const std::function<bool()>& done) {
    return Until([&] {
      session_.Poll();
      return done();
    });
  }
  bool WaitFor(SessionPhase phase) {
    return Wait(
        [&] { return session_.phase() == phase || session_.phase() == SessionPhase::kFailed; });
  }
  // A move of the person's, and the program's answer.
  void Play(const std::string& move) {
    ASSERT_TRUE(WaitFor(SessionPhase::kPerson));
    session_.Play(move);
    ASSERT_TRUE(Wait([&] {
      return session_.phase() == SessionPhase::kPerson || session_.phase() == SessionPhase::kOver;
    })) << move;
  }
  [[nodiscard]] std::vector<std::string> Moves() const {
    std::vector<std::string> moves;
    for (const PlayedMove& move : session_.moves()) moves.push_back(move.text);
    return moves;
  }

 private:
  GameSession session_;
};

TEST(GameSession, BeginsWithTheBoardAndThePersonsTurn) {
  Game game("first");
  EXPECT_EQ(game->phase(), SessionPhase::kStarting);
  EXPECT_FALSE(game->board().has_value());
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  ASSERT_TRUE(game->board().has_value());
  EXPECT_EQ(game->board()->legal.size(), 9U);
  EXPECT_EQ(game->look().name, "tic_tac_toe");
}

TEST(GameSession, PlaysAGameToItsEnd) {
  Game game("first");
  game.Play("b2");
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3"));
  EXPECT_TRUE(game->moves()[1].program);
  EXPECT_FALSE(game->moves()[1].first);
  // What it thought of the position it moved in (0.5 for itself), as the first player's.
  EXPECT_EQ(game->moves()[1].value, -0.5);
  ASSERT_TRUE(game->analysis().has_value());
  EXPECT_FALSE(game->analysis_is_present());
  game.Play("c2");
  game.Play("a2");
  EXPECT_EQ(game->phase(), SessionPhase::kOver);
  EXPECT_EQ(game->ResultText(), "you won");
  EXPECT_FALSE(game->CanPlay());
}

TEST(GameSession, TheProgramMayBegin) {
  Game game("first", kSecond);
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_THAT(game.Moves(), ElementsAre("a3"));
  EXPECT_TRUE(game->moves()[0].first);
  game.Play("c1");
  game.Play("b1");  // it has a3, b3 and takes c3
  EXPECT_EQ(game->phase(), SessionPhase::kOver);
  EXPECT_EQ(game->ResultText(), "the program wins");
}

TEST(GameSession, PlaysAgainstItself) {
  Game game("first", {Mover::kProgram, Mover::kProgram});
  ASSERT_TRUE(game.WaitFor(SessionPhase::kOver));
  EXPECT_THAT(game.Moves(), ElementsAre("a3", "b3", "c3", "a2", "b2", "c2", "a1"));
  EXPECT_EQ(game->ResultText(), "the first player wins");
}

TEST(GameSession, TwoPersonsPlayWithoutIt) {
  Game game("dies", {Mover::kPerson, Mover::kPerson});
  game.Play("b2");
  game.Play("a1");
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a1"));
  game->Undo();  // of one move alone
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_THAT(game.Moves(), ElementsAre("b2"));
  EXPECT_EQ(game->board()->move_number, 1);
}

TEST(GameSession, TakesBackBothMoves) {
  Game game("first");
  game.Play("b2");
  game.Play("c1");
  EXPECT_EQ(game->board()->move_number, 4);
  game->Undo();
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3"));
  EXPECT_EQ(game->board()->move_number, 2);
  game->Undo();
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_TRUE(game->moves().empty());
  EXPECT_FALSE(game->CanUndo());
  game.Play("a3");  // and the game goes on
  EXPECT_THAT(game.Moves(), ElementsAre("a3", "b3"));
}

TEST(GameSession, AnIllegalMoveChangesNothing) {
  Game game("first");
  game.Play("b2");
  game.Play("b2");
  EXPECT_EQ(game->problem(), "illegal move");
  EXPECT_EQ(game->phase(), SessionPhase::kPerson);
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3"));
  game.Play("c1");
  EXPECT_EQ(game->problem(), "");
}

TEST(GameSession, StartsANewGameAndGivesUp) {
  Game game("first");
  game.Play("b2");
  game->NewGame();
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_TRUE(game->moves().empty());
  EXPECT_EQ(game->board()->move_number, 0);
  game->Resign();
  ASSERT_TRUE(game.WaitFor(SessionPhase::kOver));
  EXPECT_EQ(game->ResultText(), "you gave up");
  game->Undo();
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
}

TEST(GameSession, SidesMayBeChangedInAGame) {
  Game game("first");
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  game->SetMovers(kSecond);
  ASSERT_TRUE(game.Wait([&] { return game->moves().size() == 1; }));
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_TRUE(game->moves()[0].program);
}

// ---- hints ----

TEST(GameSession, AHintFillsWhileThePersonThinks) {
  Game game("first");
  game->SetHint(true);
  ASSERT_TRUE(game.Wait([&] { return game->analysis_is_present(); }));
  EXPECT_TRUE(game->hint_running());
  EXPECT_EQ(game->phase(), SessionPhase::kPerson);
  EXPECT_EQ(game->analysis()->moves.size(), 9U);
  // Playing ends it, and it starts again for the next position.
  game.Play("b2");
  EXPECT_EQ(game->moves()[0].value, 0.5);  // known from the hint
  ASSERT_TRUE(game.Wait(
      [&] { return game->analysis_is_present() && game->analysis()->moves.size() == 7; }));
  game->SetHint(false);
  EXPECT_FALSE(game->analysis().has_value());
  game.Play("c1");
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3", "c1", "b3"));
  EXPECT_FALSE(game->hint_running());
}

TEST(GameSession, AHintDoesNotThinkForEver) {
  double now = 0;
  Game game("first", kFirst, [&] { return now; });
  game->SetHint(true);
  ASSERT_TRUE(game.Wait([&] { return game->analysis_is_present(); }));
  now = 2000;
  ASSERT_TRUE(game.Wait([&] { return !game->hint_running(); }));
  EXPECT_TRUE(game->hint());
  EXPECT_TRUE(game->analysis().has_value());  // what was found out stays
  ASSERT_TRUE(game.Wait([&] { return game->tree() != nullptr; }));
  EXPECT_EQ(game->tree()->nodes.size(), 10U);
}

TEST(GameSession, APlayerThatTellsNothingSaysSo) {
  Game game("silent");
  game->SetHint(true);
  ASSERT_TRUE(game.Wait([&] { return !game->hint(); }));
  EXPECT_THAT(game->hint_problem(), HasSubstr("nothing to tell"));
  game.Play("b2");
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3"));
  EXPECT_EQ(game->tree(), nullptr);
  EXPECT_FALSE(game->analysis().has_value());
}

// Minimax and foreign programs choose moves and say nothing: somebody else does.
TEST(GameSession, AnAdviserHelpsAgainstASilentPlayer) {
  Game game("silent", kFirst, {}, "first");
  EXPECT_EQ(game->hint_player(), "silent");
  game.Play("b2");
  game->SetHint(true);
  // It knows the game so far.
  ASSERT_TRUE(game.Wait(
      [&] { return game->analysis_is_present() && game->analysis()->moves.size() == 7; }));
  EXPECT_EQ(game->hint_player(), "first");
  EXPECT_EQ(game->hint_problem(), "");
  game.Play("c1");
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3", "c1", "b3"));
  ASSERT_TRUE(game.Wait(
      [&] { return game->analysis_is_present() && game->analysis()->moves.size() == 5; }));
  game->Undo();
  ASSERT_TRUE(game.Wait(
      [&] { return game->analysis_is_present() && game->analysis()->moves.size() == 7; }));
  game->SetHint(false);
  EXPECT_FALSE(game->analysis().has_value());
  game.Play("c1");
  EXPECT_FALSE(game->analysis().has_value());
}

// Nobody has to wait for its end either.
TEST(GameSession, TheAdviserIsLetGoToo) {
  Game game("silent", kFirst, {}, "first");
  game->SetHint(true);
  ASSERT_TRUE(game.Wait([&] { return game->analysis_is_present(); }));
  const std::vector<std::shared_ptr<Process>> processes = game->Release();
  ASSERT_EQ(processes.size(), 2U);
  EXPECT_EQ(game->phase(), SessionPhase::kFailed);
  game->SetHint(false);
  game->Poll();
  for (const auto& process : processes) {
    process->Poll();
    EXPECT_TRUE(process->running());
    EndProcess(*process, 5);
    EXPECT_FALSE(process->running());
  }
  EXPECT_TRUE(game->Release().empty());
}

TEST(GameSession, AnAdviserThatDiesEndsTheHintAlone) {
  Game game("silent", kFirst, {}, "vanishes");
  game->SetHint(true);
  ASSERT_TRUE(game.Wait([&] { return !game->hint(); }));
  EXPECT_EQ(game->hint_problem(), "no such player");
  game.Play("b2");
  EXPECT_THAT(game.Moves(), ElementsAre("b2", "a3"));
}

// ---- programs that misbehave ----

TEST(GameSession, SaysWhyTheProgramDied) {
  Game game("dies");
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  game->Play("b2");
  ASSERT_TRUE(game.WaitFor(SessionPhase::kFailed));
  EXPECT_EQ(game->problem(), "the engine fell over");
  EXPECT_TRUE(game->board().has_value());  // still to be seen
  game->Play("a1");
  game->Undo();
  game->NewGame();
  game->SetHint(true);
  game->Poll();
  EXPECT_EQ(game->phase(), SessionPhase::kFailed);
}

TEST(GameSession, AProgramThatHangsCanBeLetGo) {
  double now = 0;
  Game game("hangs", kFirst, [&] { return now; });
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  game->Play("b2");
  ASSERT_TRUE(game.WaitFor(SessionPhase::kThinking));
  now = 12;
  EXPECT_EQ(game->thinking_seconds(), 12);
  const std::vector<std::shared_ptr<Process>> processes = game->Release();
  ASSERT_EQ(processes.size(), 1U);
  EndProcess(*processes[0], 5);
  EXPECT_FALSE(processes[0]->running());
  EXPECT_EQ(game->phase(), SessionPhase::kFailed);
}

TEST(GameSession, AProgramThatGivesUpLoses) {
  Game game("resigns");
  game.Play("b2");
  EXPECT_EQ(game->phase(), SessionPhase::kOver);
  EXPECT_EQ(game->ResultText(), "the program gives up");
  game->Undo();
  ASSERT_TRUE(game.WaitFor(SessionPhase::kPerson));
  EXPECT_TRUE(game->moves().empty());
}

// The referee's word about a foreign program; the game stands as it was.
TEST(GameSession, AProgramThatCannotGoOnLoses) {
  Game game("fails");
  game.Play("b2");
  EXPECT_EQ(game->phase(), SessionPhase::kOver);
  EXPECT_EQ(game->problem(), "gnugo failed: no answer in 60 s");
  EXPECT_EQ(game->ResultText(), "the program cannot go on");
  EXPECT_THAT(game.Moves(), ElementsAre("b2"));
}

TEST(GameSession, AnAnswerThatIsNoBoardEndsIt) {
  Game game("garbage");
  ASSERT_TRUE(game.WaitFor(SessionPhase::kFailed));
  EXPECT_THAT(game->problem(), HasSubstr("agon-board was answered with \"nothing\""));
}

TEST(GameSession, AProgramThatDoesNotExistIsAProblem) {
  GameSession session({.program = "/nowhere/agon", .game = "go", .player = "random"});
  EXPECT_EQ(session.phase(), SessionPhase::kFailed);
  EXPECT_THAT(session.problem(), HasSubstr("/nowhere/agon"));
  session.Poll();
  session.Play("a1");
  EXPECT_TRUE(session.Release().empty());
}

}  // namespace
}  // namespace agon::viewer
