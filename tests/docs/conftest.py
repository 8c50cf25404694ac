from cli.conftest import perrin, server  # noqa: F401 - the command as a fixture
