"""`perrin methods`: what there is to choose from."""

from __future__ import annotations


def methods() -> None:
    """List the methods with what they give and where they end."""
    from perrin.estimate import METHODS, method

    for name in METHODS:
        about = method(name).info
        print(f"{name}: {about.title}\n    {about.summary}\n    Limits: {about.limits}")
