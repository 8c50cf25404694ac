"""Data and code inside an HTML page, so that no name in a user's file can break out of its script block."""

from __future__ import annotations

from markupsafe import Markup

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def json_block(text: str) -> Markup:
    """JSON text for a script block: the same values, without any character that HTML would act on."""
    return Markup(text.translate(_ESCAPES))  # noqa: S704


def script(code: str) -> Markup:
    """Our own or plotly's JavaScript for a script block."""
    return Markup(code.replace("</script", "<\\/script").replace("<!--", "<\\!--"))  # noqa: S704


def style(rules: str) -> Markup:
    """Our own CSS for a style block."""
    return Markup(rules)  # noqa: S704
