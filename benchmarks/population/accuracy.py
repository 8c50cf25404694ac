"""How far from the truth, and how fast: perrin and `saspt` on the same tracks, told the same."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Final

import numpy as np

from benchmarks import peers
from benchmarks.population.truth import ANOMALOUS, DT, MIXTURES, SIGMA, KnownMixture
from perrin.estimate.population import PopulationEstimator
from perrin.result import Population
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json

TRACKS: Final = 2000
ANOMALOUS_TRACKS: Final = 1000
SPEED_TRACKS: Final = 10_000
SEEDS: Final = {"no error": 4, "error known": 4, "error unknown": 2}


def run() -> list[Json]:
    """Mean Wasserstein distance in decades of D_frame (and in alpha), jumps counted, over seeds, for every cell.

    The truth is the mixture that the jumps at hand were drawn from, kind by kind, so that the chance of the draw counts
    against neither.
    """
    cells = []
    for error, seeds in SEEDS.items():
        for name, mixture in MIXTURES.items():
            rows = [_brownian(mixture, error, seed) for seed in range(seeds)]
            cells.append({"mixture": name, "error": error, "alpha": "given", "tracks": TRACKS, **_means(rows)})
    for error in ("no error", "error known"):
        for name, mixture in ANOMALOUS.items():
            rows = [_anomalous(mixture, error, seed) for seed in range(2)]
            cells.append({"mixture": name, "error": error, "alpha": "free", "tracks": ANOMALOUS_TRACKS, **_means(rows)})
    return cells


def speed() -> list[Json]:
    """Processor seconds for three kinds, one thread, both told the same; perrin without and with its 100 resamples."""
    rows = []
    for error, alpha in (("error known", 1.0), ("error unknown", 1.0), ("error known", None)):
        count = SPEED_TRACKS if alpha else ANOMALOUS_TRACKS
        tracks, _ = MIXTURES["three kinds"].draw(count, SIGMA, seed=0)
        known = SIGMA if error == "error known" else None
        options = {} if known is None else {"loc_errors": np.array([known])}
        theirs = _saspt(tracks, likelihood="rbme" if alpha else "fbme", **options)
        rows.append({
            "error": error, "alpha": "given" if alpha else "free", "tracks": count,
            "perrin": min(_ours(tracks, sigma=known, alpha=alpha, draws=0)[1] for _ in range(3)),
            "perrin with bands": _ours(tracks, sigma=known, alpha=alpha, draws=100)[1],
            "saspt": theirs.seconds_per_item * count,
        })  # fmt: skip
    return rows


def jumps_over_d(population: Population) -> tuple[FloatArray, FloatArray]:
    """D_frame and the fractions of jumps; what is at rest counts at the slowest value."""
    marginal = population.part("D_frame")
    weights = marginal["jumps"].to_numpy().copy()
    weights[0] += float(population.part("rest")["jumps"].sum())
    return marginal["D_frame"].to_numpy(), weights


def _error_given(error: str) -> tuple[float, float | None]:
    """The error that there is, and what is told of it."""
    return {"no error": (0.0, 0.0), "error known": (SIGMA, SIGMA), "error unknown": (SIGMA, None)}[error]


def _brownian(mixture: KnownMixture, error: str, seed: int) -> Json:
    sigma, told = _error_given(error)
    tracks, truth = mixture.draw(TRACKS, sigma, seed)
    found, _ = _ours(tracks, sigma=told, alpha=1.0, draws=0)
    options = {} if told is None else {"loc_errors": np.array([told])}
    theirs = _saspt(tracks, likelihood="rbme", **options).values
    marginal = theirs["posterior"][0].sum(axis=1)
    return {
        "perrin": truth.distance(*jumps_over_d(found)),
        "saspt": truth.distance(theirs["axis_0"][0], marginal),
    }  # fmt: skip


def _anomalous(mixture: KnownMixture, error: str, seed: int) -> Json:
    sigma, told = _error_given(error)
    tracks, truth = mixture.draw(ANOMALOUS_TRACKS, sigma, seed)
    found, _ = _ours(tracks, sigma=told, alpha=None, draws=0)
    theirs = _saspt(tracks, likelihood="fbme", loc_errors=np.array([told])).values
    occupied = theirs["posterior"][0].sum(axis=2)
    alpha = found.part("alpha")
    return {
        "perrin": truth.distance(*jumps_over_d(found)),
        "saspt": truth.distance(theirs["axis_0"][0], occupied.sum(axis=1)),
        "perrin, alpha": truth.distance_in_alpha(alpha["alpha"].to_numpy(), alpha["jumps"].to_numpy()),
        "saspt, alpha": truth.distance_in_alpha(2 * theirs["axis_1"][0], occupied.sum(axis=0)),
    }


def _ours(tracks: Tracks, **settings: float | None) -> tuple[Population, float]:
    """The population and the processor seconds that it took."""
    estimator = PopulationEstimator(**settings)  # type: ignore[arg-type]
    start = process_time()
    found = estimator.estimate(estimator.sample(tracks))
    return found, process_time() - start


def _saspt(tracks: Tracks, **options: object) -> peers.PeerResult:
    arrays: dict[str, object] = {
        "positions": tracks.positions, "track": np.repeat(np.arange(len(tracks)), tracks.lengths),
        "frame": np.round(tracks.times / DT).astype(np.int64), "frame_interval": DT, **options,
    }  # fmt: skip
    return peers.run("saspt", "occupations", arrays)  # type: ignore[arg-type]


def _means(rows: list[Json]) -> Json:
    mean: Callable[[str], float] = lambda key: round(float(np.mean([row[key] for row in rows])), 4)  # noqa: E731
    return {key: mean(key) for key in rows[0]} | {"seeds": len(rows)}
