# SPDX-License-Identifier: Apache-2.0
"""The include check accepts a good tree and fails on each kind of bad one."""
import pathlib
import tempfile
import unittest

import check_includes

GOOD = {
    "runtime/base/error.h": "#include <string>\n",
    "runtime/config/value.h": '#include "runtime/base/error.h"\n',
    "runtime/tensor/device.h": "#include <torch/types.h>\n",
    "attacks/attack.h": '#include "runtime/tensor/device.h"\n',
    "attacks/pgd.cpp": '#include "attacks/attack.h"\n#include <torch/nn.h>\n',
    "defenses/objectives/pgd_at.cpp": '#include "attacks/attack.h"\n',
    "viewer/panel.cpp": '#include "runtime/config/value.h"\n#include <imgui.h>\n',
    "cli/main.cpp": '#include <CLI/CLI.hpp>\n#include "runtime/base/error.h"\n',
    "tests/attacks/pgd_test.cpp": '#include "attacks/attack.h"\n#include <torch/torch.h>\n',
}


class CheckIncludes(unittest.TestCase):
    def problems(self, changed: dict[str, str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in (GOOD | changed).items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return check_includes.check(root)[1]

    def expect_one(self, path: str, text: str, message: str):
        found = self.problems({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path + ":"), found)
        self.assertIn(message, found[0])

    def test_a_good_tree_has_no_problem(self):
        self.assertEqual(self.problems({}), [])

    def test_a_folder_may_not_include_one_below(self):
        self.expect_one("runtime/base/files.cpp", '#include "runtime/config/value.h"\n', "below")
        self.expect_one("runtime/run/run.cpp", '#include "attacks/attack.h"\n', "below")

    def test_the_line_is_named(self):
        self.expect_one("runtime/base/files.cpp", '\n\n  #  include "runtime/config/value.h"\n',
                        "runtime/base/files.cpp:3: ")

    def test_angle_brackets_are_no_way_out(self):
        self.expect_one("runtime/base/files.cpp", "#include <runtime/config/value.h>\n", "below")

    def test_a_module_may_not_include_another(self):
        self.expect_one("cyclegan/loss.cpp", '#include "attacks/attack.h"\n', "module")
        self.expect_one("attacks/suite.cpp", '#include "defenses/wrapper.h"\n', "below")

    def test_the_viewer_includes_the_first_five_and_media_only(self):
        found = self.problems({"runtime/media/flow.h": "", "runtime/nn/target.h": "", "viewer/panel.cpp":
                               '#include "runtime/media/flow.h"\n#include "runtime/nn/target.h"\n'})
        self.assertEqual(len(found), 1, found)
        self.assertIn("first five", found[0])

    def test_the_first_five_are_free_of_libtorch(self):
        for include in ("torch/types.h", "ATen/ATen.h", "c10/util/Half.h"):
            self.expect_one("runtime/formats/npy.cpp", f"#include <{include}>\n", include)

    def test_the_main_file_does_not_reach_libtorch_through_another_header(self):
        self.expect_one("cli/main.cpp", '#include "attacks/attack.h"\n',
                        "attacks/attack.h -> runtime/tensor/device.h -> torch/types.h")

    def test_other_files_of_the_command_line_may_use_libtorch(self):
        self.assertEqual(self.problems({"cli/attack.cpp": '#include "attacks/attack.h"\n'}), [])

    def test_games_and_search_are_free_of_libtorch(self):
        self.expect_one("selfplay/games/go.h", "#include <torch/types.h>\n", "free of LibTorch")
        self.assertEqual(self.problems({"selfplay/network.h": "#include <torch/types.h>\n"}), [])

    def test_kernels_are_free_of_libtorch(self):
        self.expect_one("runtime/tensor/step.cu", "#include <torch/types.h>\n", "a .cu file")

    def test_a_header_does_not_include_the_umbrella(self):
        self.expect_one("runtime/nn/model.h", "#include <torch/torch.h>\n", "torch/torch.h")
        self.assertEqual(self.problems({"runtime/nn/model.cpp": "#include <torch/torch.h>\n"}), [])

    def test_includes_are_written_from_the_root(self):
        self.expect_one("runtime/base/files.cpp", '#include "error.h"\n', '"runtime/base/error.h"')

    def test_the_product_does_not_include_tests(self):
        self.expect_one("attacks/suite.cpp", '#include "tests/support.h"\n', "no part of the product")

    def test_headers_that_include_one_another_end(self):
        self.assertEqual(self.problems({
            "runtime/base/a.h": '#include "runtime/base/b.h"\n',
            "runtime/base/b.h": '#include "runtime/base/a.h"\n'}), [])


if __name__ == "__main__":
    unittest.main()
