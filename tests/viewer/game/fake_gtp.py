#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program that answers as `agon selfplay gtp` and `agon list game` do, for tests of the viewer:
tic-tac-toe, always the first legal move. The word after --player (of "gtp:cmd=WORD" what stands
behind "=") says what it does besides:

  first      nothing else
  silent     tells nothing about positions
  dies       ends with an error when asked for a move
  hangs      never answers a request for a move
  resigns    gives up
  fails      refuses to move ("gnugo failed: ...")
  vanishes   ends at once with an error
  garbage    answers the board with something that is none
"""
import json
import os
import select
import sys

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
NAMES = [f"{letter}{row}" for row in (3, 2, 1) for letter in "abc"]


def won(cells, who):
    return any(all(cells[i] == who for i in line) for line in LINES)


class Game:
    def __init__(self):
        self.moves = []

    def cells(self):
        cells = [0] * 9
        for number, move in enumerate(self.moves):
            cells[move] = 1 + number % 2
        return cells

    def over(self):
        cells = self.cells()
        return won(cells, 1) or won(cells, 2) or 0 not in cells

    def legal(self):
        return [] if self.over() else [i for i, cell in enumerate(self.cells()) if cell == 0]

    def result(self):
        cells = self.cells()
        if won(cells, 1):
            return "1-0"
        if won(cells, 2):
            return "0-1"
        return "1/2-1/2" if self.over() else "*"

    def board(self):
        cells = self.cells()
        return {
            "width": 3, "height": 3, "cells": [" XO"[cell].strip() for cell in cells], "colours": cells,
            "overlays": [], "legal_moves": [NAMES[i] for i in self.legal()], "legal_cells": self.legal(),
            "to_move": "XO"[len(self.moves) % 2], "last_move": NAMES[self.moves[-1]] if self.moves else "",
            "last_cell": self.moves[-1] if self.moves else -1, "value": 0.0, "game": "tic_tac_toe",
            "move_number": len(self.moves), "over": self.over(), "result": self.result(),
        }

    def analysis(self):
        legal = self.legal()
        moves = [{"move": NAMES[i], "visits": len(legal) - n, "prior": 1 / len(legal), "value": 0.5 - 0.1 * n,
                  "line": [NAMES[i]]} for n, i in enumerate(legal)]
        return {"to_move": ("black", "white")[len(self.moves) % 2], "value": 0.5, "visits": 10,
                "simulations": 10, "moves": moves}

    def tree(self):
        nodes = [{"parent": -1, "move": "", "visits": 10, "prior": 1.0, "value": -0.5}]
        for n, i in enumerate(self.legal()):
            nodes.append({"parent": 0, "move": NAMES[i], "visits": 9 - n, "prior": 0.1, "value": 0.25})
        return {"nodes": nodes}


class Lines:
    """Lines of standard input, and whether one is waiting: Python's own buffer would hide it."""

    def __init__(self):
        self.buffer = b""

    def waiting(self, seconds):
        if b"\n" in self.buffer:
            return True
        return bool(select.select([0], [], [], seconds)[0])

    def __iter__(self):
        while True:
            while b"\n" not in self.buffer:
                more = os.read(0, 4096)
                if not more:
                    return
                self.buffer += more
            line, self.buffer = self.buffer.split(b"\n", 1)
            yield line.decode()


def main():
    if sys.argv[1] == "list":
        print(json.dumps([{"kind": "game", "name": "connect_four"}, {"kind": "game", "name": "tic_tac_toe"}]))
        return 0
    player = sys.argv[sys.argv.index("--player") + 1].split("=")[-1]
    if player == "vanishes":
        print("error: no such player", file=sys.stderr, flush=True)
        return 2
    game = Game()
    print("info: ready", file=sys.stderr, flush=True)

    def say(text):
        sys.stdout.write(text + "\n\n")
        sys.stdout.flush()

    lines = Lines()
    for line in lines:
        words = line.split()
        command = words[0]
        if command == "quit":
            say("=")
            return 0
        if command == "agon-board":
            say("= nothing" if player == "garbage" else "= " + json.dumps(game.board()))
        elif command == "clear_board":
            game = Game()
            say("=")
        elif command == "undo":
            say("=" if game.moves else "? cannot undo")
            game.moves = game.moves[:-1]
        elif command == "play":
            move = NAMES.index(words[2]) if words[2] in NAMES else -1
            if move not in game.legal():
                say("? illegal move")
            else:
                game.moves.append(move)
                say("=")
        elif command == "agon-genmove_analyze":
            if player == "dies":
                print("error: the engine fell over", file=sys.stderr, flush=True)
                return 3
            if player == "hangs":
                continue
            if player == "fails":
                say("? gnugo failed: no answer in 60 s")
                continue
            told = "" if player == "silent" else "\n" + json.dumps(game.analysis())
            if player == "resigns":
                say("= " + told + "\nplay resign")
                continue
            move = game.legal()[0]
            say("= " + told + "\nplay " + NAMES[move])
            game.moves.append(move)
        elif command == "agon-tree":
            say("? searches no tree" if player == "silent" else "= " + json.dumps(game.tree()))
        elif command == "agon-analyze":
            if player == "silent":
                say("? silent has nothing to tell about a position")
                continue
            sys.stdout.write("=\n")
            while True:
                sys.stdout.write(json.dumps(game.analysis()) + "\n")
                sys.stdout.flush()
                if lines.waiting(0.01):
                    break
            sys.stdout.write("\n")
            sys.stdout.flush()
        else:
            say("? unknown command")
    return 0


if __name__ == "__main__":
    sys.exit(main())
