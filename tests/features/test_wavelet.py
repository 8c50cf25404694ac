"""Scalograms equal PyWavelets', whatever the length, and ragged batches equal single tracks."""

import numpy as np
import pytest
import pywt
from hypothesis import given, settings
from hypothesis import strategies as st

import perrin
from perrin.errors import InputError
from perrin.features.spectra import energy, fingerprint, spectra
from perrin.features.wavelet import (
    DEFAULT,
    FAMILIES,
    REFERENCE,
    REFERENCE_SCALES,
    FilterBank,
    scalograms,
    standardized,
)


def walks(k, n, seed=0):
    return np.cumsum(np.random.default_rng(seed).standard_normal((k, n)), axis=1)


def any_bank(test):
    """Frames, scales and families as they come."""
    lengths, scales = st.integers(2, 80), st.lists(st.floats(0.1, 40.0), min_size=1, max_size=4)
    families = st.sets(st.sampled_from(FAMILIES), min_size=1)
    return settings(max_examples=15, deadline=None, derandomize=True)(given(lengths, scales, families)(test))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n", [5, 20, 100, 333])
def test_equals_pywavelets_on_the_reference_scales(family, n):
    signals = standardized(walks(4, n))
    expected = pywt.cwt(signals, np.array(REFERENCE_SCALES), family, axis=1)[0].swapaxes(0, 1)
    bank = FilterBank((family,), REFERENCE_SCALES)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(bank.transform(signals)[:, 0], expected, rtol=1e-6, atol=1e-9 * scale)
    np.testing.assert_allclose(bank.modulus(signals)[:, 0], np.abs(expected), rtol=1e-6, atol=1e-9 * scale)


@any_bank
def test_equals_pywavelets_on_any_bank(n, scales, families):
    signals = walks(2, n, seed=n)
    bank = FilterBank(tuple(sorted(families)), tuple(scales))
    found = bank.transform(signals)
    for i, family in enumerate(bank.families):
        expected = pywt.cwt(signals, np.array(scales), family, axis=1)[0].swapaxes(0, 1)
        np.testing.assert_allclose(found[:, i], expected, rtol=1e-6, atol=1e-9 * max(np.abs(expected).max(), 1e-3))


@any_bank
def test_the_path_of_steps_equals_pywavelets_on_a_track_held_at_its_ends(n, scales, families):
    signals = walks(2, n, seed=n)
    bank = FilterBank(tuple(sorted(families)), tuple(scales))
    before = 1_700  # frames: more than the longest filter reaches
    held = np.pad(signals, ((0, 0), (before, before)), mode="edge")
    for i, family in enumerate(bank.families):
        expected = pywt.cwt(held, np.array(scales), family, axis=1)[0].swapaxes(0, 1)[..., before : before + n]
        tolerance = {"rtol": 1e-6, "atol": 1e-8 * max(np.abs(expected).max(), 1e-3)}
        np.testing.assert_allclose(bank.transform_of_steps(np.diff(signals))[:, i], expected, **tolerance)
        np.testing.assert_allclose(bank.modulus_of_steps(np.diff(signals))[:, i], np.abs(expected), **tolerance)


def test_a_place_far_from_where_it_began_shows_no_ends():
    """A jump is seen where it is and not at the ends of the track."""
    places = np.where(np.arange(100) < 50, 0.0, 10.0)[None, None]
    power = energy(places, FilterBank(("cgau1",), (1.0,)))[0, 0, 0]
    assert power.argmax() in (49, 50)
    assert power[:40].max() < 1e-12 * power.max()
    assert power[60:].max() < 1e-12 * power.max()


def test_a_ragged_batch_equals_its_tracks_one_by_one():
    lengths = (30, 17, 30, 64, 2)
    tracks = perrin.Tracks.from_arrays([walks(3, n, seed=i).T for i, n in enumerate(lengths)])
    seen = {}
    for rows, values in scalograms(tracks, DEFAULT):
        assert values.shape[1:4] == (3, len(DEFAULT.families), len(DEFAULT.scales))
        seen |= dict(zip(rows.tolist(), values, strict=True))
    assert sorted(seen) == list(range(len(lengths)))
    for index, values in seen.items():
        ((_, alone),) = scalograms(tracks[index], DEFAULT)
        np.testing.assert_allclose(values, alone[0], atol=1e-12)
        assert values.shape[-1] == lengths[index]


def test_frames_that_were_missed_are_bridged():
    places = walks(2, 12).T
    whole = perrin.Tracks.from_arrays([places])
    straight = places.copy()
    straight[5] = (places[4] + places[6]) / 2
    kept = np.arange(12) != 5
    gap = perrin.Tracks.from_arrays([places[kept]], times=[np.arange(12.0)[kept]])
    ((_, bridged),) = scalograms(gap)
    ((_, expected),) = scalograms(perrin.Tracks.from_arrays([straight]))
    np.testing.assert_allclose(bridged, expected, atol=1e-12)
    assert bridged.shape == next(iter(scalograms(whole)))[1].shape


def test_the_cone_of_influence_is_where_the_ends_speak():
    bank = FilterBank(("mexh", "cmor1.5-1.0"), (1.0, 4.0))
    n = 60
    cone = bank.cone(n)
    assert cone[:, :, [0, -1]].all()
    assert (cone.sum(axis=2)[:, 1] > cone.sum(axis=2)[:, 0]).all(), "wider at larger scales"
    signals = np.random.default_rng(0).standard_normal((400, 3 * n))
    inside = bank.transform(signals)[..., n : 2 * n]
    cut = bank.transform(signals[:, n : 2 * n])
    error = (np.abs(cut - inside) ** 2).mean(axis=0) / (np.abs(inside) ** 2).mean(axis=0)
    # White noise: what lies outside is a part of the energy as large as that of the filter.
    assert error[~cone].max() < 0.03
    assert error[:, :, 0].min() > 0.1


def test_scale_free_and_still_tracks():
    signals = walks(3, 40)
    np.testing.assert_allclose(standardized(5 * signals + 3), standardized(signals))
    assert not standardized(np.ones((2, 10))).any()
    stretches = walks(6, 50).reshape(3, 2, 50)
    for name, values in spectra(stretches).items():
        np.testing.assert_allclose(values, spectra(7 * stretches + 1)[name], atol=1e-6, err_msg=name)
    assert all(np.isfinite(v).all() for v in spectra(np.zeros((2, 2, 50))).values())


def test_fingerprints_sum_to_one():
    found = fingerprint(walks(6, 50).reshape(3, 2, 50), REFERENCE)
    assert found.shape == (3, len(FAMILIES), len(REFERENCE_SCALES))
    np.testing.assert_allclose(found.sum(axis=2), 1.0)


def test_says_what_is_no_bank():
    with pytest.raises(InputError, match=r"unknown wavelet 'haar'.*mexh"):
        FilterBank(("haar",), (1.0,))
    with pytest.raises(InputError, match="scales"):
        FilterBank(("mexh",), (0.0,))
