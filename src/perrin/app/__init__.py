"""A page on this machine to explore tracks in: the command line with eyes.

Everything that is computed is computed by the commands of perrin, started as processes of their own; the page shows
what they wrote, and says which command it was.
"""

from perrin.app.server import Server

__all__ = ["Server"]
