"""What other packages add: the recipes of docs/extending.md, installed as a package, work wherever perrin's own do."""

import json
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.helpers.outside import PAGE, install, install_recipes, python

pytestmark = pytest.mark.slow
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site-packages")
    install_recipes(folder)
    return folder


@pytest.fixture
def call(packages: Path, tmp_path: Path) -> Call:
    """`perrin` in tmp_path, where the package is installed and beads.log is."""
    paths = np.random.default_rng(3).standard_normal((6, 30, 2)).cumsum(axis=1) * 100
    lines = [f"{i},{n},{x},{y}" for i, path in enumerate(paths) for n, (x, y) in enumerate(path)]
    (tmp_path / "beads.log").write_text("\n".join(["BEADLOG 1", *lines, ""]))

    def called(*words: object, where: Path = packages) -> subprocess.CompletedProcess[str]:
        return python(where, "-m", "perrin", *words, cwd=tmp_path)

    return called


def run(packages: Path, tmp_path: Path, code: str) -> str:
    """What a program says; it is a file, for worker processes import it anew."""
    (tmp_path / "program.py").write_text(textwrap.dedent(code))
    done = python(packages, "program.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_recipes_fit_a_screen() -> None:
    blocks = PAGE.read_text("utf-8").split("```python")[1:]
    assert len(blocks) == 4
    assert all(block.partition("```")[0].count("\n") < 60 for block in blocks)


@pytest.mark.usefixtures("call")
def test_in_python(packages: Path, tmp_path: Path) -> None:
    said = run(packages, tmp_path, """
        import perrin
        from my_spt.beadlog import BeadLog
        from my_spt.two_lags import TwoLags

        if __name__ == "__main__":
            perrin.testing.check_estimator(TwoLags(), examples=5)
            perrin.testing.check_reader(BeadLog(), "beads.log")
            tracks = perrin.read("beads.log", frame_interval=0.1)
            print(tracks)
            named = perrin.analyze(tracks, "two-lags", window=10, workers=2)
            given = perrin.analyze(tracks, TwoLags(window=10))
            print(named, named.tracks.equals(given.tracks), named.tracks["status"].unique().to_list())
            many = perrin.Tracks.from_arrays([tracks[0].positions] * 60_000)
            print(perrin.analyze(many, "two-lags", workers=2, window=29).tracks["status"].unique().to_list())
    """)  # fmt: skip
    assert said.splitlines() == [
        "Tracks(6 tracks, 180 points, 2-D, µm, s)",
        "Estimates(two-lags: 6 tracks, 180 points) True ['ok']",
        "['ok']",
    ]


def test_on_the_command_line(call: Call, tmp_path: Path) -> None:
    told = json.loads(call("info", "beads.log", "--json").stdout)
    assert (told["format"], told["why"], told["tracks"]) == ("beadlog", "its first line is BEADLOG 1", 6)
    assert "two-lags: Mean squared displacements of one and of two frames" in call("methods").stdout
    assert "how long tracks last" in call("figure", "list").stdout
    assert "Two lags are enough" in call("cite", "two-lags").stdout
    words = ("analyze", "beads.log", "-o", "out", "--method", "two-lags", "--window", "10", "--workers", "2")
    done = call(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert pl.read_parquet(tmp_path / "out" / "tracks.parquet")["status"].to_list() == ["ok"] * 6
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "How long tracks last</h2>" in page
    assert 'data-figure="data-durations"' in page
    assert "Two lags are enough" in page
    assert call(*words, "--resume").returncode == 0
    assert call("figure", "durations", "out", "-o", "durations.svg").returncode == 0
    assert call("convert", "beads.log", "beads.jsonl").returncode == 0
    assert call("convert", "out", "out.jsonl").returncode == 0
    assert pl.read_ndjson(tmp_path / "out.jsonl").height == 180
    assert "track_alpha" in pl.read_ndjson(tmp_path / "out.jsonl").columns
    assert pl.read_ndjson(tmp_path / "beads.jsonl")["track"].n_unique() == 6


@pytest.mark.usefixtures("call")
def test_a_run_is_taken_up_where_it_was_stopped(packages: Path, tmp_path: Path) -> None:
    said = run(packages, tmp_path, """
        import numpy as np, perrin
        from perrin.estimate import method
        from perrin.run import Cores, analyze_into, open_output, write_chunks
        from perrin.run.storage import LocalStorage
        from pathlib import Path

        if __name__ == "__main__":
            tracks = perrin.read("beads.log")
            store = write_chunks(LocalStorage(Path("chunks")), [tracks], 60)
            mine, done = method("two-lags")(window=10), []

            def stop(count, _):
                done.append(count)
                if len(done) == 1:
                    raise KeyboardInterrupt

            try:
                with open_output("out", force=False, resume=False) as folder:
                    analyze_into(folder, store, mine, executor=Cores(1), progress=stop)
            except KeyboardInterrupt:
                pass
            with open_output("out", force=False, resume=True) as folder:
                analyze_into(folder, store, mine, executor=Cores(2), progress=stop)
                folder.finish()
            print(len(store), done, perrin.read_results("out").estimates)
    """)  # fmt: skip
    assert said == "3 [2, 4, 6] Estimates(two-lags: 6 tracks, 180 points)\n"


@pytest.mark.usefixtures("call")
def test_in_the_app(packages: Path, tmp_path: Path) -> None:
    said = run(packages, tmp_path, """
        import time
        from pathlib import Path
        from perrin.app.routes import choices
        from perrin.app.session import Session

        if __name__ == "__main__":
            offered = choices()
            print([m["settings"] for m in offered["methods"] if m["name"] == "two-lags"])
            print([f["title"] for f in offered["figures"] if f["name"] == "durations"])
            print("beadlog" in [f["name"] for f in offered["formats"]])
            Path("session").mkdir()
            session = Session(Path("session").resolve())
            session.open(Path("beads.log"))
            session.analyze({"method": "two-lags", "window": 10})
            while session.state()["job"]["state"] == "running":
                time.sleep(0.05)
            print(session.state()["job"]["state"], session.analysis().table()["rows"])
            print(session.figure("durations", None, {}).data[0].type)
    """)  # fmt: skip
    assert said.splitlines() == ["[['window']]", "['how long tracks last']", "True", "done 6", "bar"]


BROKEN = {
    "gone": ("no_such_module:Gone", "ModuleNotFoundError: No module named 'no_such_module'"),
    "ends": ("broken_spt.ends:Ends", "SystemExit: 3"),
    "wrong": ("broken_spt.wrong:WRONG", ""),
    "exact": ("no_such_module:Gone", "ModuleNotFoundError"),
}
"""Where entry points lead, and what is said of each; `exact` is a method of perrin's own."""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    modules = {"broken_spt/__init__.py": "", "broken_spt/ends.py": "raise SystemExit(3)"}
    modules["broken_spt/wrong.py"] = "WRONG = 3"
    entries = {name: at for name, (at, _) in BROKEN.items()}
    groups = ("perrin.estimators", "perrin.readers", "perrin.writers", "perrin.figures")
    install(folder, "broken-spt", modules, dict.fromkeys(groups, entries))
    return folder


@pytest.mark.parametrize(
    ("words", "group"),
    [
        (("methods",), "estimators"),
        (("info", "table.csv"), "readers"),
        (("convert", "table.csv", "table.parquet"), "writers"),
        (("figure", "list"), "figures"),
    ],
)
def test_what_is_broken_is_named_and_skipped(call: Call, broken: Path, tmp_path: Path, words, group: str) -> None:
    (tmp_path / "table.csv").write_text("track,frame,x,y\n0,0,1,2\n0,1,2,3\n")
    done = call(*words, where=broken)
    assert done.returncode == 0
    assert done.stdout
    lines = [line for line in done.stderr.splitlines() if f"(perrin.{group})" in line]
    told = {name: why for name, (_, why) in BROKEN.items() if (name, group) != ("exact", "estimators")}
    assert len(lines) == len(told)
    for (name, why), line in zip(sorted(told.items()), lines, strict=True):
        assert line.startswith(f"perrin: skipped: '{name}' of the package broken-spt (perrin.{group}) cannot be used: ")
        assert why in line
    assert "Traceback" not in done.stderr


def test_what_is_broken_is_refused_where_it_is_asked_for(call: Call, broken: Path) -> None:
    done = call("analyze", "beads.log", "-o", "out", "--method", "wrong", where=broken)
    assert done.returncode == 2
    assert done.stderr == (
        "perrin: 'wrong' of the package broken-spt (perrin.estimators) cannot be used: it is not a dataclass "
        "derived from perrin.estimate.Estimator. Update that package, or remove it.\n"
    )
