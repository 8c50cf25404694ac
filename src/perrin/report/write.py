"""Write the report."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from plotly.offline import get_plotlyjs

from perrin.figures.theme import number
from perrin.problems import Problems
from perrin.report import embed
from perrin.report.headline import headline, warnings
from perrin.report.listing import listing
from perrin.report.panels import added_panels, panels
from perrin.report.population_tables import kinds_of_motion
from perrin.report.reasons import in_words
from perrin.result import Estimates, Overview, Population, PopulationFacts, status
from perrin.run import make_record
from perrin.tracks import Tracks
from perrin.types import Json

_NOT_ESTIMATED = PopulationFacts(
    reason="The population of all tracks was not estimated. Use perrin.population to estimate it."
)


def write_report(
    path: str | Path,
    estimates: Estimates,
    tracks: Tracks,
    record: Json | None = None,
    population: Population | None = None,
    overview: Overview | None = None,
    problems: Problems | None = None,
) -> None:
    """Write one self-contained HTML file about an analysis.

    In the place of a figure that cannot be drawn, and at the top, the report says why.

    Args:
        path: the file to write; it is replaced.
        estimates: the result.
        tracks: what was analysed.
        record: what run.json holds; made anew where it is not given.
        population: of the same tracks; where it is not given the report says that it was not estimated.
        overview: the numbers of all tracks, where `estimates` and `tracks` are a sample that stands for them.
        problems: side results that could not be made before; the report adds its own. Where it is not given, those of
            the report are RuntimeWarnings.
    """
    path, known = Path(path), Problems() if problems is None else problems
    overview = overview or Overview.of(estimates)
    population = population or Population.none(_NOT_ESTIMATED, tracks.units)
    record = make_record(tracks, estimates, overview=overview) if record is None else record
    summary = record["summary"]
    drawn = panels(estimates, tracks, population, known)
    more = added_panels(estimates, tracks, population, known)
    page = render(
        "template.html.j2",
        record=record,
        summary=summary,
        headline=headline(estimates, overview),
        warnings=[*(problem.sentence for problem in known), *warnings(estimates, overview)],
        shown=(estimates.tracks.height, len(tracks), overview.tracks),
        units=estimates.units,
        interval=estimates.interval,
        dimension=estimates.dimension,
        groups=_groups(overview, summary),
        statuses=_statuses(record),
        panels=drawn,
        added=more,
        kinds=kinds_of_motion(population),
        population=population,
        listing=listing(estimates),
    )
    path.write_bytes(page.encode("utf-8", errors="replace"))
    if problems is None:
        known.warn()


def render(template: str, *, record: Json, **values: object) -> str:
    """A page that needs nothing but itself: styles and scripts are put in."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"words": in_words, "number": number, "thousands": lambda n: f"{n:,}", "unit": _unit}
    return environment.from_string(_asset(template)).render(
        record=record,
        created=_date(record["created"]),
        css=embed.style(_asset("report.css")),
        errors_js=embed.script(_asset("errors.js")),
        plotly_js=embed.script(get_plotlyjs()),
        report_js=embed.script(_asset("report.js")),
        **values,
    )


def _asset(name: str) -> str:
    return files("perrin.report").joinpath(name).read_text(encoding="utf-8")


def _unit(text: str) -> Markup:
    """A unit with its exponent set as one."""
    return Markup(escape(text).replace("^α", Markup("<sup>α</sup>")))  # noqa: S704


def _date(iso: str) -> str:
    """The time of the analysis, to the minute; as it stands if it is no ISO time."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()


def _groups(overview: Overview, summary: Json) -> list[tuple[str, Json]]:
    """The summary of all tracks, and of each condition where there are several."""
    found = [("all tracks", summary)]
    if len(overview.conditions) > 1:
        named = overview.conditions.items()
        found += [("no condition" if name is None else name, part.as_json()) for name, part in named]
    return found


def _statuses(record: Json) -> list[tuple[str, str, int, int]]:
    """(status, meaning, tracks, positions) for every status that occurs, the best first."""
    tracks, points = record["counts"]["tracks_by_status"], record["counts"]["points_by_status"]
    order = [name for name in reversed(status.PRECEDENCE) if name in tracks or name in points]
    return [(name, status.MEANING[name], tracks.get(name, 0), points.get(name, 0)) for name in order]
