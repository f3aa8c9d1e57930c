"""The commands of the installation page, by the names that stand before their blocks."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "deploy" / "packages" / "README.md"
BLOCK = re.compile(r"^(?:<!-- run: (\w+) -->\n)?```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text=None):
    """([text of each block that is only shown], {name: text of each block that is run})."""
    shown, run = [], {}
    for name, commands in BLOCK.findall(text or PAGE.read_text(encoding="utf-8")):
        if not name:
            shown.append(commands)
        elif name in run:
            raise ValueError(f"two blocks are named {name}")
        else:
            run[name] = commands
    return shown, run
