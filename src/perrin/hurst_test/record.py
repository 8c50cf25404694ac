"""`run.json` of `perrin test`: what was read, how it was tested, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from perrin.problems import Problems
from perrin.result import HurstTest
from perrin.run import ChunkStore
from perrin.run.record import by_status, gap_counts, plain, record_of_input, record_of_method
from perrin.types import Json
from perrin.version import __version__

CITATIONS: Final = (
    "Szarek, Jabłoński, Krapf & Wyłomańska (2022) Multifractional Brownian motion characterization based on Hurst "
    "exponent estimation and statistical learning. Chaos 32, 083148. doi:10.1063/5.0093836",
    "Nyblom (1989) Testing for the constancy of parameters over time. Journal of the American Statistical Association "
    "84, 223. doi:10.1080/01621459.1989.10478759",
    "Benjamini & Hochberg (1995) Controlling the false discovery rate. Journal of the Royal Statistical Society B 57, "
    "289. doi:10.1111/j.2517-6161.1995.tb02031.x",
)


def make_test_record(
    store: ChunkStore,
    hurst_test: HurstTest,
    *,
    command: str,
    options: Mapping[str, Any],
    timings: Mapping[str, float],
    seed: int,
    paths: Mapping[str, str],
    plan: str,
    problems: Problems,
) -> Json:
    """The record of a run over the tracks of a chunk store as plain values. `plan` is the fingerprint of the run."""
    read = record_of_input(
        store.provenance, store.units, points=sum(store.points), tracks=store.tracks, paths=paths
    )  # fmt: skip
    record: Json = {
        "perrin": __version__,
        "command": command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "method": record_of_method(hurst_test),
        "test": {"level": hurst_test.level, "samples": hurst_test.samples, "citations": list(CITATIONS)},
        "inputs": read["inputs"],
        "options": dict(options),
        "counts": read["counts"] | gap_counts(hurst_test.tests) | {"tracks_by_status": by_status(hurst_test.tests)},
        "units": read["units"],
        "summary": hurst_test.summary(),
        "timings": {k: round(v, 3) for k, v in timings.items()},
        "seed": seed,
        "plan": plan,
        "problems": problems.as_json(),
    }
    return plain(record)  # type: ignore[no-any-return]
