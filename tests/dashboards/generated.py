"""The committed JSON is what the generator writes."""

import pathlib
import subprocess
import tempfile
import unittest

from observed import panels

GENERATOR = panels.GRAFANA / "source" / "generate.mjs"
SECONDS_MAX = 300


def generate(folder, *options):
    return subprocess.run(["node", GENERATOR, "--out", folder, *options], text=True,
                          capture_output=True, timeout=SECONDS_MAX, check=False)


class Generated(unittest.TestCase):
    """The generator, run into a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_the_committed_dashboards_are_those_that_the_generator_writes(self):
        done = generate(self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = {str(file.relative_to(self.folder)): file.read_text(encoding="utf-8")
                for file in self.folder.rglob("*") if file.is_file()}
        kept = {str(file.relative_to(panels.DASHBOARDS)): file.read_text(encoding="utf-8")
                for file in panels.DASHBOARDS.rglob("*") if file.is_file()}
        self.assertEqual(sorted(made), sorted(kept))
        for name, text in made.items():
            self.assertEqual(text, kept[name], f"{name}: run deploy/grafana/source/generate.mjs")

    def test_a_dashboard_that_is_no_longer_made_is_removed(self):
        old = self.folder / "vi" / "old.json"
        old.parent.mkdir()
        old.write_text("{}", encoding="utf-8")
        self.assertEqual(generate(self.folder).returncode, 0)
        self.assertFalse(old.exists())

    def test_links_lead_where_docs_says(self):
        done = generate(self.folder, "--docs", "https://docs.example.vn/lienthong")
        self.assertEqual(done.returncode, 0, done.stderr)
        for dashboard in panels.load(self.folder).values():
            docs, = [one for one in dashboard["templating"]["list"] if one["name"] == "docs"]
            self.assertEqual(docs["query"], "https://docs.example.vn/lienthong")

    def test_wrong_usage_ends_with_2_and_writes_nothing(self):
        for options in (["--docs", "javascript:alert(1)"], ["--docs", "//"], ["--unknown"]):
            done = generate(self.folder, *options)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn("generate.mjs", done.stderr)
            self.assertEqual(list(self.folder.iterdir()), [])
