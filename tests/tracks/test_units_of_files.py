"""Units as files spell them: understood, or said to be unknown; never guessed."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import perrin
from perrin.tracks import units

LENGTHS = {
    1.0: (
        "µm",
        "μm",
        "um",
        "UM",
        "micron",
        "microns",
        "Micron",
        "micrometer",
        "micrometre",
        "micrometers",
        "\\u00b5m",
        "Âµm",
    ),
    1e-3: ("nm", "NM", "nanometer", "nanometres"),
    1e-4: ("Å", "angstrom"),
    1e3: ("mm", "millimetre"),
    1e6: ("m", "meter", "metres"),
    None: ("px", "pixel", "pixels", "Pixel", "pix"),
}
TIMES = {
    1.0: ("s", "sec", "secs", "second", "seconds", "Sec", "sec."),
    1e-3: ("ms", "msec", "millisecond", "milliseconds"),
    1e-6: ("µs", "us", "microsecond"),
    60.0: ("min", "minutes"),
    3600.0: ("h", "hours"),
    None: ("frame", "frames", "Frame"),
}
SPELLED = [(factor, unit) for factor, names in LENGTHS.items() for unit in names]
TICKED = [(factor, unit) for factor, names in TIMES.items() for unit in names]
DRESS = st.sampled_from(["{}", " {} ", "({})", "[{}]", "{{{}}}", "{}.", "( {} )"])


@given(st.sampled_from(SPELLED), DRESS)
def test_lengths_are_understood_in_any_dress(spelled: tuple[float | None, str], dress: str) -> None:
    factor, unit = spelled
    assert units.length_factor(dress.format(unit)) == factor
    assert units.is_length(dress.format(unit))


@given(st.sampled_from(TICKED), DRESS)
def test_times_are_understood_in_any_dress(spelled: tuple[float | None, str], dress: str) -> None:
    factor, unit = spelled
    assert units.time_factor(dress.format(unit)) == factor
    assert units.is_time(dress.format(unit))


@given(st.text(max_size=12))
def test_other_words_are_no_units(word: str) -> None:
    known = {units._normal(u) for _, u in (*SPELLED, *TICKED)}
    if units._normal(word) not in known and units.length_factor(word) is not None:
        # A spelling beside those above, such as "mum" or "cm": it must be in perrin's own list.
        assert units._normal(word) in units._TO_MICRON


@pytest.mark.parametrize(("factor", "unit"), SPELLED)
@pytest.mark.parametrize("heading", ["x ({})", "x [{}]", "x_{}", "X pos ({})", "POSITION_X ({})"])
def test_headings_state_units(factor: float | None, unit: str, heading: str, tmp_path: Path) -> None:
    x, y = heading.format(unit), heading.replace("x", "y").replace("X", "Y").format(unit)
    (tmp_path / "a.csv").write_text(f"track,frame,{x},{y}\n1,0,1.5,2.5\n1,1,2,3\n", encoding="utf-8")
    tracks = perrin.read(tmp_path / "a.csv")
    assert tracks.units.length == ("px" if factor is None else "µm")
    np.testing.assert_allclose(tracks.positions[0], np.array([1.5, 2.5]) * (factor or 1.0))


@pytest.mark.parametrize(("factor", "unit"), TICKED)
def test_time_headings_state_units(factor: float | None, unit: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"track,t ({unit}),x,y\n1,0,1,2\n1,2,2,3\n1,4,1,3\n", encoding="utf-8")
    tracks = perrin.read(tmp_path / "a.csv")
    assert tracks.units.time == ("frame" if factor is None else "s")
    np.testing.assert_allclose(tracks.times, np.array([0, 2, 4]) * (factor or 1.0))


def test_an_unknown_unit_of_a_file_is_said_not_guessed(tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "fixtures" / "trackmate.xml").read_text()
    (tmp_path / "a.xml").write_text(
        text.replace('"micron"', '"furlong"').replace('timeunits="sec"', 'timeunits="fortnight"')
    )
    tracks = perrin.read(tmp_path / "a.xml")
    assert (tracks.units.length, tracks.units.time) == ("px", "frame")
    notes = " ".join(tracks.provenance[0].notes)
    assert "the unit of length 'furlong' is not known" in notes
    assert "the unit of time 'fortnight' is not known" in notes


def test_errors_in_another_unit_are_converted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("track,frame,x (um),y (um),x_err (nm),y_err (nm)\n1,0,1,2,20,30\n1,1,2,3,20,30\n")
    sigma = perrin.read(tmp_path / "a.csv").sigma
    assert sigma is not None
    np.testing.assert_allclose(sigma, [[0.02, 0.03], [0.02, 0.03]])


@pytest.mark.parametrize(
    "heading", ["x,y,uncertainty [nm]", "x (px),y (px),uncertainty [nm]", "x (um),y (um),uncertainty (px)"]
)
def test_errors_that_cannot_be_converted_are_left_out_and_said(heading: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"track,frame,{heading}\n1,0,1,2,20\n1,1,2,3,20\n")
    tracks = perrin.read(tmp_path / "a.csv")
    assert tracks.sigma is None
    assert any("not used as localization error" in note for note in tracks.provenance[0].notes)


def test_times_that_disagree_with_frames_are_reported(tmp_path: Path) -> None:
    rows = "".join(f"1,{f},{0.1 * f + (0.3 if f > 15 else 0)},{f % 3},{f % 2}\n" for f in range(30))
    (tmp_path / "a.csv").write_text("track,frame,t (s),x,y\n" + rows)
    notes = perrin.read(tmp_path / "a.csv").provenance[0].notes
    assert any("times and frames differ by more than half a frame in" in note for note in notes)


def test_times_that_were_rounded_until_they_repeat_are_asked_about(tmp_path: Path) -> None:
    lines = "".join(f"{np.sin(i):.4f} {round(i * 0.0069, 2)}\n" for i in range(300))
    (tmp_path / "a.txt").write_text(lines)
    tracks = perrin.read(tmp_path / "a.txt", columns={"x": "1", "t": "2"})
    flaw = tracks.info["flaw"][0]
    assert "the times may be rounded" in flaw
    assert "--columns frame=row" in flaw
    again = perrin.read(tmp_path / "a.txt", columns={"x": "1", "frame": "row"}, frame_interval=0.0069)
    assert again.info["flaw"][0] is None
    assert again.n_points == 300


def test_two_particles_under_one_id_are_not_taken_for_rounding(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("track,t (s),x,y\n1,0,1,2\n1,1,2,3\n1,0,7,8\n1,1,8,9\n")
    assert "whether two particles have this id" in perrin.read(tmp_path / "a.csv").info["flaw"][0]
