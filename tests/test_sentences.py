"""What a user reads is collected in one file, in plain American English."""

import re
from pathlib import Path

import pytest

from tests.helpers.sentences import COLLECTED, collected, pages

UNPLAIN = re.compile(
    r"\b(?:"
    r"(?<!there )(?:is|are) no (?!longer|more)\w+|is (?:gone|not there)|makes? no sense|beyond (?:all|any)|at rest"
    r"|there is no (?:method|file|option|figure|format|filter|model|learner|recipe)"
    r"|anew|mend(?:s|ed)?|shall|seldom|whilst|thereof|beware|errs|surer|surely|unforeseen|nobody|begun|for ever"
    r"|leave (?:it|them|--\S+) (?:out|away)|taken? away|taken for granted|of this machine|on this machine|of one's own"
    r"|(?:is|are|be|was|were|which) told|tells? apart|hangs? on|stands? for|without a word|by lot|cannot bear"
    r"|whose truth|holds? the truth|the truth of|bec(?:o|a)me of"
    r"|(?:one|row|mark|file|number)s? an? (?:track|class|window|point|frame|state|axis)"
    r")\b",
    re.IGNORECASE,
)
"""Idioms and words that stop a reader for whom English is a foreign language."""
BRITISH = re.compile(
    r"localis(?:e|ation)|analys(?:e|ed|ing)\b|colour|recognis|generalis|labelled|neighbour|\bgrey|licence|randomis"
    r"|normalis|behaviour|\bcentre|modelled|cancelled|learnt|catalogue|artefact|summaris|optimis(?:e|ation)",
    re.IGNORECASE,
)
INSIDE = {"architecture.md", "notebook-mfbm.md"}
"""Pages for those who work on perrin, whose idioms are still there."""


def prose(path: Path) -> str:
    """A page without its code, its links and what programs write into it."""
    left_out = r"```.*?```|`[^`\n]*`|\]\([^)]*\)|<!-- \w+: .*?<!-- end -->"
    return re.sub(left_out, "…", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [line for line in text.splitlines() if pattern.search(line)]


def test_the_collected_sentences_are_those_of_the_source() -> None:
    assert COLLECTED.read_text(encoding="utf-8") == collected(), "run python -m tests.helpers.sentences"


@pytest.mark.parametrize(
    "text",
    ["is no regular file", "Mend that row.", "Leave it away.", "Of this machine", "begin anew", "one row a track"],
)
def test_idioms_are_found(text: str) -> None:
    assert found(UNPLAIN, text)


@pytest.mark.parametrize("pattern", [UNPLAIN, BRITISH], ids=["idioms", "spelling"])
def test_sentences_are_plain(pattern: re.Pattern[str]) -> None:
    assert found(pattern, COLLECTED.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_pages_are_plain(path: Path) -> None:
    text = prose(path)
    assert found(BRITISH, text) == []
    assert bool(found(UNPLAIN, text)) == (path.name in INSIDE), "a page without idioms leaves INSIDE"
