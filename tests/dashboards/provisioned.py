"""The files from which Grafana takes data source, folders and dashboards."""

import unittest

import yaml

from observed import panels

PROVISIONING = panels.GRAFANA / "provisioning"


def read(name):
    return yaml.safe_load((PROVISIONING / name).read_text(encoding="utf-8"))


class Provisioned(unittest.TestCase):
    """As Grafana's documentation describes these files."""

    def test_each_language_has_a_folder_of_its_own(self):
        told = read("dashboards/lienthong.yaml")
        self.assertEqual(told["apiVersion"], 1)
        self.assertEqual([one["options"]["path"].rsplit("/", 1)[1] for one in told["providers"]],
                         list(panels.LANGUAGES))
        for key in ("name", "folder", "folderUid"):
            self.assertEqual(len({one[key] for one in told["providers"]}), len(panels.LANGUAGES))

    def test_nobody_changes_or_deletes_a_dashboard_in_grafana(self):
        for one in read("dashboards/lienthong.yaml")["providers"]:
            self.assertEqual(one["type"], "file")
            self.assertIs(one["allowUiUpdates"], False)
            self.assertIs(one["disableDeletion"], True)

    def test_the_data_source_is_a_prometheus_without_a_secret(self):
        told = read("datasources/lienthong.yaml")
        source, = told["datasources"]
        self.assertEqual((told["apiVersion"], source["type"], source["access"]),
                         (1, "prometheus", "proxy"))
        self.assertIs(source["editable"], False)
        self.assertEqual(source["url"], "$LIENTHONG_PROMETHEUS_URL")
        self.assertNotIn("secureJsonData", source)
        self.assertFalse(source.get("basicAuth"))
