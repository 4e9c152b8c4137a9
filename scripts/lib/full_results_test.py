# SPDX-License-Identifier: Apache-2.0
"""The results table: values are picked, judged and shown; failures are never shown as success."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

PATH = str(pathlib.Path(__file__).with_name("full_results"))
LOADER = importlib.machinery.SourceFileLoader("full_results", PATH)
full_results = importlib.util.module_from_spec(importlib.util.spec_from_loader("full_results", LOADER))
sys.modules["full_results"] = full_results
LOADER.exec_module(full_results)


def run(command: str, **keys) -> "full_results.Result":
    experiment = {"section": "S", "name": "a | b", "command": command, "value": "results.0.x"} | keys
    here = pathlib.Path("/nonexistent")
    return full_results.run_one(experiment, here, here)


class FullResults(unittest.TestCase):
    def test_the_value_is_picked_scaled_and_judged(self):
        result = run("""echo '{"results": [{"x": 0.9607}]}'""", scale=10000, require="== 9607")
        self.assertEqual(result.verdict, "ok")
        self.assertAlmostEqual(result.value, 9607)

    def test_one_image_more_or_less_is_missed(self):
        for value in ("0.9606", "0.9608"):
            result = run(f"""echo '{{"results": [{{"x": {value}}}]}}'""", scale=10000, require="== 9607")
            self.assertEqual(result.verdict, "MISSED")

    def test_two_bounds_both_count(self):
        self.assertTrue(full_results.meets(">= 676 and <= 690", 676))
        self.assertFalse(full_results.meets(">= 676 and <= 690", 675))
        self.assertFalse(full_results.meets(">= 676 and <= 690", 691))

    def test_a_requirement_that_cannot_be_read_is_an_error(self):
        with self.assertRaises(ValueError):
            full_results.meets("about 0.6", 0.6)

    def test_a_command_that_fails_or_says_nothing_is_failed(self):
        self.assertEqual(run("echo gone >&2; exit 1").verdict, "FAILED")
        self.assertIn("gone", run("echo gone >&2; exit 1").note)
        self.assertEqual(run("true").verdict, "FAILED")
        self.assertEqual(run("""echo '{"results": []}'""").verdict, "FAILED")

    def test_an_element_of_a_list_is_found_by_its_name_or_a_field(self):
        document = {"ratios": [{"name": "a, b.c", "median": 1}, {"name": "d", "median": 2}],
                    "results": [{"model": "m", "epsilon": 0.1}, {"model": "n", "epsilon": 0.2}]}
        self.assertEqual(full_results.pick(document, "ratios.{d}.median"), 2)
        self.assertEqual(full_results.pick(document, "ratios.{a, b.c}.median"), 1)
        self.assertEqual(full_results.pick(document, "results.{model=n}.epsilon"), 0.2)
        self.assertEqual(run("""echo '{"ratios": []}'""", value="ratios.{d}.median").verdict, "FAILED")

    def test_experiments_share_a_command_that_ran(self):
        before = {}
        command = """echo '{"results": [{"x": '$RANDOM$RANDOM'}]}'"""
        experiment = {"section": "S", "name": "n", "command": command, "value": "results.0.x"}
        here = pathlib.Path("/nonexistent")
        first = full_results.run_one(experiment, here, here, before)
        self.assertEqual(first.value, full_results.run_one(experiment, here, here, before).value)
        seconds = full_results.run_one(experiment | {"value": "seconds"}, here, here, before)
        self.assertEqual((seconds.verdict, seconds.value), ("ok", first.seconds))

    def test_exit_code_3_still_has_a_value(self):
        self.assertEqual(run("""echo '{"results": [{"x": 1}]}'; exit 3""").value, 1)

    def test_missing_data_leaves_it_out_and_says_so(self):
        result = run("false", needs=["models/m"])
        self.assertEqual(result.verdict, "left out")
        self.assertIn("/nonexistent/models/m", full_results.row(result, []))

    def test_a_bar_in_a_name_does_not_break_the_table(self):
        self.assertIn("a \\| b", full_results.row(run("true"), []))

    def test_what_was_measured_before_stays_until_its_command_changes(self):
        result = run("""echo '{"results": [{"x": 3}]}'""", require="<= 4")
        result.measured, result.machine, result.seconds = "2026-11-26 abc", "a machine", 2.5
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "results.json"
            file.write_text(full_results.to_json([result]), encoding="utf-8")
            same = result.experiment
            self.assertEqual(full_results.load_known(file, [same])[same["name"]], result)
            stricter = same | {"require": "<= 2"}
            self.assertEqual(full_results.load_known(file, [stricter])[same["name"]].verdict, "MISSED")
            self.assertEqual(full_results.load_known(file, [same | {"command": "true"}]), {})
            self.assertEqual(full_results.load_known(pathlib.Path(folder) / "none.json", [same]), {})

    def test_what_was_never_run_is_not_shown_as_done(self):
        text = full_results.table([full_results.Result({"section": "S", "name": "n"}, "not run yet")])
        self.assertIn("| n |  |  |  | not run yet |  |  |", text)

    def test_the_committed_list_can_be_read(self):
        self.assertTrue(full_results.load(full_results.ROOT / "scripts/lib/experiments.toml"))


if __name__ == "__main__":
    unittest.main()
