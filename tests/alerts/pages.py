"""Alerts as the rule files have them, and the runbooks with their commands."""

import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules"
RULE_TESTS = ROOT / "deploy" / "prometheus" / "tests"
RUNBOOKS = ROOT / "deploy" / "runbooks"
LOOK, OVER = 1, 3   # of SECTIONS: what stands there changes nothing
SECTIONS = {
    "vi": ["Ý nghĩa", "Xem", "Xử lý", "Khi nào xong", "Gọi ai"],
    "en": ["What it means", "Look", "Act", "When it is over", "Whom to call"],
}
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\$\{(\w+):\?\}")


def alerts():
    """{name: rule} of all alerts."""
    return {rule["alert"]: rule for path in sorted(RULES.glob("*.yml"))
            for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
            for rule in group["rules"] if "alert" in rule}


def names(language):
    """The alerts that have a page in a language."""
    return {path.stem for path in (RUNBOOKS / language).glob("*.md")}


def sections(name, language):
    """[(title, text)] of a page."""
    text = (RUNBOOKS / language / f"{name}.md").read_text("utf-8")
    parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def commands(name, language="en", only=None):
    """The blocks of a page in their order; `only`: those of these sections, by their index."""
    found = enumerate(sections(name, language))
    return [block for index, (_, text) in found if only is None or index in only
            for block in BLOCK.findall(text)]


def beginning():
    """The block of README.md that is run before any page's."""
    block, = BLOCK.findall((RUNBOOKS / "README.md").read_text("utf-8"))
    return block
