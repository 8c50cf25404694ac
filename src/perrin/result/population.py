"""`Population`: how alpha and D_frame are spread over all tracks together, short ones included."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final, final

import polars as pl

from perrin.result.stored import ResultFormat, Stored
from perrin.result.table import COUNT, FRAME_DIFFUSION, NUMBER, RATIO, TEXT, Column, TableSchema, with_interval
from perrin.tracks import Units, html
from perrin.types import Json

_WEIGHTS: Final[dict[str, Column]] = {
    **with_interval("tracks", RATIO), **with_interval("jumps", RATIO), **with_interval("particles", RATIO),
}  # fmt: skip
LAWS: Final = TableSchema(
    "population", {"condition": TEXT, "part": TEXT, "alpha": RATIO, "D_frame": FRAME_DIFFUSION, **_WEIGHTS}
)
MODES: Final = TableSchema(
    "modes",
    {
        "condition": TEXT, "mode": COUNT, "D_from": FRAME_DIFFUSION, "D_to": FRAME_DIFFUSION,
        **with_interval("D_frame", FRAME_DIFFUSION), **with_interval("alpha", RATIO), **_WEIGHTS, "support": RATIO,
    },
)  # fmt: skip
REPLICATES: Final = TableSchema(
    "replicates", {"condition": TEXT, "replicate": TEXT, "n_tracks": COUNT, "quantity": TEXT, "value": NUMBER}
)
COMPARISONS: Final = TableSchema(
    "comparisons",
    {
        "quantity": TEXT, "condition": TEXT, "other": TEXT, "replicates": COUNT, "other_replicates": COUNT,
        "mean": NUMBER, "other_mean": NUMBER, **with_interval("difference", NUMBER), "p": RATIO,
    },
)  # fmt: skip


@final
@dataclass(frozen=True)
class PopulationFacts:
    """What a population was estimated from and under which assumptions.

    Attributes:
        reason: why there is no distribution; empty where there is one.
        n_tracks, n_bad, n_single, n_eligible, n_used: tracks read; contradictory ones; those with a single position
            (or too few); those that qualify; those of them that were used (a fair sample where there are very many).
        n_jumps: increments of the tracks that qualify.
        dt: the step that D_frame refers to.
        alpha: where it was given.
        sigma, sigma_lo, sigma_hi, sigma_source: localisation error; source as in the tracks table, or `shared` where
            it was found from the population itself. The interval is that of `shared` and `pooled`.
        resolution: D_frame below which a particle does not move beyond its localisation error within a typical track.
        draws: bootstrap samples of the tracks.
        focal_depth: by which `particles` is corrected.
        warnings: what to beware of, in sentences.
    """

    reason: str = ""
    n_tracks: int = 0
    n_bad: int = 0
    n_single: int = 0
    n_eligible: int = 0
    n_used: int = 0
    n_jumps: int = 0
    dt: float | None = None
    alpha: float | None = None
    sigma: float | None = None
    sigma_lo: float | None = None
    sigma_hi: float | None = None
    sigma_source: str | None = None
    resolution: float | None = None
    draws: int = 0
    focal_depth: float | None = None
    warnings: tuple[str, ...] = ()


@final
@dataclass(frozen=True, eq=False)
class Population:
    """The distribution of (alpha, D_frame) over the tracks, its modes, and how conditions differ in it.

    Attributes:
        laws: fractions of tracks, jumps and particles: jointly over (alpha, D_frame), over each alone, and at rest.
        modes: the hills of the distribution over D_frame, numbered from 1 by rising D_frame; 0 is immobile.
        replicates: mean log10 D_frame, mean alpha, immobile fraction and fraction of each mode, for each replicate.
        comparisons: pairs of conditions, each replicate counting as one observation.
        units: of every length and time; D_frame is in length²/time.
        facts: what it was estimated from.
    """

    laws: pl.DataFrame
    modes: pl.DataFrame
    replicates: pl.DataFrame
    comparisons: pl.DataFrame
    units: Units
    facts: PopulationFacts

    def __repr__(self) -> str:
        f = self.facts
        return f"Population({f.reason or f'{f.n_used:,} tracks, {self.main_modes().height} modes'})"

    def _repr_html_(self) -> str:
        columns = ("mode", "D_frame", "alpha", "tracks", "tracks_lo", "tracks_hi", "jumps", "particles")
        together = self.modes.filter(pl.col("condition").is_null())
        told = {"tracks read": self.facts.n_tracks, "tracks used": self.facts.n_used, "increments": self.facts.n_jumps}
        beware = "".join(html.described(word) for word in self.facts.warnings)
        return html.described(repr(self), html.facts(told), html.first_rows(together, columns), beware)

    @classmethod
    def none(cls, facts: PopulationFacts, units: Units) -> Population:
        """An empty one; `facts.reason` says why."""
        laws, modes, replicates, comparisons = (schema.empty() for schema in (LAWS, MODES, REPLICATES, COMPARISONS))
        return cls(laws, modes, replicates, comparisons, units, facts)

    def main_modes(self) -> pl.DataFrame:
        """The modes of all conditions together, without the immobile one."""
        return self.modes.filter(pl.col("condition").is_null(), pl.col("mode") > 0)

    def immobile(self) -> pl.DataFrame:
        """The immobile fraction of all conditions together: one row of `modes`, none where there is no distribution."""
        return self.modes.filter(pl.col("condition").is_null(), pl.col("mode") == 0)

    def part(self, name: str, condition: str | None = None) -> pl.DataFrame:
        """Rows of `laws`: part 'joint', 'D_frame', 'alpha' or 'rest', of one condition or of all together."""
        same = pl.col("condition").is_null() if condition is None else pl.col("condition") == condition
        return self.laws.filter(same, pl.col("part") == name)

    def conditions(self) -> list[str]:
        """The conditions that have a distribution of their own."""
        return self.laws["condition"].drop_nulls().unique(maintain_order=True).to_list()

    def as_json(self) -> Json:
        """All but the laws, as plain values: for run.json and the metadata."""
        return {
            **asdict(self.facts), "warnings": list(self.facts.warnings),
            "modes": self.modes.to_dicts(), "replicates": self.replicates.to_dicts(),
            "comparisons": self.comparisons.to_dicts(),
        }  # fmt: skip

    def write(self, folder: str | Path) -> None:
        """Write population.parquet: `laws`, with everything else and the units in the metadata."""
        FORMAT.write(folder, Stored({LAWS.name: self.laws}, self.units, self.as_json()))


_FACTS: Final = tuple(field.name for field in fields(PopulationFacts))
_IN_METADATA: Final = (MODES, REPLICATES, COMPARISONS)
FORMAT: Final = ResultFormat(
    "a population", "perrin analyze", (LAWS,),
    entries=("format", "length_unit", "time_unit", "units", *_FACTS, *(schema.name for schema in _IN_METADATA)),
)  # fmt: skip


def read_population(folder: Path) -> Population:
    """Read what `Population.write` wrote; raises InputError naming the file where it is missing, damaged or too new."""
    return FORMAT.read(folder, _from_stored)


def _from_stored(stored: Stored) -> Population:
    facts = {name: stored.metadata[name] for name in _FACTS}
    return Population(
        laws=stored.tables[LAWS.name], units=stored.units,
        facts=PopulationFacts(**facts | {"warnings": tuple(facts["warnings"])}),
        **{schema.name: schema.from_rows(stored.metadata[schema.name]) for schema in _IN_METADATA},
    )  # fmt: skip
