"""The names that `import perrin` offers, and the checks that others run on readers and estimators of their own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, settings

import perrin
from perrin.estimate import Estimator, EstimatorInfo
from perrin.estimate.local.tamsd import Tamsd
from perrin.result import Estimates, concatenate_estimates
from perrin.testing import check_estimator, check_reader
from perrin.tracks import Tracks
from perrin.tracks.formats.generic import GenericTable
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table


def walks(tracks: int = 3, length: int = 30) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    return pl.DataFrame({
        "track": np.repeat(np.arange(tracks), length),
        "frame": np.tile(np.arange(length), tracks),
        "x": rng.standard_normal((tracks, length)).cumsum(axis=1).ravel(),
        "y": rng.standard_normal((tracks, length)).cumsum(axis=1).ravel(),
    })  # fmt: skip


@pytest.mark.parametrize("name", perrin.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(perrin, name) is not None


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        perrin.nonsense  # noqa: B018


def test_from_a_table_to_a_report_in_a_few_lines(tmp_path: Path) -> None:
    tracks = perrin.read(walks(), frame_interval=0.05, pixel_size=0.107)
    estimates = perrin.analyze(tracks, window=12)
    assert isinstance(estimates, perrin.Estimates)
    assert estimates.points.filter(pl.col("status") == "ok").height == 3 * (30 - 12 + 1)
    assert estimates.tracks["alpha"].is_between(0.2, 1.8).all()
    assert (estimates.units.diffusion, estimates.units.frame_diffusion) == ("µm²/s^α", "µm²/s")
    record = perrin.run.make_record(tracks, estimates, command="by hand")
    perrin.write_report(tmp_path / "report.html", estimates, tracks, record)
    assert "by hand" in json.dumps(record)
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!")


@pytest.mark.parametrize("make", [lambda t: t, lambda t: t.to_pandas(), lambda t: t.to_arrow(), lambda t: t.to_dict()])
def test_a_table_of_any_make_is_analysed_at_once(make: Callable[[pl.DataFrame], Any]) -> None:
    found = perrin.analyze(make(walks()), method="tamsd", lags=(1, 2))
    assert found.tracks["status"].to_list() == ["ok"] * 3


def test_the_file_gives_what_the_table_gives(tmp_path: Path) -> None:
    walks().write_csv(tmp_path / "a.csv")
    from_file, from_table = (perrin.analyze(data, method="tamsd") for data in (tmp_path / "a.csv", walks()))
    assert from_file.points.drop("source").equals(from_table.points.drop("source"))


def test_an_estimator_may_be_given_itself() -> None:
    by_name, by_hand = (
        perrin.analyze(walks(), **how) for how in ({"method": "tamsd", "window": 9}, {"method": Tamsd(9)})
    )
    assert by_name.points.equals(by_hand.points)


def test_no_tracks_are_two_empty_tables() -> None:
    found = perrin.analyze(Tracks.from_arrays([]))
    assert (found.tracks.height, found.points.height) == (0, 0)
    assert dict(found.tracks.schema) == dict(perrin.result.TRACK_SCHEMA)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"method": "magic"}, "unknown method 'magic'. Choose one of: exact, tamsd"),
        (
            {"method": "tamsd", "drift": True},
            "method 'tamsd' has no setting drift. Its settings are: lags, min_length, sigma, window",
        ),
        ({"info": None}, "has no setting info"),
        ({"window": 20.5}, "window is 20.5. Give a whole number"),
        ({"window": 2}, "a window of 2 positions is too small"),
        ({"seed": -1}, "the seed cannot be -1"),
    ],
)
def test_what_makes_no_sense_is_refused(words: dict[str, Any], message: str) -> None:
    with pytest.raises(perrin.InputError, match=message) as refused:
        perrin.analyze(walks(), **words)
    assert isinstance(refused.value, perrin.PerrinError)
    assert refused.value.exit_code == 2


def test_data_of_no_kind_are_refused() -> None:
    with pytest.raises(perrin.InputError, match="cannot read tracks from int"):
        perrin.analyze(3)
    with pytest.raises(perrin.InputError, match="no rows"):
        perrin.read(walks().clear())


# Estimators that break the contract, each in one way.


@dataclass(frozen=True)
class Broken(Estimator):
    """Tamsd on a small window, before somebody improved it."""

    info: ClassVar[EstimatorInfo] = Tamsd.info

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        return Tamsd(window=10).estimate(tracks, rng=rng)


class DependsOnPlace(Broken):
    """On the right of the origin things seem to it to move more."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        factor = 1 + 0.1 * (tracks.positions > 0)
        return super().estimate(replace(tracks, positions=tracks.positions * factor), rng=rng)


