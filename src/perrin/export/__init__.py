"""Back where tracks came from: tracks and results as files of other programs."""

from perrin.export.export_table import ExportTable, table_of_estimates, table_of_tracks
from perrin.export.writer import Writer
from perrin.export.writers import WRITERS, choose_writer

__all__ = ["WRITERS", "ExportTable", "Writer", "choose_writer", "table_of_estimates", "table_of_tracks"]
