"""The tables: windows of one law, D given the true H, the published claims, and tracks that change."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.tandem.methods import curve_errors, middle_errors, of_curves, of_windows
from benchmarks.tandem.posterior import error_known, ratio_known, scale_given_hurst
from benchmarks.tandem.scenes import drifting, switching, windows
from perrin.features.window_inputs import WindowInputs
from perrin.simulate.simulated_windows import WindowPrior
from perrin.types import FloatArray, Json
from perrin.weights import load

PRIOR: Final = WindowPrior(noisy=1.0, ratio=(0.05, 1.5), even=0.5, high=0.05, high_ratio=4.0)
"""How the networks' training windows spread the ratio of error to step."""
SOURCE: Final = {0.0: 0.0764, 0.2: 0.0835, 0.5: 0.1243, 1.0: 0.2142}
"""MAE(H) of the weights that Korabel & Waigh publish, on windows like these in 2-D, by the ratio of error to step."""
CLAIM: Final = {"alpha": 0.6, "D": 1.5}
"""By how much more accurate than TAMSD the tandem is said to be."""
_MEASURES: Final = {"alpha": "MAE of H", "D": "MAE of log D", "D, relative": "mean of |D/true - 1|"}
"""What is compared; the errors of alpha are twice those of H."""
_BLOCK: Final = 256


def one_law(d: int, ratio: float, n: int) -> Json:
    """Errors of every method on windows of one law, and of exact posterior means under other information."""
    made, scene = windows(n, d, ratio, seed=3)
    rows = {name: middle_errors(each, scene) for name, each in of_windows(scene).items()}
    limits = {"ratio known": ratio_known(made, ratio)}
    if ratio:
        limits["error known, ratio as the networks were trained"] = error_known(made, ratio, PRIOR)
    else:
        limits["clean, a scale per axis"] = ratio_known(made, 0.0, per_axis=True)
    bounds = {name: round(float(np.abs(mean - made.hurst).mean()), 5) for name, mean in limits.items()}
    found: Json = {"d": d, "error over step": ratio, "windows": n, "methods": rows, "posterior mean's MAE of H": bounds}
    if d == 2:
        found["weights of the source, MAE of H"] = SOURCE[ratio]
    told = rows["tandem-lstm"]["MAE of H"]
    found["tandem-lstm over the posterior"] = {
        name: round(told / bound, 3) for name, bound in {**bounds, "exact estimator": rows["exact"]["MAE of H"]}.items()
    }
    if not ratio and "tandem-lstm-paper" in rows:
        published = rows["tandem-lstm-paper"]["MAE of H"]
        found["tandem-lstm-paper over the posterior"] = {name: round(published / b, 4) for name, b in bounds.items()}
    return found


def scale_given(d: int, ratio: float, n: int) -> Json:
    """Errors of log s², which are those of log D, given the true H: the two D-LSTMs and the closed form."""
    made, _ = windows(n, d, ratio, seed=4)
    inputs = WindowInputs.of(made.displacements, made.steps, made.errors)
    closed = scale_given_hurst(made, ratio, PRIOR)
    found = {"closed form": _mae(closed)}
    for name in ("d-lstm", "d-lstm-paper") if not ratio else ("d-lstm",):
        found[name] = _mae(_log_s2(name, inputs, made.hurst) + 2 * np.log(inputs.scale))
    ratios = {name: round(value / found["closed form"], 3) for name, value in found.items() if name != "closed form"}
    return {"d": d, "error over step": ratio, "windows": n, "MAE of log D": found, "over the closed form": ratios}


def changing(kind: str, sigma: float, n: int, length: int = 200) -> Json:
    """Errors of the whole curves alpha(t) and D(t) of every method."""
    scene = {"switching": switching, "drifting": drifting}[kind](n, length, sigma, seed=5)
    rows = {name: curve_errors(each, scene) for name, each in of_curves(scene).items()}
    return {"kind": kind, "error over typical step": sigma, "tracks": n, "positions": length, "methods": rows}


def claims(one: list[Json], other: list[Json]) -> list[Json]:
    """How much larger the errors of each TAMSD are, and whether that is what is claimed."""
    found = []
    for table in [*(row for row in one if row["d"] == 2), *other]:
        scene = f"windows of 20, error {table['error over step']:g} of a step" if "d" in table else (
            f"{table['kind']} tracks, error {table['error over typical step']:g} of a typical step"
        )  # fmt: skip
        ours = table["methods"]["tandem-lstm"]
        for name, row in table["methods"].items():
            if not name.startswith("tamsd"):
                continue
            more = {title: row[what] / ours[what] - 1 for title, what in _MEASURES.items()}
            verdict = {f"{title} holds": bool(m >= CLAIM[title.partition(",")[0]]) for title, m in more.items()}
            found.append({"simulated": scene, "against": name, **_rounded(more), **verdict})
    return found


def _log_s2(model: str, inputs: WindowInputs, hurst: FloatArray) -> FloatArray:
    session = load(model).session
    feed = dict(zip(("increments", "log_steps", "noise", "told"), inputs.arrays, strict=True))
    feed["hurst"] = hurst[:, None].astype(np.float32)
    parts = [
        session.run(None, {k: v[at : at + _BLOCK] for k, v in feed.items()})[0][:, 0]
        for at in range(0, len(hurst), _BLOCK)
    ]
    return np.concatenate(parts).astype(np.float64)


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}


def _mae(values: FloatArray) -> float:
    return round(float(np.abs(values).mean()), 5)
