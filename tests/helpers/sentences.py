"""Every text that a user of the package can meet, collected from its source into one file that can be read in one go.

    python -m tests.helpers.sentences

writes `tests/sentences.txt`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "perrin"
COLLECTED = ROOT / "tests" / "sentences.txt"
HEADER = """\
Every text of two words or more in src/perrin, file by file: errors, help, progress, report, app, figures.
{{name}} is a value that the program fills in. Made by: python -m tests.helpers.sentences
The pages, which are read as they are: {pages}"""

_TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,;:.!?)'’]* +[(‘'“]*(?:[a-z]{2,}|[aAI]\b|\{)|\} [a-z]{2,}")
"""What a text of two words contains, as opposed to a name, a key or a pattern."""
_CODE = re.compile(
    r"\\[sdwb]|\(\?[:P=!]|\[\^|sans-serif|charset=|-src |^\(\S+: \S+\)$|-gradient\(|^use strict$|doi:|\[data-"
)
"""Patterns, styles and references, which are no sentences."""
_SCRIPT_TEXT = re.compile(
    r"(?P<comment>/\*.*?\*/|(?<![:\\])//[^\n]*)"
    r"|(?P<template>`)"
    r'|"(?P<double>(?:[^"\\\n]|\\.)*)"'
    r"|'(?P<single>(?:[^'\\\n]|\\.)*)'",
    re.DOTALL,
)
"""Comments, which are passed over, and the beginnings or the whole of texts in JavaScript."""
_TEMPLATE_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
_INLINE = {"a", "abbr", "b", "code", "em", "i", "kbd", "span", "strong", "sub", "sup"}
_SPOKEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}


def pages() -> list[Path]:
    """The pages that are written for users."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def collected() -> str:
    """The file as it should be now."""
    sections = []
    for path in sorted(SOURCE.rglob("*")):
        texts = list(dict.fromkeys(_texts(path)))
        if texts:
            name = path.relative_to(SOURCE).as_posix()
            sections.append("\n".join([f"## {name}", *texts]))
    head = HEADER.format(pages=", ".join(path.relative_to(ROOT).as_posix() for path in pages()))
    return "\n\n".join([head, *sections]) + "\n"


def _texts(path: Path) -> Iterator[str]:
    """The texts of one file, each in one line."""
    makers = {".py": _of_python, ".js": _of_script, ".html": _of_page, ".j2": _of_page}
    if path.suffix in makers:
        for text in makers[path.suffix](path.read_text(encoding="utf-8")):
            line = " ".join(text.split())
            if _TWO_WORDS.search(line) and not _CODE.search(line):
                yield line


def _of_python(source: str) -> Iterator[str]:
    """The strings of a module, and the help that commands have in their docstrings."""
    tree = ast.parse(source)
    documented = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    yield from _strings(tree, documented)


def _strings(node: ast.AST, passed_over: set[int]) -> Iterator[str]:
    """The strings below a node, in their order; an f-string as one."""
    if id(node) in passed_over or _is_list_of_names(node):
        return
    if isinstance(node, ast.FunctionDef) and _is_command(node):
        yield ast.get_docstring(node) or ""
    if isinstance(node, ast.JoinedStr):
        yield "".join(_shown(part) for part in node.values)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _strings(part.value, passed_over)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child, passed_over)


def _is_command(function: ast.FunctionDef) -> bool:
    """Whether the command line shows what its docstring says: its arguments have help of their own."""
    return any("typer." in ast.unparse(argument.annotation) for argument in function.args.args if argument.annotation)


def _is_list_of_names(node: ast.AST) -> bool:
    """Whether this makes a list of a string of names."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_words"


def _shown(part: ast.expr) -> str:
    """A piece of an f-string; what is put in as its name in braces."""
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    match part.value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return f"{{{name}}}"
        case _:
            return "{…}"


def _of_script(source: str) -> Iterator[str]:
    """The strings of a script; what is put into a template as `{…}`, and its own strings after it."""
    at = 0
    while found := _SCRIPT_TEXT.search(source, at):
        at = found.end()
        if found["template"]:
            text, codes, at = _template(source, at)
            yield from _of_page(text)
            for code in codes:
                yield from _of_script(code)
        elif not found["comment"]:
            yield found["double"] or found["single"] or ""


def _template(source: str, at: int) -> tuple[str, list[str], int]:
    """The text of a template that begins at a place, the code within it, and where it ends."""
    text, codes = "", []
    while source[at] != "`":
        if source.startswith("${", at):
            end = _closing_brace(source, at + 2)
            codes.append(source[at + 2 : end])
            text, at = text + "{…}", end + 1
        else:
            text, at = text + source[at], at + 1
    return text, codes, at + 1


def _closing_brace(source: str, at: int) -> int:
    """Where the code ends that a template holds from a place on."""
    depth = 0
    while depth or source[at] != "}":
        depth += {"{": 1, "}": -1}.get(source[at], 0)
        at = _template(source, at + 1)[2] if source[at] == "`" else at + 1
    return at


def _of_page(source: str) -> Iterator[str]:
    """The texts of a page, tags that stand within a sentence passed over."""
    page = _Page()
    page.feed(re.sub(r"\{\{.*?\}\}", "{…}", _TEMPLATE_CODE.sub(" ", source), flags=re.DOTALL))
    page.close()
    yield from page.texts


class _Page(HTMLParser):
    """Gathers what a reader of a page sees, a text for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._block: list[str] = []
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"script", "style"}
        if tag not in _INLINE:
            self._end()
        self.texts += [value for name, value in attrs if name in _SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag not in _INLINE:
            self._end()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._block.append(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _end(self) -> None:
        self.texts.append("".join(self._block))
        self._block = []


if __name__ == "__main__":
    COLLECTED.write_text(collected(), encoding="utf-8")
