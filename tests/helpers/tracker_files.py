"""Small files of tracks for the app."""

import numpy as np

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def rows(tracks: int = 6, length: int = 24, seed: int = 1) -> list[tuple[int, int, float, float]]:
    """(track, frame, x, y) of Brownian walks."""
    rng = np.random.default_rng(seed)
    found = []
    for track in range(tracks):
        path = rng.uniform(0, 40, 2) + np.cumsum(rng.normal(0, 0.5, (length, 2)), axis=0)
        found += [(track, frame, *place) for frame, place in enumerate(path)]
    return found


def csv(**kind: int) -> bytes:
    """A CSV file in µm and s."""
    lines = [f"{t},{f},{0.1 * f:.1f},{x:.5f},{y:.5f}" for t, f, x, y in rows(**kind)]
    return "\n".join(["track,frame,t (s),x (um),y (um)", *lines, ""]).encode()


def decimal_commas(**kind: int) -> bytes:
    """A CSV file as a German spreadsheet writes it, in pixels and frames."""
    lines = [f"{t};{f};{x:.4f};{y:.4f}".replace(".", ",") for t, f, x, y in rows(**kind)]
    return "\r\n".join(["Spur;Bild;x;y", *lines, ""]).encode()


def trackmate(**kind: int) -> bytes:
    """A TrackMate XML file."""
    table = rows(**kind)
    frames = sorted({frame for _, frame, _, _ in table})
    spots, edges = [], {}
    number = {(t, f): i for i, (t, f, _, _) in enumerate(table)}
    for frame in frames:
        inside = "".join(
            f'<Spot ID="{number[t, f]}" FRAME="{f}" POSITION_T="{0.1 * f:.1f}" POSITION_X="{x:.5f}" '
            f'POSITION_Y="{y:.5f}" POSITION_Z="0.0" />'
            for t, f, x, y in table
            if f == frame
        )
        spots.append(f'<SpotsInFrame frame="{frame}">{inside}</SpotsInFrame>')
    for t, f, _, _ in table:
        if f:
            edges.setdefault(t, []).append(
                f'<Edge SPOT_SOURCE_ID="{number[t, f - 1]}" SPOT_TARGET_ID="{number[t, f]}" />'
            )
    tracks = "".join(f'<Track TRACK_ID="{t}" name="Track_{t}">{"".join(e)}</Track>' for t, e in edges.items())
    filtered = "".join(f'<TrackID TRACK_ID="{t}" />' for t in edges)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><TrackMate version="7.11.1">'
        '<Model spatialunits="micron" timeunits="sec">'
        f'<AllSpots nspots="{len(table)}">{"".join(spots)}</AllSpots><AllTracks>{tracks}</AllTracks>'
        f"<FilteredTracks>{filtered}</FilteredTracks></Model>"
        '<Settings><ImageData timeinterval="0.1" pixelwidth="0.1" /></Settings></TrackMate>'
    ).encode()
