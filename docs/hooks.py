"""What the site shows of files that come and go: the list of decisions, and pages that not every version has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_SOMETIMES = {"which-estimator.md": ("Start", "my-file-is.md")}
"""Pages that are put behind another one where they exist."""


def on_config(config: Any) -> Any:
    """Put pages into the navigation that are there."""
    for page, (section, before) in _SOMETIMES.items():
        if (Path(config["docs_dir"]) / page).exists():
            pages = next(entry[section] for entry in config["nav"] if section in entry)
            if page not in pages:
                pages.insert(pages.index(before) + 1, page)
    return config


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """List the decisions on their page."""
    if page.file.src_uri != "decisions/index.md":
        return markdown
    lines = []
    for path in sorted((Path(config["docs_dir"]) / "decisions").glob("0*.md")):
        title = re.sub(r"^#\s*(\d+[.:]\s*)?", "", path.read_text(encoding="utf-8").splitlines()[0])
        lines.append(f"- [{int(path.name[:4])}: {title}]({path.name})")
    return markdown + "\n" + "\n".join(lines) + "\n"
