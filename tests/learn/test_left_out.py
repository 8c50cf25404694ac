"""What cannot be learned from is counted by its reason, and said."""

import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import perrin
from perrin.errors import InputError
from perrin.learn import learn_model
from perrin.learn.card import not_learned_from
from perrin.learn.examples import examples
from perrin.learn.fingerprint import fingerprints_of
from perrin.learn.labels import Labels, by_teacher, read_labels
from perrin.tracks import Tracks
from tests.helpers.trained_models import FEW, labelled

WINDOW = 40
EVERY_REASON = {
    "too short": 1, "with too many gaps": 2, "at irregular times": 1, "that never move": 3,
    "with contradictory data": 1,
}  # fmt: skip


@pytest.fixture
def mixed():
    """Twelve good tracks, then of each reason for leaving a track out as many as stand above."""
    made, alpha = labelled(20)
    places = [made[i].positions for i in range(20)]
    times = [np.arange(60.0) for _ in places]
    places[12], times[12] = places[12][:30], times[12][:30]
    times[13] = times[14] = np.repeat(np.arange(30.0) * 3, 2) + np.tile([0.0, 1.0], 30)
    times[15] = np.cumsum(np.random.default_rng(0).uniform(0.5, 1.5, 60))
    for i in (16, 17, 18):
        places[i] = np.zeros((60, 2))
    tracks = Tracks.from_arrays(places, times=times)
    flaw = pl.Series("flaw", [None] * 19 + ["two positions at one time"], dtype=pl.String)
    return replace(tracks, info=tracks.info.with_columns(flaw)), alpha


def test_every_labelled_track_is_used_or_counted(mixed):
    tracks, alpha = mixed
    sample = examples(tracks, alpha, WINDOW)
    assert sample.left_out == EVERY_REASON
    assert sample.tracks + sum(sample.left_out.values()) == len(tracks)
    assert list(sample.left_out.values()) == sorted(EVERY_REASON.values(), reverse=True)


def test_the_card_tells_it(mixed):
    tracks, alpha = mixed
    alpha[0] = np.nan
    card = learn_model(tracks, Labels(alpha, (), "x", unmatched=4), window=WINDOW, learner=FEW).text
    said = re.search("excluded: (.*)", card).group(1)
    assert said.startswith("tracks: 3 that never move, 2 with too many gaps, 1 ")
    assert said.endswith("1 without a label; labels: 4 of tracks that were not read")
    assert "\n\n- " not in card.split("## Accuracy")[0].split("\n\n", 1)[1]


def test_windows_with_gaps_are_counted_where_others_of_their_track_are_used():
    made, alpha = labelled(12, length=200)
    times = np.r_[np.arange(100.0), 100 + 3 * np.arange(100.0)]
    tracks = Tracks.from_arrays([made[i].positions for i in range(12)], times=[times] * 12)
    sample = examples(tracks, alpha, 50)
    assert sample.left_out == {}
    assert sample.windows_left_out > 0
    assert len(sample.track) + sample.windows_left_out == 12 * 7
    card = learn_model(tracks, Labels(alpha, (), "x"), window=50, learner=FEW).text
    assert f"windows of other tracks: {sample.windows_left_out} with too many gaps or without motion" in card


def test_a_card_of_before_these_counts_can_be_read():
    assert not_learned_from({"unlabelled": 0}) == ""
    assert not_learned_from({"unlabelled": 1_234}) == "tracks: 1,234 without a label"


def test_frames_that_count_by_24_are_named_as_gaps(tmp_path):
    made, alpha = labelled(12)
    rows = [f"{i},{24 * n},{x},{y}" for i in range(12) for n, (x, y) in enumerate(made[i].positions)]
    path = tmp_path / "cells.csv"
    path.write_text("\n".join(["track,frame,x,y", *rows]))
    with pytest.raises(InputError, match=r"12 with too many gaps.*read their column as t"):
        examples(perrin.read(path), alpha, WINDOW)


def test_too_few_are_told_with_those_left_out(mixed):
    tracks, alpha = mixed
    alpha[:5] = np.nan
    with pytest.raises(
        InputError,
        match=r"7 labeled tracks .*left out: tracks: 3 that never move, 2 .*5 without a label.*training needs 10",
    ):
        learn_model(tracks, Labels(alpha, (), "x"), window=WINDOW, learner=FEW)


def test_no_label_at_all_is_no_matter_of_windows():
    made, _ = labelled(12)
    with pytest.raises(InputError, match="no track has a label"):
        examples(made, np.full(12, np.nan), WINDOW)


def test_labels_of_tracks_that_were_not_read_are_counted(tmp_path):
    made, _ = labelled(4)
    path = tmp_path / "labels.csv"
    path.write_text("track,alpha\n0,1\n7,1\n8,0.5\n1,0.2\n")
    found = read_labels(path, made, "alpha")
    assert (found.unmatched, found.missing) == (2, 2)


def test_a_teacher_without_an_answer_says_so():
    still = Tracks.from_arrays([np.zeros((60, 2))] * 3)
    with pytest.raises(InputError, match=r"exact estimates alpha for none of the 3 tracks of 40 .*immobile"):
        by_teacher(still, "exact", 20)


def test_fingerprints_name_the_class_that_is_not_shown(mixed):
    tracks, _ = mixed
    kinds = np.r_[np.zeros(16), np.ones(4)]
    found = fingerprints_of(tracks, Labels(kinds, ("moves", "rests"), "x"), window=WINDOW)
    assert found.absent == ("rests",)
    assert found.left_out == EVERY_REASON
