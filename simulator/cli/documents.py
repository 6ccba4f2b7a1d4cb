"""`marketsim documents`: what a participant's developer needs, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulator.cli.shell import OK, file_faults, say, say_json, write_whole

EXAMPLE = "Example: marketsim documents --out out/documents --url https://localhost:8443"


def documents(
    out: Annotated[Path, typer.Option(help="The folder that the files go to.")] = Path(
        "out/documents"
    ),
    url: Annotated[
        str, typer.Option(help="Where the sandbox is; stands in the Postman collections.")
    ] = "https://localhost:8443",
    json: Annotated[bool, typer.Option("--json", help="What was written, as JSON.")] = False,
) -> int:
    """Write the OpenAPI document and the Postman collection of every service."""
    from simulator.api.documents import document_text, load_documents
    from simulator.api.postman import collection_name, collection_text

    base = f"{url.rstrip('/')}/crr"
    files: dict[str, bytes] = {}
    for told in load_documents():
        files[told.file_name] = document_text(told)
        files[collection_name(told)] = collection_text(told, base).encode()
    with file_faults(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(out / name, content)
    written = [str(out / name) for name in files]
    if json:
        say_json({"written": written})
    else:
        for path in written:
            say(path)
    return OK
