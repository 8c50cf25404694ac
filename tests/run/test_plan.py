"""Chunks cover all tracks once and in order, and their borders depend on the tracks alone."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perrin.errors import InputError
from perrin.estimate.local.tamsd import Tamsd
from perrin.run.chunks import CHUNK_POINTS
from perrin.run.plan import generator, make_plan
from perrin.tracks import Tracks, Units

FULL = CHUNK_POINTS
LENGTHS = st.lists(
    st.sampled_from([0, 1, 5, 19, 20, 21, 400, FULL // 2, FULL - 1, FULL, FULL + 1, 2 * FULL + 2_000]), max_size=30
)


def still(lengths: list[int], *, shift: float = 0.0) -> Tracks:
    return Tracks.from_arrays([np.full((n, 1), shift) for n in lengths]) if lengths else empty()


def empty() -> Tracks:
    return Tracks.from_arrays([])


@settings(deadline=None, max_examples=60)
@given(LENGTHS)
def test_chunks_cover_all_tracks_once_in_order(lengths: list[int]) -> None:
    tracks = still(lengths)
    plan = make_plan(tracks, Tamsd(), 0)
    assert plan.borders[0] == 0
    assert plan.borders[-1] == len(tracks)
    assert all(a < b for a, b in pairwise(plan.borders)) or not lengths
    assert len(plan) >= 1, "even no tracks make one chunk, and so two empty tables"
    ids = pl.concat([plan.chunk(tracks, i).info["track"] for i in range(len(plan))])
    assert ids.to_list() == tracks.info["track"].to_list()


@settings(deadline=None, max_examples=60)
@given(LENGTHS)
def test_chunks_are_closed_as_soon_as_they_are_full(lengths: list[int]) -> None:
    plan = make_plan(still(lengths), Tamsd(), 0)
    work = np.maximum(lengths, 20) if lengths else np.zeros(0)
    for low, high in pairwise(plan.borders):
        assert work[low : max(high - 1, low)].sum() < 2 * FULL


@settings(deadline=None, max_examples=30)
@given(LENGTHS, st.integers(0, 2**31))
def test_borders_depend_on_the_tracks_alone(lengths: list[int], seed: int) -> None:
    plan = make_plan(still(lengths), Tamsd(), 0)
    assert make_plan(still(lengths, shift=2.0), Tamsd(window=9, lags=(1, 5)), seed).borders == plan.borders


@pytest.mark.parametrize(("tracks", "chunks"), [(1, 1), (30, 3), (100, 8), (800, 8), (4_000, 40)])
def test_few_tracks_are_shared_out_and_many_fill_their_chunks(tracks: int, chunks: int) -> None:
    """Tracks of 100 points: 1,000 points a chunk at least, 10,000 at most, else an eighth of all."""
    assert len(make_plan(still([100] * tracks), Tamsd(), 0)) == chunks


def test_the_fingerprint_tells_runs_apart() -> None:
    rng = np.random.default_rng(1)
    paths = [rng.standard_normal((12, 2)) for _ in range(3)]
    tracks = Tracks.from_arrays(paths)
    nudged = [paths[0], paths[1], paths[2] + np.eye(12, 2) * 1e-12]
    plans = [
        make_plan(tracks, Tamsd(), 0),
        make_plan(tracks, Tamsd(), 1),
        make_plan(tracks, Tamsd(window=11), 0),
        make_plan(Tracks.from_arrays(nudged), Tamsd(), 0),
        make_plan(Tracks.from_arrays(paths, interval=0.5), Tamsd(), 0),
        make_plan(Tracks.from_arrays(paths, ids=["a", "b", "c"]), Tamsd(), 0),
        make_plan(Tracks.from_arrays(paths, units=Units("µm", "s")), Tamsd(), 0),
        make_plan(Tracks.from_arrays(paths, sigma=[np.ones((12, 2))] * 3), Tamsd(), 0),
        make_plan(tracks.select([0, 1]), Tamsd(), 0),
    ]
    assert len({plan.fingerprint for plan in plans}) == len(plans)
    assert make_plan(Tracks.from_arrays(paths), Tamsd(), 0) == plans[0]


def test_each_chunk_has_a_generator_of_its_own() -> None:
    plan = make_plan(still([FULL - 1_000] * 6), Tamsd(), 7)
    drawn = [generator(plan.seed, i).random() for i in range(len(plan))]
    assert len(set(drawn)) == len(plan) > 2
    assert drawn == [generator(plan.seed, i).random() for i in range(len(plan))]


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="the seed cannot be -3"):
        make_plan(still([10]), Tamsd(), -3)
