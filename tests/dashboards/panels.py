"""What every dashboard and panel has."""

import json
import re
import unittest

from observed import panels, rules
from stack import settings

CORE = {"stat", "table", "text", "timeseries", "status-history"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
ABOUT_LETTERS_MIN = 15
COLUMNS = 24
UID_LETTERS_MAX = 40
ADDRESS = re.compile(r'"url": "(/d/[^"?]+)')
VIETNAMESE = re.compile(
    "[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.I)


class Panels(unittest.TestCase):
    """Every panel of both languages, each as a subtest of its own."""

    @classmethod
    def setUpClass(cls):
        cls.dashboards = panels.load()

    def each(self):
        """(where, language, dashboard, panel) of all."""
        for (language, name), dashboard in self.dashboards.items():
            for panel in panels.drawn(dashboard):
                yield f"{language}/{name}: {panel['title']}", language, dashboard, panel

    def test_the_dashboards_are_those_that_were_asked_for_in_both_languages(self):
        self.assertEqual(set(self.dashboards), {
            (language, name) for language in panels.LANGUAGES for name in panels.NAMES})

    def test_identities_are_stable_and_nobody_edits_in_grafana(self):
        for (language, name), dashboard in self.dashboards.items():
            uid = f"lienthong-{name}" + ("" if language == "vi" else "-en")
            self.assertEqual(dashboard["uid"], uid)
            self.assertLessEqual(len(uid), UID_LETTERS_MAX)
            self.assertIs(dashboard["editable"], False)
            self.assertIsNone(dashboard["id"])
            self.assertEqual(dashboard["tags"], ["lienthong", language])

    def test_links_between_dashboards_stay_in_the_language_and_lead_somewhere(self):
        for (language, _), dashboard in self.dashboards.items():
            others = {f"/d/{other['uid']}" for (own, _), other in self.dashboards.items()
                      if own == language and other is not dashboard}
            self.assertEqual({one["url"] for one in dashboard["links"]}, others)
            self.assertLessEqual(set(ADDRESS.findall(json.dumps(dashboard["panels"]))), others)

    def test_both_languages_are_the_same_but_for_words(self):
        for name in panels.NAMES:
            vi, en = self.dashboards["vi", name], self.dashboards["en", name]
            for one, other in zip(panels.drawn(vi), panels.drawn(en), strict=True):
                for key in ("id", "type", "gridPos"):
                    self.assertEqual(one[key], other[key])
                self.assertEqual([target["expr"] for target in one.get("targets") or []],
                                 [target["expr"] for target in other.get("targets") or []])
                self.assertNotEqual(one["title"], other["title"])
                self.assertNotEqual(one["description"], other["description"])

    def test_titles_and_descriptions_are_in_the_language(self):
        for where, language, dashboard, panel in self.each():
            with self.subTest(where):
                self.assertGreaterEqual(len(panel["description"]), ABOUT_LETTERS_MIN)
                for text in (panel["title"], panel["description"], dashboard["title"]):
                    self.assertTrue(text.strip())
                found = VIETNAMESE.search(panel["title"] + panel["description"])
                self.assertEqual(bool(found), language == "vi")

    def test_every_panel_is_a_core_panel_with_a_unit(self):
        for where, _, _, panel in self.each():
            with self.subTest(where):
                self.assertIn(panel["type"], CORE)
                if panel["type"] != "text":
                    self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])

    def test_every_panel_links_to_its_runbook_or_to_the_page_that_explains_it(self):
        alerts = rules.alerts(rules.load())
        for where, language, _, panel in self.each():
            with self.subTest(where):
                link, = panel["links"]
                path = link["url"].removeprefix("${docs}/")
                self.assertNotEqual(path, link["url"])
                if path.startswith("runbooks/"):
                    _, folder, name = path.split("/")
                    self.assertEqual(folder, language)
                    self.assertIn(name.removesuffix(".md"), alerts)

    def test_what_panels_link_to_is_there(self):
        paths = {panel["links"][0]["url"].removeprefix("${docs}/")
                 for _, _, _, panel in self.each()}
        self.assertEqual({path for path in paths if not (settings.DEPLOY / path).is_file()}, set())

    def test_data_comes_from_the_source_that_the_reader_chose(self):
        for where, _, dashboard, panel in self.each():
            with self.subTest(where):
                if panel["type"] == "text":
                    continue
                sources = [panel["datasource"], *(one["datasource"] for one in panel["targets"])]
                self.assertTrue(panel["targets"])
                self.assertEqual([one for one in sources if one != DATASOURCE], [])
                asking = [one for one in dashboard["templating"]["list"] if one["type"] == "query"]
                self.assertEqual([one for one in asking if one["datasource"] != DATASOURCE], [])

    def test_panels_lie_beside_each_other_and_are_told_apart(self):
        for (language, name), dashboard in self.dashboards.items():
            taken, ids = {}, []
            for panel in dashboard["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], COLUMNS)
                ids.append(panel["id"])
                for y in range(place["y"], place["y"] + place["h"]):
                    for x in range(place["x"], place["x"] + place["w"]):
                        self.assertNotIn((x, y), taken, f"{language}/{name}: {panel['title']}")
                        taken[x, y] = panel["id"]
            self.assertEqual(len(ids), len(set(ids)))
            titles = [panel["title"] for panel in panels.drawn(dashboard)]
            self.assertEqual(len(titles), len(set(titles)))
