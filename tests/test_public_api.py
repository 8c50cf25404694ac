"""The names that `import perrin` offers, and the checks that others run on readers and estimators of their own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType, ModuleType, UnionType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, settings

import perrin
from perrin.estimate import METHODS, Estimator, EstimatorInfo, MethodSettings, method
from perrin.estimate.local.tamsd import Tamsd
from perrin.estimate.settings import setting_types
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


MODULES = (
    "estimate", "export", "features", "figures", "learn", "processes", "result", "simulate", "testing", "tracks",
    "train",
)  # fmt: skip
FUNCTIONS = (
    "analyze", "learn_model", "population", "read", "read_results", "run_hurst_test", "simulate_andi",
    "simulate_drifting", "simulate_fbm", "simulate_mfbm", "simulate_switching", "write_report",
)  # fmt: skip
CLASSES = (
    "Estimates", "HurstTest", "InputError", "NothingToAnalyzeError", "PerrinError", "Population", "Tracks", "Units",
)  # fmt: skip


def test_the_public_names_are_these_and_no_others() -> None:
    assert dir(perrin) == sorted([*MODULES, *FUNCTIONS, *CLASSES, "__version__"])
    assert all(isinstance(getattr(perrin, name), ModuleType) for name in MODULES)
    assert all(isinstance(getattr(perrin, name), FunctionType) for name in FUNCTIONS)
    assert all(isinstance(getattr(perrin, name), type) for name in CLASSES)


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_is_there_and_is_no_module(name: str) -> None:
    module = getattr(perrin, name)
    inside = {found.name for found in iter_modules(module.__path__)}
    assert all(getattr(module, offered) is not None for offered in module.__all__)
    assert not inside & set(module.__all__)


def test_a_submodule_is_loaded_once_it_is_asked_for() -> None:
    code = (
        "import sys, perrin; before = 'perrin.simulate' in sys.modules; perrin.simulate.simulate_fbm(1, 2); "
        "print(before, 'perrin.simulate' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_keywords_are_stated(name: str) -> None:
    """What a method takes passes through as a TypedDict, which completion and mypy know."""
    for parameter in signature(getattr(perrin, name)).parameters.values():
        if parameter.kind is Parameter.VAR_KEYWORD:
            assert parameter.annotation == "Unpack[MethodSettings]"
        else:
            assert parameter.annotation not in (Parameter.empty, "Any")


def test_the_settings_of_every_method_are_stated_with_their_types() -> None:
    stated = get_type_hints(MethodSettings)
    for name in METHODS:
        found = get_type_hints(method(name))
        for setting in setting_types(method(name)):
            assert setting in stated, (name, setting)
            assert set(_choices(found[setting])) <= set(_choices(stated[setting])), (name, setting)


def _choices(kind: Any) -> tuple[Any, ...]:
    """The types of a union; a tuple is a sequence."""
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return tuple(Sequence[get_args(k)[0]] if get_origin(k) in (tuple, Sequence) else k for k in kinds)


@pytest.mark.parametrize("seed", [7, np.random.default_rng(7), None])
def test_a_seed_is_the_same_thing_everywhere(seed: Any) -> None:
    tracks = perrin.simulate_fbm(25, 40, dimension=1, seed=seed).tracks
    assert perrin.analyze(tracks, "tamsd", seed=seed).tracks.height == 25
    assert perrin.population(tracks, sigma=0, alpha=1, draws=2, seed=seed).facts.draws == 2
    assert perrin.run_hurst_test(tracks.select([0]), samples=20, seed=seed).samples == 20


def test_only_a_generator_and_no_seed_draw_anew() -> None:
    tracks = perrin.simulate_fbm(25, 6, D=np.geomspace(0.01, 10, 25), seed=1).tracks

    def bands(seed: Any) -> list[float]:
        return perrin.population(tracks, sigma=0, alpha=1, draws=4, seed=seed).laws["tracks_lo"].to_list()

    assert bands(3) == bands(3)
    assert bands(np.random.default_rng(3)) == bands(np.random.default_rng(3))
    one = np.random.default_rng(3)
    assert len({tuple(bands(one)) for _ in range(3)}) > 1
    assert len({tuple(bands(None)) for _ in range(3)}) > 1


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
        (
            {"method": "exact", "pooled": None},
            r"'exact' has no setting pooled\. Its settings are: alpha, drift, exposure, min_length, sigma, window\.$",
        ),
        ({"method": Tamsd(), "window": 9}, "window is given beside an estimator, which has settings of its own"),
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
        parts = [tracks[i] for i in range(len(tracks))]
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
