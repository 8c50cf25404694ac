"""What can go wrong, said in one line that names the place and the remedy."""

from __future__ import annotations


class PerrinError(Exception):
    """Base of every error perrin raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 2


class InputError(PerrinError):
    """The file or the call is wrong.

    Built from its parts so that no message forgets one: what is wrong, where, and what to do.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        row: int | None = None,
        column: str | None = None,
        remedy: str = "",
    ) -> None:
        self.problem, self.file, self.row, self.column, self.remedy = (
            problem,
            None if file is None else str(file),
            row,
            column,
            remedy,
        )
        place = [self.file] if self.file else []
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column!r}")
        text = (", ".join(place) + ": " if place else "") + problem
        if remedy:
            text = f"{text.rstrip('.')}. {remedy}"
        super().__init__(" ".join(text.split()))


class PluginWarning(UserWarning):
    """A package that adds something to perrin is broken, and what it adds is skipped."""


class ChangedInputError(InputError):
    """A file is no longer the one that the run began with; what is finished is kept."""


class NothingToAnalyzeError(PerrinError):
    """The input was read, but no track in it could be analysed; the message says why, per reason."""

    exit_code = 3
