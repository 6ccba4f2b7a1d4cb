"""One JSON line a request: who, what, how it ended, how long; never what was bid."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

import msgspec


class Served(msgspec.Struct, gc=False):
    """What is told of one request: names, ids and figures; no body and no query ever comes here."""

    request_id: str
    user: str
    participant: str
    operation: str
    status: int
    code: str
    microseconds: int
    event: str = "request"
    timestamp: datetime | None = None  # when it was answered: whoever writes it down knows


class LogSink(Protocol):
    """Where a log goes: lines of bytes, which are there at the latest when it is flushed."""

    def write(self, content: bytes, /) -> Any:
        """One line."""
        ...

    def flush(self) -> None:
        """Let everybody see what was written."""
        ...


class WholeLines:
    """A log to which several processes may write at once: what it writes are whole lines.

    A buffer of so many bytes would break a line where it is full, and another's would follow.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: deque[bytes] = deque()

    def write(self, line: bytes) -> None:
        """Keep it until the next flush."""
        self._lines.append(line)

    def flush(self) -> None:
        """Write all lines in one piece."""
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._stream.write(b"".join(lines))
            self._stream.flush()


Note = Callable[[Served], None]


def request_log(stream: LogSink, real_time: Callable[[], float] = time.time) -> Note:
    """Writes each request to `stream`, a line of JSON with the moment it was answered.

    `real_time` tells epoch seconds. Flushing is for the caller, once a second: flushing each line
    costs more than making it.
    """
    encode, write = msgspec.json.Encoder().encode, stream.write

    def note(served: Served) -> None:
        served.timestamp = datetime.fromtimestamp(real_time(), UTC)
        write(encode(served) + b"\n")

    return note


def server_faults(stream: LogSink) -> None:
    """What the server itself complains about goes to `stream` too, in the same form."""
    logger = logging.getLogger("uvicorn")
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(_JsonLines(stream))
    logger.setLevel(logging.ERROR)
    logger.propagate = False


class _JsonLines(logging.Handler):
    """A line of JSON a record; of an exception its kind and place, without values."""

    def __init__(self, stream: LogSink) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        event = {"event": "fault", "message": record.getMessage().strip()}
        if record.exc_info and record.exc_info[1] is not None:
            event |= where_it_broke(record.exc_info[1])
        self._stream.write(msgspec.json.encode(event) + b"\n")
        self._stream.flush()


def where_it_broke(error: BaseException) -> dict[str, str]:
    """The kind of an exception and the last place in the code; its text may hold a bid."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    return {"error": type(error).__name__, "where": where}
