"""XML of any size: one element at a time, nothing kept, nothing fetched, no entities."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator
from typing import Final

from lxml import etree

from perrin.errors import InputError
from perrin.tracks.source import Source

_PROLOG: Final = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ENCODING: Final = re.compile(r"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([^\"']*)[\"']")
# In these a DOCTYPE looks as it does in ASCII, so that it cannot hide.
_KNOWN_ENCODING: Final = re.compile(r"utf-?8|utf-?16(le|be)?|(us-)?ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.\-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
_ATTRIBUTE: Final = re.compile(r"([\w.:\-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def root(source: Source) -> tuple[str, dict[str, str]] | None:
    """Name and attributes of the outermost element, or None where `source` is no XML (or has a DOCTYPE)."""
    found = _ROOT.match(_after_prolog(source))
    if found is None:
        return None
    attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(found[2])}
    return found[1], attributes


def stream(source: Source, tags: Collection[str]) -> Iterator[etree._Element]:
    """Every finished element named in `tags`, in file order, with its attributes; its children are gone by then.

    Parents are still open, so `getparent()` tells where an element stands. Each element is emptied and its
    elder siblings are dropped once the caller asks for the next, so memory does not grow with the file.

    Raises InputError for a DOCTYPE (which could hold an entity bomb) and for broken or truncated XML.
    """
    _check_prolog(source)
    try:
        with source.open() as file:
            events = etree.iterparse(
                file, events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
            )
            for count, (_, element) in enumerate(events):
                # The prolog was read as text; this is the parser's own word on it.
                if count == 0 and element.getroottree().docinfo.internalDTD is not None:
                    raise _doctype(source)
                if element.tag in tags:
                    yield element
                _forget(element)
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"is broken XML ({error.msg})",
            file=source.path,
            row=error.lineno or None,
            remedy="Perhaps it was cut off on the way: copy or export it again.",
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"cannot be read to its end ({error})", file=source.path, remedy="Copy or export it again."
        ) from None


def line(element: etree._Element) -> int | None:
    """The line of the file where `element` starts, where it is known."""
    found: object = element.sourceline
    return found if isinstance(found, int) else None


def number(source: Source, element: etree._Element, name: str) -> float:
    """Attribute `name` as a number, nan where it is absent; raises InputError where it is text."""
    text = element.get(name)
    if text is None:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise InputError(
            f"{element.tag} has {name}={text!r}, which is no number",
            file=source.path,
            row=line(element),
            remedy="Mend that value, or export the file again.",
        ) from None


def _check_prolog(source: Source) -> None:
    """Raise InputError unless a plain root element follows within the first part of the file."""
    start = _after_prolog(source)
    if re.match(r"<!DOCTYPE", start, re.IGNORECASE):
        raise _doctype(source)
    encoding = _ENCODING.match(source.head)
    if not re.match(r"<[A-Za-z_]", start) or (encoding and not _KNOWN_ENCODING.fullmatch(encoding[1])):
        raise InputError(
            "does not start like XML that perrin reads", file=source.path, remedy="Export it again as UTF-8 XML."
        )


def _after_prolog(source: Source) -> str:
    prolog = _PROLOG.match(source.head)
    return source.head[prolog.end() if prolog else 0 :]


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _doctype(source: Source) -> InputError:
    return InputError(
        "has a DOCTYPE, which track files do not need and which can hide harmful entities",
        file=source.path,
        remedy="perrin does not read it; delete the DOCTYPE if you trust the file.",
    )
