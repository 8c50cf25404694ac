"""Reading a file that is larger than memory: tables with a heading, as text or Parquet.

One pass turns the file into records on disk (`records`), what must be known of all rows is found over them (`times`,
and the survey kept on the way), and the records go into `pieces` of whole tracks. Every piece is cleaned by `assemble`,
as a file that is read at once; the tracks are the same.
"""

from perrin.tracks.stream.pieces import stream_file

__all__ = ["stream_file"]
