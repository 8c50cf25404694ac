"""Hostile, broken and huge XML: refused in one line, read in bounded memory."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

import perrin
from perrin.errors import InputError
from perrin.tracks import xml
from perrin.tracks.source import Source

FIXTURES = Path(__file__).parent.parent / "fixtures"
FORMATS = ("trackmate-xml", "trackmate-tracks")
BOMB = (
    '<!DOCTYPE TrackMate [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE TrackMate [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
REMOTE = '<!DOCTYPE TrackMate SYSTEM "http://localhost:9/a.dtd">'


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("doctype", [BOMB, OUTSIDE, REMOTE, "<!DOCTYPE TrackMate>", "<!doctype TrackMate>"])
@pytest.mark.parametrize(
    "before", ["", '<?xml version="1.0"?>\n', '<?xml version="1.0"?><!-- <TrackMate> -->\n <?a b?>']
)
def test_a_doctype_is_refused(doctype: str, before: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(f"{before}{doctype}\n<TrackMate><Model><AllSpots>&i;&x;</AllSpots></Model></TrackMate>")
    with pytest.raises(InputError, match="DOCTYPE"):
        perrin.read(path, format=form)
    with pytest.raises(InputError):
        perrin.read(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_an_encoding_does_not_hide_a_doctype(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(f"{OUTSIDE}<TrackMate>&x;</TrackMate>", encoding=encoding)
    with pytest.raises(InputError, match="DOCTYPE"):
        perrin.read(path, format="trackmate-xml")


def test_an_encoding_that_only_the_parser_knows_does_not_hide_a_doctype(tmp_path: Path) -> None:
    hidden = '<?xml version="1.0" encoding="UTF-7"?><!--+AC0ALQA+ADwAIQ-DOCTYPE a [<!ENTITY x "y">]><!----><TrackMate/>'
    path = tmp_path / "a.xml"
    path.write_text(hidden)
    with pytest.raises(InputError, match="does not start like an XML file"):
        perrin.read(path, format="trackmate-xml")


def test_a_doctype_behind_a_very_long_remark_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(f"<!--{'-x' * 200_000}-->{BOMB}<TrackMate>&i;</TrackMate>")
    with pytest.raises(InputError, match="does not start like an XML file"):
        perrin.read(path, format="trackmate-xml")
    with pytest.raises(InputError):
        perrin.read(path)


def test_an_entity_without_a_doctype_is_broken_xml(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<TrackMate><Model>\n<AllSpots>&lol;</AllSpots></Model></TrackMate>")
    with pytest.raises(InputError, match="is damaged XML"):
        perrin.read(path)


@pytest.mark.parametrize("file", ["trackmate.xml", "trackmate_tracks.xml"])
@pytest.mark.parametrize("part", [0.4, 0.6, 0.9, 0.99])
def test_truncated_xml_is_refused_with_its_line(file: str, part: float, tmp_path: Path) -> None:
    whole = (FIXTURES / file).read_bytes()
    cut = whole[: int(len(whole) * part)]
    (tmp_path / "cut.xml").write_bytes(cut)
    with pytest.raises(InputError, match=rf"row {cut.count(10) + 1}: is damaged XML .* export it again"):
        perrin.read(tmp_path / "cut.xml")


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress((FIXTURES / "trackmate.xml").read_bytes() + b" " * 10 + bytes(range(32, 127)) * 9000)
    (tmp_path / "a.xml.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match=r"cannot be read|damaged XML"):
        perrin.read(tmp_path / "a.xml.gz")


def test_gzipped_xml_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress((FIXTURES / "trackmate.xml").read_bytes()))
    assert perrin.read(tmp_path / "a.xml.gz").n_points == 13


@pytest.mark.parametrize(
    "text",
    ["no XML", "<a", "<TrackMate", "<TrackMate>", "<TrackMate/>", "<TrackMate><Model/></TrackMate>", "<<>>", "<?xml"],
)
def test_other_nonsense_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(text)
    for form in (None, *FORMATS):
        with pytest.raises(InputError):
            perrin.read(tmp_path / "a.xml", format=form)


def test_the_root_is_found_behind_any_prolog(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("\ufeff<?xml version='1.0'?><!-- <b> --><?c <d> ?>\n<Tracks from='a > \"b\"' nTracks=\"2\">")
    assert xml.root(Source(path)) == ("Tracks", {"from": 'a > "b"', "nTracks": "2"})


_MEASURE = """
import resource, sys
import perrin
from perrin.tracks.formats import readers
perrin.read(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tracks = perrin.read(sys.argv[2])
print(tracks.n_points, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def write_large(path: Path, tracks: int, frames: int) -> None:
    """A file as TrackMate writes it, most of which is features that perrin does not need."""
    features = " ".join(f'FEATURE_{i}_CH1="{i * 1.2345678901234}"' for i in range(22))
    with path.open("w") as file:
        file.write('<TrackMate version="7"><Model spatialunits="micron" timeunits="sec"><AllSpots>\n')
        for f in range(frames):
            file.write(f'<SpotsInFrame frame="{f}">\n')
            for t in range(tracks):
                file.write(
                    f'<Spot ID="{t * frames + f}" {features} POSITION_X="{t}.5" POSITION_Y="{f}.25" FRAME="{f}"/>\n'
                )
            file.write("</SpotsInFrame>\n")
        file.write("</AllSpots><AllTracks>\n")
        for t in range(tracks):
            file.write(f'<Track TRACK_ID="{t}">\n')
            for f in range(frames - 1):
                at = t * frames + f
                file.write(f'<Edge SPOT_SOURCE_ID="{at}" SPOT_TARGET_ID="{at + 1}" {features}/>\n')
            file.write("</Track>\n")
        file.write("</AllTracks></Model></TrackMate>\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="resource is not on Windows")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    large = tmp_path / "large.xml"
    write_large(large, tracks=400, frames=100)
    assert large.stat().st_size > 60_000_000
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(FIXTURES / "trackmate.xml"), str(large)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    points, grown = (int(word) for word in done.stdout.split())
    assert points == 40_000
    assert grown < 40, f"reading 60 MB took {grown} MB more"
