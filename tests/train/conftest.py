"""A recipe small enough to train, export and run in seconds."""

import pytest

from perrin.train import Recipe
from tests.helpers.recipes import TINY


@pytest.fixture(scope="session")
def tiny():
    return Recipe.parse(TINY)
