"""XML of any size: one element at a time, nothing kept, nothing fetched, no entities."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterator
from typing import Final, cast

from lxml import etree

from perrin.errors import InputError
from perrin.tracks.source import Source

_PIECE: Final = 1 << 16
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
    """Every finished element named in `tags`, in file order, with its attributes.

    Parents are still open, so `getparent()` tells where an element stands. What is finished is dropped from the tree
    after every piece of the file, so memory does not grow with it.

    Raises InputError for a DOCTYPE (which could hold an entity bomb) and for broken or truncated XML.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), tag=(f"{{*}}{_check_prolog(source)}", *tags),
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
    )  # fmt: skip
    top: etree._Element | None = None
    try:
        with source.open() as file:
            while piece := file.read(_PIECE):
                parser.feed(piece)
                for event, found in parser.read_events():
                    element = cast(etree._Element, found)
                    if event == "end" and element.tag in tags:
                        yield element
                    elif top is None:
                        top = element
                        # The prolog was read as text; this is the parser's own word on it.
                        if element.getroottree().docinfo.internalDTD is not None:
                            raise _doctype(source)
                _forget(top)
            parser.close()
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"is damaged XML ({error.msg})",
            file=source.path,
            row=error.lineno or None,
            remedy="The file may be incomplete. Copy or export it again.",
        ) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"cannot be read to its end ({error})", file=source.path, remedy="Copy or export it again."
        ) from None


def require_parent(source: Source, element: etree._Element, tag: str) -> None:
    """Raise InputError unless `element` stands right inside a `tag`."""
    parent = element.getparent()
    if parent is None or parent.tag != tag:
        raise InputError(
            f"a {element.tag} is outside of any {tag}",
            file=source.path,
            row=line(element),
            remedy="Export the file again.",
        )


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
            f"{element.tag} has {name}={text!r}, which is not a number",
            file=source.path,
            row=line(element),
            remedy="Correct that value, or export the file again.",
        ) from None


def _check_prolog(source: Source) -> str:
    """The name of the root; raises InputError unless one follows within the first part of the file."""
    start = _after_prolog(source)
    if re.match(r"<!DOCTYPE", start, re.IGNORECASE):
        raise _doctype(source)
    encoding = _ENCODING.match(source.head)
    name = re.match(r"<([A-Za-z_][\w.\-]*)(?!:)\b", start)
    if name is None or (encoding and not _KNOWN_ENCODING.fullmatch(encoding[1])):
        raise InputError(
            "does not start like an XML file that perrin reads",
            file=source.path,
            remedy="Export it again as UTF-8 XML.",
        )
    return name[1]


def _after_prolog(source: Source) -> str:
    prolog = _PROLOG.match(source.head)
    return source.head[prolog.end() if prolog else 0 :]


def _forget(top: etree._Element | None) -> None:
    """Drop all that is finished: everything but the last child, all the way down."""
    while top is not None and len(top):
        del top[:-1]
        top = top[-1]


def _doctype(source: Source) -> InputError:
    return InputError(
        "has a DOCTYPE, which track files do not need and which can contain harmful entities",
        file=source.path,
        remedy="If you trust the file, delete the DOCTYPE.",
    )
