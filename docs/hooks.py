"""What the site shows of files that come and go: the list of decisions, and figures of the benchmarks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

_FIGURE = re.compile(r"\]\(((?:\.\./)+)(benchmarks/[\w./-]+\.(?:svg|png))\)")
"""A figure as a page names it in the repository, so that it shows there too."""


def on_files(files: Files, *, config: Any) -> Files:
    """Take into the site those figures of the benchmarks that its pages show."""
    root = Path(config["config_file_path"]).parent
    named = {found[2] for page in files.documentation_pages() for found in _FIGURE.finditer(page.content_string)}
    for figure in sorted(named):
        if (root / figure).exists():  # of others mkdocs says that the link leads nowhere
            files.append(File.generated(config, figure, abs_src_path=str(root / figure)))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Point at the figures where they lie in the site; list the decisions on their page."""
    up = "../" * page.file.src_uri.count("/")
    markdown = _FIGURE.sub(rf"]({up}\2)", markdown)
    if page.file.src_uri != "decisions/index.md":
        return markdown
    lines = []
    for path in sorted((Path(config["docs_dir"]) / "decisions").glob("0*.md")):
        title = re.sub(r"^#\s*(\d+[.:]\s*)?", "", path.read_text(encoding="utf-8").splitlines()[0])
        lines.append(f"- [{int(path.name[:4])}: {title}]({path.name})")
    return markdown + "\n" + "\n".join(lines) + "\n"
