"""ZIP files of one entry: the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile

# ZIP files carry a date; none is needed, and the earliest one is the same for everybody.
DATE = (1980, 1, 1, 0, 0, 0)


def zipped(name: str, content: bytes) -> bytes:
    """A file in a ZIP file, by itself: clients take the first entry (wire contract, rule C18)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name, DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, content)
    return stream.getvalue()
