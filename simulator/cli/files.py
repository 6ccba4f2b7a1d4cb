"""How many files, and so how many connections, the operating system lets this process have."""

from __future__ import annotations

from contextlib import suppress

from simulator.api.limits import CONNECTIONS, RESERVED_FILES


def connections_allowed() -> int:
    """How many connections a server may have, after the process was given all that it may get."""
    try:
        import resource
    except ImportError:  # not a Unix: there is no such limit
        return CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # where it cannot be raised the soft limit stays
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(1, min(CONNECTIONS, soft - RESERVED_FILES))
