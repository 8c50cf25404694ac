"""The judges of simulated truth: right noise passes as often as stated, wrong noise does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.linalg import cholesky, toeplitz
from scipy.stats import kstest

from benchmarks import peers
from benchmarks.simulate import covariance, figures, lags, speed
from perrin.processes import increment_autocovariance
from perrin.simulate import fractional_gaussian_noise
from perrin.types import FloatArray, Json

N = 64


def factor(hurst: float) -> FloatArray:
    return cholesky(toeplitz(covariance.correlation(hurst, N)), lower=True)


def noise(hurst: float, seed: int, paths: int = 2000) -> FloatArray:
    return fractional_gaussian_noise(hurst, N, paths=paths, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("hurst", [0.02, 0.5, 0.98])
def test_the_bare_formula_is_the_house_formula(hurst: float) -> None:
    house = increment_autocovariance(np.array([hurst]), 4096, 0.0)[0]
    np.testing.assert_allclose(covariance.correlation(hurst, 4096), house, atol=1e-12)


@pytest.mark.parametrize("hurst", [0.1, 0.9])
def test_p_values_of_right_noise_are_uniform(hurst: float) -> None:
    found = [covariance.p_values(noise(hurst, seed, 100), hurst, factor(hurst))[1] for seed in range(300)]
    for name in found[0]:
        assert kstest([p[name] for p in found], "uniform").pvalue > 1e-3, name


@pytest.mark.parametrize(
    ("wrong", "by"),
    [
        (lambda x: 1.02 * x, "quadratic form"),
        (lambda x: x + 0.3 * np.random.default_rng(0).standard_normal((len(x), 1)), "end to end"),
        (lambda x: noise(0.67, 1), "innovations uncorrelated"),
    ],
    ids=["2 % too large", "a common offset", "H off by .03"],
)
def test_wrong_noise_is_found(wrong: Any, by: str) -> None:
    _, right = covariance.p_values(noise(0.7, 0), 0.7, factor(0.7))
    assert min(right.values()) > covariance.SMALLEST
    _, found = covariance.p_values(wrong(noise(0.7, 0)), 0.7, factor(0.7))
    assert found[by] < covariance.SMALLEST


def test_the_scatter_of_a_mean_square_is_the_stated_one() -> None:
    n, paths = 3000, 400
    x = fractional_gaussian_noise(0.8, n, paths=paths, rng=np.random.default_rng(2))
    expected, deviation = lags.mean_squares(0.8, n)
    for i, k in enumerate(lags.LAGS):
        squares = np.mean((x[:, k:] - x[:, :-k]) ** 2, axis=1)
        assert abs(squares.mean() - expected[i]) < 4 * deviation[i] / np.sqrt(paths)
        assert squares.std() == pytest.approx(deviation[i], rel=4 / np.sqrt(2 * paths))


def peer(name: str, task: str, given: Mapping[str, Any], **_: object) -> peers.PeerResult:
    """Every peer draws right noise but torchfbm, which doubles it, and fbm, which fails."""
    if name == "fbm":
        raise peers.PeerError("fbm (fgn) took longer than 60 s")
    rng = np.random.default_rng(int(given["seed"]))
    x = fractional_gaussian_noise(given["hurst"], int(given["n"]), paths=int(given["paths"]), rng=rng)
    return peers.PeerResult({"increments": x * (1 + (name == "torchfbm"))}, 1e-6, "9", ("said",))


def test_the_table_judges_everybody_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "run", peer)
    monkeypatch.setattr(covariance, "LENGTHS", (20,))
    monkeypatch.setattr(covariance, "NUMBERS", 20_000)
    result = covariance.run()
    agrees = {name: [r["agrees"] for r in result["cells"] if r["generator"] == name] for name in covariance.GENERATORS}
    assert result["met"]
    assert all(agrees["perrin"])
    assert all(agrees["stochastic"])
    assert not any(agrees["torchfbm"])
    assert not any(agrees["fbm"])
    assert {r["remark"] for r in result["cells"] if r["generator"] == "fbm"} == {"fbm (fgn) took longer than 60 s"}


def test_a_million_increments_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "run", peer)
    monkeypatch.setattr(lags, "LENGTH", 5000)
    result = lags.run()
    agrees = {name: [r["agrees"] for r in result["cells"] if r["generator"] == name] for name in lags.GENERATORS}
    assert result["met"]
    assert all(agrees["perrin"])
    assert not any(agrees["torchfbm"])


def test_values_that_are_not_numbers_never_agree() -> None:
    cell = covariance._row("x", 0.5, N, np.full((3, N), np.nan), factor(0.5), "")
    assert not cell["agrees"]
    assert cell["remark"] == "values that are not numbers"


def test_the_bound_does_the_work_of_a_path() -> None:
    paths = speed.bound(100, 700, np.random.default_rng(0))
    assert paths.shape == (700, 101)
    assert not paths[:, 0].any()
    assert np.all(np.diff(paths, axis=1) != 0)


def test_ours_needs_a_source_of_random_numbers_in_every_call() -> None:
    with pytest.raises(TypeError, match="rng"):
        fractional_gaussian_noise(0.7, 10, paths=1)  # type: ignore[call-arg]


def test_the_figure_shows_covariance_and_speed() -> None:
    cell: Json = {"generator": "perrin", "n": 4096, "H": 0.5, "p": {"quadratic form": 0.3}}
    silent: Json = {"generator": "fbm", "n": 4096, "H": 0.9}
    row = {"H": "shared", "n": 512, "microseconds a path": {"perrin": 7.0, "stochastic, noise": 30.0}}
    drawn = figures({
        "covariance": {"cells": [cell, silent]}, "speed": {"rows": [row, {**row, "H": "own"}]},
    })["simulate"]  # fmt: skip
    lines = {trace.name: list(trace.y) for trace in drawn.data if trace.type == "scatter"}
    assert lines["perrin"] == [0.3]
    assert lines["fbm"] == []
    assert {tuple(trace.x) for trace in drawn.data if trace.type == "bar"} == {(30.0, 7.0)}
