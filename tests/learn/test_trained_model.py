"""What is learned is measured on tracks that were held out, and the intervals hold as often as they say."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.estimate.learned import feature_names, window_features
from perrin.learn import LEARNERS, Learner, Trees, learn_model, learner
from perrin.learn.examples import examples, usual_window
from perrin.learn.labels import Labels, by_teacher
from perrin.learn.novelty import NoveltyDetector
from perrin.learn.validate import conformal_factor, cross_validate, folds, mean_with_interval
from perrin.tracks import Tracks
from tests.helpers.trained_models import FEW, SMALL, labelled


@pytest.mark.slow
def test_windows_of_one_track_never_stand_on_both_sides():
    """Labels are drawn by lot and each track hums in a tone of its own: with a leak the error would be small."""
    rng = np.random.default_rng(0)
    tone = np.linspace(0.1, 3.0, 60)[:, None] * np.arange(400) + rng.uniform(0, 6, (60, 1))
    steps = np.cos(tone) + 0.1 * rng.standard_normal((60, 400))
    tracks = Tracks.from_arrays(list(np.cumsum(steps, axis=1)[:, :, None]))
    target = rng.permutation(np.linspace(0, 2, 60))
    sample = examples(tracks, target, 40)
    assert len(sample.track) > 8 * 60
    fold = folds(sample, 0, seed=0)
    for number in np.unique(fold):
        assert not set(sample.track[fold == number]) & set(sample.track[fold != number])
    held_out = cross_validate(SMALL, SMALL.features(sample.windows), sample, fold, classes=0, seed=0)
    chance = np.abs(target - target.mean()).mean()
    assert np.abs(held_out.predicted - sample.target).mean() > 0.9 * chance
    leaky = cross_validate(SMALL, SMALL.features(sample.windows), sample, np.arange(len(fold)) % 5, classes=0, seed=0)
    assert np.abs(leaky.predicted - sample.target).mean() < 0.75 * chance, "the test would see a leak"


def test_folds_hold_every_class():
    tracks, _ = labelled(40)
    target = np.array([0.0] * 10 + [1.0] * 30)
    sample = examples(tracks, target, 50)
    fold = folds(sample, 2, seed=0)
    for number in range(5):
        assert np.bincount(sample.target[fold == number].astype(int), minlength=2).tolist() == [2, 6]


def test_learns_alpha_and_says_how_well(alpha_lesson):
    card = alpha_lesson.card
    found = card["measured"]
    error, constant = found["mean absolute error of alpha"], found["the same, always answering the mean"]
    assert error["lo"] < error["value"] < error["hi"] < 0.6 * constant["value"]
    coverage = found["coverage of the 90 % intervals"]
    assert coverage["lo"] < 0.92
    assert coverage["hi"] > 0.87
    assert [row["tracks"] for row in card["curve"]] == [16, 32, 64, 128]
    assert "tracks" in card["more"]
    assert "90 %" in alpha_lesson.text
    assert card["data"]["tracks"] == 160


def test_learns_classes(class_lesson):
    right = class_lesson.card["measured"]["micro-F1 (share of right answers)"]
    assert right["lo"] > 0.8
    assert "| ctrw |" in class_lesson.text
    assert class_lesson.card["classes"] == ["ctrw", "lw"]


@pytest.mark.slow
def test_noise_teaches_nothing_and_the_card_says_so():
    tracks, _ = labelled(60)
    lesson = learn_model(
        tracks, Labels(np.random.default_rng(5).uniform(0, 2, 60), (), "lots"), window=50, learner=SMALL
    )
    assert "hardly reduce the error" in lesson.card["more"]


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(alpha_lesson):
    tracks, alpha = labelled()
    again = learn_model(tracks, Labels(alpha, (), "truth"), window=50, learner=SMALL)
    assert again.card == alpha_lesson.card
    assert again.model.graph.SerializeToString() == alpha_lesson.model.graph.SerializeToString()


def test_conformal_intervals_hold_for_new_tracks():
    """Scores of tracks that could be exchanged: 90 % of new ones lie within, whatever their law."""
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        score = np.exp(rng.standard_normal(31))
        inside.append(score[30] <= conformal_factor(score[:30], np.ones(30), 30))
    assert 0.85 < np.mean(inside) < 0.96


def test_features_depend_on_neither_unit_place_nor_direction():
    tracks, _ = labelled(5)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    moved = Tracks.from_arrays([3 + 7 * tracks[i].positions @ turn for i in range(5)], interval=0.2)
    kinds = ("posterior", "statistics", "wavelet")
    first, second = (window_features(kinds, examples(t, np.ones(5), 50).windows) for t in (tracks, moved))
    different = [
        name
        for name, a, b in zip(feature_names(kinds), first.T, second.T, strict=True)
        if not np.allclose(a, b, rtol=2e-3, atol=2e-3)
    ]
    # Only what is seen axis by axis may change with the direction.
    assert all(word.split(": ")[1] in ("path over range", "residuals") or "kurtosis" in word for word in different)


def test_a_window_with_a_few_gaps_is_bridged_and_one_with_many_is_not():
    tracks, _ = labelled(20, length=120)
    rng = np.random.default_rng(0)
    for share, usable in ((0.1, True), (0.5, False)):
        kept = [np.sort(rng.choice(120, int(120 * (1 - share)), replace=False)) for _ in range(20)]
        gappy = Tracks.from_arrays(
            [tracks[i].positions[k] for i, k in enumerate(kept)], times=[k.astype(float) for k in kept]
        )
        if usable:
            assert examples(gappy, np.ones(20), 40).tracks == 20
        else:
            with pytest.raises(InputError, match="no labeled track is as long as"):
                examples(gappy, np.ones(20), 40)


def test_the_usual_window_is_one_that_nine_of_ten_tracks_fill():
    assert usual_window(np.array([200] * 10)) == 100
    assert usual_window(np.array([200] * 9 + [10])) == 100
    assert usual_window(np.array([55] * 10)) == 50
    assert usual_window(np.array([5] * 10)) == 20


def test_familiar_windows_lie_within_and_others_beyond():
    rng = np.random.default_rng(0)
    seen = rng.standard_normal((500, 6)).astype(np.float32)
    familiar = NoveltyDetector.of(seen, np.arange(500) % 5, 500)
    assert (familiar.distance(rng.standard_normal((500, 6)).astype(np.float32)) > 1).mean() < 0.02
    assert (familiar.distance(seen + 5) > 1).all()


def test_intervals_of_a_mean_hold_its_value():
    found = mean_with_interval(np.random.default_rng(1).uniform(size=400))
    assert found["lo"] < 0.5 < found["hi"]
    assert found["hi"] - found["lo"] == pytest.approx(2 * 1.96 * np.sqrt(1 / 12 / 400), rel=0.15)


@pytest.mark.parametrize(
    ("n", "target", "window", "message"),
    [
        (6, np.ones(6), 50, "6 labeled tracks.*training needs 10"),
        (
            20,
            np.ones(20),
            80,
            "is as long as a window of 80 positions: 20 too short .the longest has 60..*smaller --window",
        ),
        (20, np.ones(20), 4, "too small to train a model"),
        (20, np.ones(20), 50, "all labels are 1, so there is nothing to learn"),
    ],
)
def test_says_what_is_not_enough(n, target, window, message):
    tracks, _ = labelled(n)
    with pytest.raises(InputError, match=message):
        learn_model(tracks, Labels(target, (), "x"), window=window, learner=FEW)


def test_windows_that_whole_tracks_teach_are_at_most_half_of_them():
    tracks, _ = labelled(20, length=120)
    taught = by_teacher(tracks, "tamsd", 50)
    assert learn_model(tracks, taught, learner=FEW).card["window"] == 50
    with pytest.raises(InputError, match="the window of 100 positions is larger than the window of 50 positions"):
        learn_model(tracks, taught, window=100, learner=FEW)


def test_the_frame_interval_on_the_card_is_within_tracks():
    tracks, alpha = labelled(20)
    made = [tracks[i].positions for i in range(20)] + [np.zeros((1, 2))] * 300
    times = [0.01 * np.arange(60.0)] * 20 + [np.array([5.0 * i]) for i in range(300)]
    both = Tracks.from_arrays(made, times=times)
    card = learn_model(both, Labels(np.r_[alpha, np.full(300, np.nan)], (), "x"), window=50, learner=FEW).card
    assert card["data"]["frame interval"] == pytest.approx(0.01)


def test_names_of_classes_cannot_write_on_the_card():
    tracks, _ = labelled(20)
    names = ("a|b\n## Accuracy", "<b>")
    card = learn_model(tracks, Labels(np.arange(20.0) % 2, names, "x"), window=50, learner=FEW).text
    assert card.count("\n## Accuracy") == 1
    assert "| a\\|b \\#\\# Accuracy | \\<b\\> |" in card


def test_says_which_class_is_too_small():
    tracks, _ = labelled(30)
    target = np.array([0.0] * 28 + [1.0] * 2)
    with pytest.raises(InputError, match=r"class 'b' has 2 tracks.*it needs 5"):
        learn_model(tracks, Labels(target, ("a", "b"), "x"), window=50, learner=FEW)


def test_says_what_it_is_doing_fold_by_fold():
    tracks, alpha = labelled(20)
    told = []
    learn_model(tracks, Labels(alpha, (), "x"), window=50, learner=FEW, step=told.append)
    for what in ("cross-validating", "drawing the learning curve", "calibrating intervals"):
        assert [line for line in told if line.startswith(f"{what}: fold 5 of 5")]
    assert told[-1].startswith("calibrating")


class Comparison(Learner):
    """Learns nothing that a file could hold."""

    name, title, route = "comparison", "a comparison", "features"

    def features(self, windows):
        raise AssertionError("it is refused before it looks")

    def fit(self, seen, target, *, classes, weight, seed):
        raise AssertionError("it is refused before it learns")


def test_what_cannot_be_written_is_refused_before_it_learns():
    tracks, alpha = labelled(20)
    with pytest.raises(InputError, match=r"is for comparison only and cannot be written to a file\. Use trees"):
        learn_model(tracks, Labels(alpha, (), "x"), window=50, learner=Comparison())


def test_learners_are_found_by_name():
    assert isinstance(learner("trees"), Trees)
    assert all(learner(name).route for name in LEARNERS)
    with pytest.raises(InputError, match=r"unknown learner 'oracle'.*trees"):
        learner("oracle")
