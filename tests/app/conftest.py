"""The app on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perrin.app import Server
from tests.helpers.app import Client


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(largest=2_000_000) as running:
        running.start()
        yield running
        running.stop()


@pytest.fixture
def client(server: Server) -> Client:
    return Client(server)
