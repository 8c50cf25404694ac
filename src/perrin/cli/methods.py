"""`perrin methods`: what there is to choose from."""

from __future__ import annotations


def methods() -> None:
    """List the methods with what they give and where they end."""
    from perrin.estimate import METHODS

    for name, method in METHODS.working():
        about = method.info
        print(f"{name}: {about.title}\n    {about.summary}\n    Limits: {about.limits}")
