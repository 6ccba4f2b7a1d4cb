"""How much of anything one caller may take. None of these is public: own choices, with reasons."""

from __future__ import annotations

from simulator.api.errors import invalid
from simulator.domain import Finding

MIB = 1024 * 1024

# Wire contract 14 asks for at least 50 MB.
BODY_BYTES = 64 * MIB
# Of all bodies that are not read yet, and of those of one certificate: sixteen, and four, of the
# longest. Else whoever begins many and ends none would take all memory, and so would who sends many
# while a commit lasts.
BODIES_BYTES = 1024 * MIB
BODIES_BYTES_EACH = 256 * MIB
# Of the operator's side: its longest body has a list of functions.
SIM_BODY_BYTES = MIB
# The longest query of the contract is some 400 characters; names may be percent-encoded.
QUERY_BYTES = 16 * 1024
# A request's line and headers; a client of the contract sends less than 2 kB of them.
HEAD_BYTES = 64 * 1024
HEAD_FIELDS = 100
# Both sides of a handshake are some 5 kB: who needs longer than this cannot send a portfolio.
HANDSHAKE_SECONDS = 10.0
# What a client has to say goodbye in TLS before its connection is cut.
GOODBYE_SECONDS = 5.0
# Connections at once, where the operating system lets the process have so many files.
CONNECTIONS = 10_000
# Files of the process that are not connections: books, logs, downloads, the database's sockets.
RESERVED_FILES = 128
# How long a server that may open no more files waits before it accepts again.
ACCEPT_AGAIN_SECONDS = 0.05
# No gap is longer than this while a request comes in: the client's own sockets wait as long (C13).
GAP_SECONDS = 15.0
# The whole of a request: 64 MiB at 5 Mbit/s.
REQUEST_SECONDS = 110.0
# A client that does not take its answer is left after this time.
ANSWER_SECONDS = 60.0
# Connections stay open between calls: a new one costs as much as thirty requests.
KEEP_ALIVE_SECONDS = 75
# How often slow connections are looked for.
SWEEP_SECONDS = 1.0
# More requests at once than this are told GEN0003 (too many users, retry).
REQUESTS_AT_ONCE = 2000
# Connections that wait to be accepted: the rush before a window closes.
BACKLOG = 4096
# Commands that share one commit: as many as wait, up to what keeps an answer under a second.
COMMANDS_AT_ONCE = 512
# A body from here on takes as long to read as a small command takes from end to end.
LONG_BODY_BYTES = 64 * 1024
# A body from here on takes a tenth of a second, or several whole ones: others are served meanwhile.
HUGE_BODY_BYTES = 4 * MIB
# What a commit and the long bodies that are here wait for each other: time to read ten of them.
GATHER_SECONDS = 0.02
# Threads that read the database while others wait.
READERS = 4
# Answers of reads that are kept until the market's books change.
ANSWERS_KEPT = 10_000
# Longer ones are made anew: 160 MB are kept at most.
ANSWER_BYTES_KEPT = 16 * 1024
# What an orderly end waits for.
SHUTDOWN_SECONDS = 10
# What `/ready` gives the database to answer.
READY_SECONDS = 2.0
# OASIS takes one request in this time from an address (wire contract 13).
OASIS_SECONDS = 5.0
# Addresses that are remembered for that before the older ones are forgotten.
OASIS_CALLERS = 10_000


def too_long_a_body(size: int, limit: int, whole: bool) -> Finding:
    """A body of `size` bytes, or of more if it was not read `whole`; `limit` are allowed."""
    return invalid(
        "body too long",
        "body",
        f"{size} bytes{'' if whole else ' or more'}",
        f"at most {limit} bytes ({limit // MIB} MiB)",
        "send it in parts: several portfolios or lists, each in a request of its own",
    )
