"""What the last record says, for cells whose files are gone: hours of work are not done twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

from benchmarks.wavelets import learner_runs, table
from benchmarks.wavelets.learner_runs import LearnerRun
from perrin.types import Json


@final
@dataclass(frozen=True)
class PreviousRecord:
    """The last record, empty where there is none."""

    record: Json

    def has(self, cell: LearnerRun) -> bool:
        """Whether the record has the row of this cell, and of every mean it is part of, of all its training sets."""
        if cell.simulated != learner_runs.LENGTH:
            return table.named(cell.learner, cell.size) in self.record.get(table.YARDSTICK, {})
        every = set(learner_runs.all_runs())
        means = (
            name
            for name, members in table.MEANS.items()
            if cell.learner in members and all(replace(cell, learner=member) in every for member in members)
        )
        return all(self._complete(cell, name) for name in (cell.learner, *means))

    def curves(self, now: Json) -> Json:
        """`now`, and every row of the record of which `now` has not as many training sets."""
        found: Json = {}
        for dimension, learners in now.items():
            found[dimension] = {}
            for name, route in table.ROUTES.items():
                rows = {}
                for size in map(str, (*learner_runs.SIZES, learner_runs.LARGEST)):
                    new, old = learners.get(name, {}).get(size, {}), self._row(dimension, name, size)
                    if new or old:
                        rows[size] = max((new, old), key=lambda row: row.get("seeds", 0))
                if rows:
                    found[dimension][name] = {"route": route, **rows}
        return found

    def yardstick(self, now: Json) -> Json:
        """`now` over the record's."""
        return {**self.record.get(table.YARDSTICK, {}), **now}

    def beads(self, now: Json) -> Json:
        """`now`, or the record's where they were not run."""
        return self.record.get("beads", now) if "not run" in now else now

    def _complete(self, cell: LearnerRun, name: str) -> bool:
        row = self._row(f"{cell.dimension}-D", name, str(cell.size))
        return bool(row) and row["seeds"] == len(learner_runs.seeds(cell.size))

    def _row(self, dimension: str, learner: str, size: str) -> Json:
        row: Json = self.record.get("curves", {}).get(dimension, {}).get(learner, {}).get(size, {})
        return row
