"""What a user reads is collected in one file."""

from tests.helpers.sentences import COLLECTED, collected


def test_the_collected_sentences_are_those_of_the_source() -> None:
    assert COLLECTED.read_text(encoding="utf-8") == collected(), "run python -m tests.helpers.sentences"
