"""`python docs/numbers`: the numbers of the pages, from what `python -m benchmarks` measured."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import scale
import tandem

ROOT: Final = Path(__file__).parents[2]
PAGES: Final[dict[str, tuple[str, dict[str, Callable[[dict[str, Any]], str]]]]] = {
    "scale.md": ("scale.json", scale.BLOCKS),
    "which-estimator.md": ("tandem.json", tandem.BLOCKS),
}
"""Page: the result it draws on, and what goes between which of its marks."""


def filled(text: str, blocks: dict[str, Callable[[dict[str, Any]], str]], result: dict[str, Any]) -> str:
    """A page with the numbers of a result between its marks, `<!-- NAME: … -->` and `<!-- end -->`."""
    for name, block in blocks.items():
        marked = re.compile(f"(<!-- {name}: [^>]*-->\n).*?(\n<!-- end -->)", re.DOTALL)
        new = block(result).replace("\\", r"\\")
        text = marked.sub(rf"\g<1>{new}\g<2>", text)
    return text


def main() -> None:
    """Write the pages whose results are there."""
    for name, (source, blocks) in PAGES.items():
        page, result = ROOT / "docs" / name, ROOT / "benchmarks" / "results" / source
        if result.exists():
            found = json.loads(result.read_text(encoding="utf-8"))
            page.write_text(filled(page.read_text(encoding="utf-8"), blocks, found), encoding="utf-8")


if __name__ == "__main__":
    main()
