"""`python -m benchmarks.soak`: examine worlds, or one of them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from perrin.run.local import THREADS

for name in THREADS:
    os.environ.setdefault(name, "1")


def main() -> int:
    """0 where nothing was found, else 1."""
    asked = _parser().parse_args()
    if asked.only is not None:
        return _only(asked.only, asked.small, asked.write)
    from benchmarks import soak
    from benchmarks.record import write_result

    result = soak.run(Path("data"), worlds=asked.worlds, first=asked.first, jobs=asked.jobs, small=asked.small)
    for kind, cases in result["kinds of findings"].items():
        print(f"{cases['worlds']:5} {kind}\n      {cases['said']}\n      {cases['command']}")
    print(f"{result['worlds with findings']} of {result['worlds']} worlds with findings; "
          f"written to {write_result('soak', result, asked.out)}")  # fmt: skip
    return 0 if result["met"] else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--worlds", type=int, default=5_000, metavar="N", help="how many")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="seed of the first")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes")
    parser.add_argument("--small", action="store_true", help="worlds of the same variety that cost a third")
    parser.add_argument("--only", type=int, metavar="SEED", help="examine this one, and say what is in it")
    parser.add_argument("--write", type=Path, metavar="FILE.parquet", help="with --only: also write its tracks")
    parser.add_argument("-o", "--out", type=Path, default=Path("benchmarks") / "results", help="folder for soak.json")
    return parser


def _only(seed: int, small: bool, write: Path | None) -> int:
    from dataclasses import asdict

    from benchmarks.soak.command import by_command_line, words_of
    from benchmarks.soak.crew import record_of
    from benchmarks.soak.particles import tracks_of
    from benchmarks.soak.worlds import draw

    world = draw(seed, small=small)
    print(json.dumps(asdict(world), indent=1, ensure_ascii=False))
    if (line := by_command_line(world)) is not None:
        print(line)
    if write is not None:
        from perrin.tracks.store import write_parquet

        write_parquet(tracks_of(world), write)
        print(words_of(world, str(write), "found"))
    record = record_of(seed, small=small)
    for check, where, said in record["findings"]:
        print(f"{check}: {where}\n      {said}")
    print(f"{len(record['findings'])} findings, {record['seconds']} s of processor")
    return 1 if record["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
