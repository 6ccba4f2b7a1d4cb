"""Types of caiso_crr_app_status_v1.0.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from simulator.api.types.wire import Wire

String2048 = Annotated[str, Meta(max_length=2048)]


class AppStatus(Wire, frozen=True, kw_only=True):
    """State of the application."""

    status: String2048
