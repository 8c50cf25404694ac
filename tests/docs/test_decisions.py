"""The records of decisions have one form, the index has all of them, and what is said of one leads to one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.helpers.pages import ROOT, blocks

FOLDER = ROOT / "docs" / "decisions"
INDEX = FOLDER / "index.md"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
FORM = re.compile(
    r"# (?P<number>\d{4})\. (?P<title>\S.*)\n"
    r"\n- Status: (?P<status>.+)"
    r"\n- Date: (?P<date>.+)\n"
    r"\n## Context\n\n(?P<context>.+)"
    r"\n## Decision\n\n(?P<decision>.+)"
    r"\n## Consequences\n\n(?P<consequences>.+)",
    re.DOTALL,
)
STATUS = re.compile(r"accepted|(?:amended|superseded) by \[(?P<number>\d{4})\]\((?P<file>[^)]+)\)")
MENTION = re.compile(r"\bdecisions?[ /](\d+)")


def parts(text: str) -> dict[str, str]:
    """The parts of a record, of which only the last three may have more than one line."""
    found = FORM.fullmatch(text)
    assert found is not None, "the form of a record is in docs/decisions/index.md"
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    named = found.groupdict()
    assert not any("\n" in named[name] for name in ("title", "status", "date"))
    return named


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.name[:4])
def test_a_record_has_number_title_status_and_date(path: Path) -> None:
    record = parts(path.read_text("utf-8"))
    assert path.name.startswith(record["number"] + "-")
    assert "|" not in record["title"], "the title is a cell of the index"
    assert STATUS.fullmatch(record["status"]), record["status"]
    assert date.fromisoformat(record["date"]).isoformat() == record["date"]


def test_no_two_records_have_one_number() -> None:
    assert len({path.name[:4] for path in RECORDS}) == len(RECORDS) > 40


def test_a_later_record_exists_and_links_back() -> None:
    pairs = 0
    for path in RECORDS:
        later = STATUS.fullmatch(parts(path.read_text("utf-8"))["status"])
        if later is None or later["file"] is None:
            continue
        pairs += 1
        assert later["file"].startswith(later["number"] + "-"), path.name
        assert FOLDER / later["file"] in set(RECORDS) - {path}, path.name
        assert f"]({path.name})" in (FOLDER / later["file"]).read_text("utf-8"), later["file"]
    assert pairs > 0


def test_the_index_lists_all_records() -> None:
    spec = spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    hooks = module_from_spec(spec)
    spec.loader.exec_module(hooks)
    page = SimpleNamespace(file=SimpleNamespace(src_uri="decisions/index.md"))
    shown = hooks.on_page_markdown(INDEX.read_text("utf-8"), page=page, config={"docs_dir": str(ROOT / "docs")})
    rows = re.findall(r"^\| (\d{4}) \| \[(.+)\]\((\S+)\) \| (.+) \| (.+) \|$", shown, re.MULTILINE)
    records = [parts(path.read_text("utf-8")) for path in RECORDS]
    assert rows == [
        (record["number"], record["title"], path.name, record["status"], record["date"])
        for record, path in zip(records, RECORDS, strict=True)
    ]


def test_the_template_has_the_form() -> None:
    [template] = [text for language, text in blocks(INDEX) if language == "markdown"]
    assert STATUS.fullmatch(parts(template.replace("NNNN", "0000"))["status"])


def test_decisions_that_are_spoken_of_exist() -> None:
    known = {int(path.name[:4]) for path in RECORDS}
    mentions = [(path, int(number)) for path in _texts() for number in MENTION.findall(path.read_text("utf-8"))]
    assert len(mentions) > 5
    lost = [(str(path.relative_to(ROOT)), number) for path, number in mentions if number not in known]
    assert lost == [], "chapters of docs/notebook-mfbm.md are named as such"


def _texts() -> Iterator[Path]:
    """What people read of the repository, source and tests included."""
    yield from ROOT.glob("*.md")
    yield ROOT / "benchmarks" / "README.md"
    for folder in ("docs", "src", "tests"):
        for ending in ("md", "py", "toml"):
            yield from (path for path in (ROOT / folder).rglob(f"*.{ending}") if path != INDEX)
