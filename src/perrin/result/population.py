"""`Population`: how alpha and D_frame are spread over all tracks together, short ones included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, final

import polars as pl

from perrin.errors import InputError
from perrin.tracks import Units
from perrin.types import Json

FILE_NAME: Final = "population.parquet"
_METADATA: Final = "perrin"
_VERSION: Final = 1
_F, _S, _I = pl.Float64, pl.String, pl.Int64
_WEIGHTS: Final = tuple(f"{what}{end}" for what in ("tracks", "jumps", "particles") for end in ("", "_lo", "_hi"))

LAW_SCHEMA: Final[Mapping[str, Any]] = {
    "condition": _S, "part": _S, "alpha": _F, "D_frame": _F, **dict.fromkeys(_WEIGHTS, _F),
}  # fmt: skip
MODE_SCHEMA: Final[Mapping[str, Any]] = {
    "condition": _S, "mode": _I, "D_from": _F, "D_to": _F, "D_frame": _F, "D_frame_lo": _F, "D_frame_hi": _F,
    "alpha": _F, "alpha_lo": _F, "alpha_hi": _F, **dict.fromkeys(_WEIGHTS, _F), "support": _F,
}  # fmt: skip
REPLICATE_SCHEMA: Final[Mapping[str, Any]] = {
    "condition": _S, "replicate": _S, "n_tracks": _I, "quantity": _S, "value": _F,
}  # fmt: skip
COMPARISON_SCHEMA: Final[Mapping[str, Any]] = {
    "quantity": _S, "condition": _S, "other": _S, "replicates": _I, "other_replicates": _I,
    "mean": _F, "other_mean": _F, "difference": _F, "difference_lo": _F, "difference_hi": _F, "p": _F,
}  # fmt: skip


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

    @classmethod
    def none(cls, facts: PopulationFacts, units: Units) -> Population:
        """An empty one; `facts.reason` says why."""
        schemas = (LAW_SCHEMA, MODE_SCHEMA, REPLICATE_SCHEMA, COMPARISON_SCHEMA)
        laws, modes, replicates, comparisons = (pl.DataFrame(schema=schema) for schema in schemas)
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

    def write(self, folder: Path) -> None:
        """Write population.parquet: `laws`, with everything else and the units in the metadata."""
        unit = self.units.frame_diffusion
        described = {
            "format": _VERSION, "length_unit": self.units.length, "time_unit": self.units.time,
            "units": {"alpha": "1", "D_frame": unit, **dict.fromkeys(_WEIGHTS, "1")}, **self.as_json(),
        }  # fmt: skip
        text = json.dumps(described, ensure_ascii=False)
        self.laws.write_parquet(folder / FILE_NAME, metadata={_METADATA: text})


def read_population(folder: Path) -> Population:
    """Read what `Population.write` wrote; raises InputError naming the file where it is missing or damaged."""
    path = folder / FILE_NAME
    try:
        laws = pl.read_parquet(path)
        described = json.loads(pl.read_parquet_metadata(path)[_METADATA])
        schemas = {"modes": MODE_SCHEMA, "replicates": REPLICATE_SCHEMA, "comparisons": COMPARISON_SCHEMA}
        tables = {name: pl.DataFrame(described[name], schema=schema) for name, schema in schemas.items()}
        known = {name: described[name] for name in PopulationFacts.__dataclass_fields__}
        units = Units(described["length_unit"], described["time_unit"])
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"is no table of a population ({type(error).__name__})", file=path, remedy="Run perrin analyze again."
        ) from None
    facts = PopulationFacts(**known | {"warnings": tuple(known["warnings"])})
    return Population(laws=laws, units=units, facts=facts, **tables)
