"""A running server hears of a revocation: new connections at the handshake, open ones at once."""

from __future__ import annotations

import ssl
from contextlib import suppress

from simulator.api.api import Api
from simulator.api.tls import reload_revocations
from simulator.cli.pki_folder import PkiFolder
from simulator.domain import Refused


class RevocationWatch:
    """Looks at the revocation list's file, and takes it when it is another one."""

    def __init__(self, folder: PkiFolder, context: ssl.SSLContext, api: Api) -> None:
        self._folder = folder
        self._context = context
        self._api = api
        self._seen: tuple[int, int] | None = None
        self.look()

    def look(self) -> None:
        """Take the list if it changed; a list that cannot be read leaves the last one in force."""
        with suppress(OSError, Refused):
            found = self._folder.revocations.stat()
            seen = (found.st_mtime_ns, found.st_ino)
            if seen != self._seen:
                self._api.revoked = frozenset(self._folder.revoked())
                reload_revocations(self._context, self._folder.files)
                self._seen = seen
