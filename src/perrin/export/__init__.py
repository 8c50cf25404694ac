"""Back where tracks came from: tracks and results as files of other programs."""

from perrin.export.sheet import Sheet, sheet_of_estimates, sheet_of_tracks
from perrin.export.writers import WRITERS, Writer, choose_writer, writer

__all__ = ["WRITERS", "Sheet", "Writer", "choose_writer", "sheet_of_estimates", "sheet_of_tracks", "writer"]
