"""Types of caiso_crr_messages_v1.2.1_openapi.yaml.

Made by `simulator.api.generate`: change the document, then make them again.
"""

# ruff: noqa: N815

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from simulator.api.types.wire import Wire

AnyFileName50 = Annotated[str, Meta(max_length=50, pattern=r"^[a-zA-Z0-9. _()-]*\Z")]
AnyMessageText512 = Annotated[str, Meta(max_length=512, pattern=r"^[a-zA-Z0-9. _#@()-]*\Z")]
AnyName100 = Annotated[str, Meta(max_length=100, pattern=r"^[a-zA-Z0-9. _-]*\Z")]
DateTime = Annotated[datetime, Meta(tz=True)]


class Message(Wire, frozen=True, kw_only=True):
    """One message; an attachment is Base64."""

    sentTime: DateTime
    sender: AnyName100 | UnsetType = UNSET
    message: AnyMessageText512
    attachmentName: AnyFileName50 | UnsetType = UNSET
    attachment: bytes | UnsetType = UNSET
