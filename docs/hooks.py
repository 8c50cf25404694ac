"""What the site shows of files that come and go: the table of decisions, and figures of the benchmarks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

_FIGURE = re.compile(r"\]\(((?:\.\./)+)(benchmarks/[\w./-]+\.(?:svg|png))\)")
"""A figure as a page names it in the repository, so that it shows there too."""
_DECISION = re.compile(r"# (\d{4})\. (.+)\n\n- Status: (.+)\n- Date: (.+)\n")
"""How a record of a decision begins: number, title, status, date."""


def on_files(files: Files, *, config: Any) -> Files:
    """Take into the site those figures of the benchmarks that its pages show."""
    root = Path(config["config_file_path"]).parent
    named = {found[2] for page in files.documentation_pages() for found in _FIGURE.finditer(page.content_string)}
    for figure in sorted(named):
        if (root / figure).exists():  # of others mkdocs says that the link leads nowhere
            files.append(File.generated(config, figure, abs_src_path=str(root / figure)))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Point at the figures where they lie in the site; put the table of decisions on their page."""
    up = "../" * page.file.src_uri.count("/")
    markdown = _FIGURE.sub(rf"]({up}\2)", markdown)
    if page.file.src_uri != "decisions/index.md":
        return markdown
    return f"{markdown}\n{_decisions(Path(config['docs_dir']) / 'decisions')}\n"


def _decisions(folder: Path) -> str:
    """A table of the records, from their first lines."""
    rows = ["| | Decision | Status | Date |", "|---|---|---|---|"]
    for path in sorted(folder.glob("[0-9]*.md")):
        begins = _DECISION.match(path.read_text(encoding="utf-8"))
        if begins is None:
            raise PluginError(f"{path.name} does not begin as docs/decisions/index.md says")
        number, title, status, date = begins.groups()
        rows.append(f"| {number} | [{title}]({path.name}) | {status} | {date} |")
    return "\n".join(rows)