class ForgetsATrack(Broken):
    """The last of several is left out."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        return super().estimate(tracks.select(range(max(len(tracks) - 1, min(len(tracks), 1)))), rng=rng)


class NeverTheSame(Broken):
    """It draws from a generator of its own."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        found = super().estimate(tracks, rng=rng)
        factor = np.exp(1e-3 * np.random.default_rng().standard_normal(found.tracks.height))
        return replace(found, tracks=found.tracks.with_columns(pl.col("D") * factor))


class StumblesOverFlaws(Broken):
    """It expects every track to be sound."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        if tracks.info["flaw"].is_not_null().any():
            raise ValueError("what is this?")
        return super().estimate(tracks, rng=rng)


class NumbersForFlaws(Broken):
    """It overlooks contradictory data."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        return super().estimate(replace(tracks, info=tracks.info.with_columns(flaw=None)), rng=rng)


class LooksAtTheNeighbours(Broken):
    """All tracks get the values of the first."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        found = super().estimate(tracks, rng=rng)
        ok = pl.col("status") == "ok"
        first = [pl.when(ok).then(pl.col(name).filter(ok).first()) for name in ("alpha", "D")]
        return replace(found, tracks=found.tracks.with_columns(first))


class MixesUpTheOrder(Broken):
    """Its rows are in the order of the ids."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        return super().estimate(tracks.select(np.argsort(tracks.info["track"].to_numpy(), kind="stable")), rng=rng)


class KnowsOneClock(Broken):
    """Times are counted in steps, whatever a step is."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        parts = [tracks.track(i) for i in range(len(tracks))]
        steps = [np.median(np.diff(part.times)) if part.n_points > 1 else 1.0 for part in parts]
        done = [
            super(KnowsOneClock, self).estimate(replace(p, times=p.times / s), rng=rng)
            for p, s in zip(parts, steps, strict=True)
        ]
        return concatenate_estimates(done) if done else super().estimate(tracks, rng=rng)


class TouchesItsInput(Broken):
    """It works in place."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        tracks.positions.flags.writeable = True
        tracks.positions[:] -= tracks.positions.mean(axis=0) if tracks.n_points else 0.0
        tracks.positions.flags.writeable = False
        return super().estimate(tracks, rng=rng)


def test_the_unbroken_one_passes() -> None:
    check_estimator(Broken(), examples=10)


@pytest.fixture
def _first_failure() -> Iterator[None]:
    """Hypothesis shows the first failure it finds, and does not look for the smallest."""
    before = settings.get_current_profile_name()
    settings.register_profile("first failure", settings.get_profile(before), phases=[Phase.generate])
    settings.load_profile("first failure")
    yield
    settings.load_profile(before)


CAUGHT_BY = {
    DependsOnPlace: "_check_translation",
    ForgetsATrack: "_check_tables",
    NeverTheSame: "_check_repeatable",
    StumblesOverFlaws: "_run",
    NumbersForFlaws: "_check_tables",
    LooksAtTheNeighbours: "_check_order",
    MixesUpTheOrder: "_check_order",
    KnowsOneClock: "_check_time_scale",
    TouchesItsInput: "_check_repeatable",
}


@pytest.mark.parametrize(("broken", "check"), CAUGHT_BY.items(), ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.usefixtures("_first_failure")
def test_check_estimator_catches(broken: type[Estimator], check: str) -> None:
    with pytest.raises((AssertionError, ValueError)) as caught:
        check_estimator(broken())
    assert check in [entry.name for entry in caught.traceback]


# Readers that break theirs.


@pytest.fixture
def file(tmp_path: Path) -> Path:
    table = walks().with_columns(pl.when(pl.col("frame") != 4).then("x"))
    table.write_csv(tmp_path / "a.csv")
    return tmp_path / "a.csv"


class Recognises(GenericTable):
    """The generic reader, which keeps the contract."""


class RecognisesNothing(GenericTable):
    """It never says that a file is its own."""

    def sniff(self, source: Source) -> str | None:
        return None


class CountsNothing(GenericTable):
    """It mentions reasons that never came up."""

    def read(self, source: Source, options: ReadOptions) -> Table:
        return replace(super().read(source, options), ignored={"filtered_out": 0})


class ReadsOnlyOnce(GenericTable):
    """It gives something else the second time."""

    times = 0

    def read(self, source: Source, options: ReadOptions) -> Table:
        type(self).times += 1
        table = super().read(source, options)
        return replace(table, rows=table.rows.with_columns(pl.col("x") + self.times))


class HasNoTitle(GenericTable):
    """Nobody knows what it reads."""

    title = ""


def test_a_good_reader_passes(file: Path) -> None:
    assert len(check_reader(Recognises(), file)) == 3


@pytest.mark.parametrize(
    "reader",
    [RecognisesNothing(), CountsNothing(), ReadsOnlyOnce(), HasNoTitle()],
    ids=lambda reader: type(reader).__name__,
)
def test_check_reader_catches(reader: Reader, file: Path) -> None:
    with pytest.raises(AssertionError):
        check_reader(reader, file)
