"""Sphinx configuration. The support tables are made from the declarations, at every build."""

from collections import defaultdict
from pathlib import Path

from hfcompat import __version__
from hfcompat.environment import Environment
from hfcompat.plan import Policy
from hfcompat.plugins import discover

project = "hfcompat"
author = "the hfcompat authors"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "description"
napoleon_use_ivar = True
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"hfcompat {release}"
exclude_patterns = ["_build"]


def support_tables() -> str:
    """A table a plugin, a row a patch."""
    rows = defaultdict(list)
    for plugin, patch in discover(Environment(), Policy()).offers:
        rows[plugin].append(patch)
    lines = ["# Support tables", "", "Made from the declarations; one row is one reversible patch.", ""]
    for plugin, patches in sorted(rows.items()):
        lines += [f"## {plugin}", "", "| patch | target | needed when | what breaks without it |", "|---|---|---|---|"]
        for patch in sorted(patches, key=lambda p: p.id):
            when = ", ".join(f"{name} `{text}`" if str(text) else name for name, text in patch.when.items())
            cells = (f"[{patch.id}]({patch.upstream})", f"`{patch.target}`", when, patch.reason)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


Path(__file__).with_name("support.md").write_text(support_tables())
