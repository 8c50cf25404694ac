"""The numbers of docs/scale.md, from benchmarks/results/scale.json."""

from __future__ import annotations

from typing import Any, Final

MANY: Final = 1e9
CORES: Final = 64
_SERIAL: Final = (
    ("read", "reading a Parquet table, and filling the chunk store"),
    ("tables", "putting the tables together"),
)
_SHARED: Final = (
    ("shared error", "finding the error that all share"), ("estimate", "estimating"), ("gather", "gathering"),
)  # fmt: skip


def measured(result: dict[str, Any]) -> str:
    """What was asked, what was measured, and every run."""
    lines = ["| what | asked | measured |", "|---|---|---|"]
    for claim in result["claims"]:
        asked = "" if claim["asked"] is None else f"at most {claim['asked']:,g}"
        verdict = {None: "", True: "", False: " (not met)"}[claim["met"]]
        lines.append(f"| {claim['what']} | {asked} | {claim['measured']:,g}{verdict} |")
    lines += ["", "| tracks | workers | s | tracks a second | MB of the largest process |", "|---|---|---|---|---|"]
    for cell in result["cells"]:
        lines.append(
            f"| {cell['tracks']:,} | {cell['workers']} | {cell['seconds']:,.1f} | {cell['tracks a second']:,} "
            f"| {cell['peak megabytes']:,} |"
        )
    text, where, bounded = result["text"], result["surroundings"], _bounded(result)
    lines += [
        "",
        f"The straight lines: {_line(result, '1')} on one worker, {_line(result, '2')} on two. The population and the "
        f"report look at samples: they take at most {bounded:.0f} s, however many tracks there are, and are no "
        "part of the lines. The gzipped text of "
        f"{text['points']:,} points ({text['megabytes of the file']:,.0f} MB) took {text['seconds']:,.0f} s with "
        f"`tamsd`. Measured on {where['cores']} cores ({where['processor']}) with perrin {where['perrin']}.",
    ]
    return "\n".join(lines)


def on_paper(result: dict[str, Any]) -> str:
    """A billion tracks, from the slopes between the two longest runs on one worker."""
    before, last = [cell for cell in result["cells"] if cell["workers"] == 1][-2:]
    cost = {
        name: max((last["parts"][name] - before["parts"][name]) / (last["tracks"] - before["tracks"]), 0.0)
        for name, _ in (*_SERIAL, *_SHARED)
    }
    lines = [f"| part | who | µs a track | 10⁹ tracks on one core | on {CORES} |", "|---|---|---|---|---|"]
    for rows, who, cores in ((_SERIAL[:1], "the process that asks", 1), (_SHARED, "workers", CORES),
                             (_SERIAL[1:], "the process that asks", 1)):  # fmt: skip
        for name, said in rows:
            whole = cost[name] * MANY / 3600
            lines.append(f"| {said} | {who} | {1e6 * cost[name]:.1f} | {whole:,.1f} h | {whole / cores:,.1f} h |")
    bounded = sum(last["parts"][name] for name in ("population", "report"))
    lines.append(f"| population, report | both | bounded by samples | {bounded:,.0f} s here | |")
    alone = sum(cost[name] for name, _ in _SERIAL)
    spread = sum(cost[name] for name, _ in _SHARED)
    total = (alone + spread / CORES) * MANY / 3600
    work = spread / CORES * MANY / 3600
    lines += [
        "",
        f"So a billion such tracks (20 billion points) are about {total:,.0f} hours on {CORES} cores, of which the "
        f"{CORES} cores work for {work:,.1f}. **The first bottleneck is the one process that reads** and puts the "
        f"tables together: from about {spread / alone:,.0f} cores on it takes longer than they do.",
    ]
    return "\n".join(lines)


def _line(result: dict[str, Any], workers: str) -> str:
    line = result["lines"][workers]
    return f"{line['seconds at the start']:.1f} s and {line['microseconds a track']:,.0f} µs a track"


def _bounded(result: dict[str, Any]) -> float:
    return max(line["seconds bounded by samples, at most"] for line in result["lines"].values())


BLOCKS: Final = {"measured": measured, "paper": on_paper}
