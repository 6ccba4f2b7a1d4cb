"""Python clients made from the documents by a public generator, and one way to call them."""

from __future__ import annotations

import enum
import importlib
import json
import pkgutil
import re
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from api_document_kit import FOLDER

from simulator.api.documents import document

# The generator's own command, for many documents in one process; nothing is formatted.
GENERATE = """
import json, pathlib, sys
from openapi_python_client.cli import app
pathlib.Path("config.yml").write_text("post_hooks: []")
for document, service in json.loads(sys.argv[1]):
    asked = ["--path", document, "--output-path", f"client_{service}", "--config", "config.yml"]
    app(["generate", "--meta", "none", "--fail-on-warning", *asked], standalone_mode=False)
"""


@contextmanager
def generated(folder: Path, services: Iterable[str]) -> Iterator[Path]:
    """A package `client_SERVICE` for each service, importable while the context lasts."""
    jobs = [[str(FOLDER / document(name).file_name), name] for name in services]
    made = subprocess.run(
        [sys.executable, "-c", GENERATE, json.dumps(jobs)],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Warning" not in made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    try:
        yield folder
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.startswith("client_")]:
            del sys.modules[name]


@dataclass
class Caller:
    """Somebody with a certificate (or none), calling by generated code."""

    base: str
    tls: ssl.SSLContext

    def call(self, service: str, operation: str, **given: Any) -> tuple[int, Any]:
        """Status and what the client made of the answer; enums and bodies come in as plain data."""
        asked = _module(service, operation).sync_detailed
        wanted = get_type_hints(asked)
        values = {name: _typed(wanted[name], value) for name, value in given.items()}
        made = importlib.import_module(f"client_{service}").Client
        with made(self.base, verify_ssl=self.tls, raise_on_unexpected_status=True) as client:
            answer = asked(client=client, caiso_request_id=str(uuid.uuid4()), **values)
        return answer.status_code.value, answer.parsed


def _module(service: str, operation: str) -> Any:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|-", "_", operation).lower()
    package = importlib.import_module(f"client_{service}.api")
    for tag in pkgutil.iter_modules(package.__path__):
        tagged = importlib.import_module(f"{package.__name__}.{tag.name}")
        if any(each.name == name for each in pkgutil.iter_modules(tagged.__path__)):
            return importlib.import_module(f"{tagged.__name__}.{name}")
    raise AssertionError(f"no {operation} in the client of {service}")


def _typed(kind: Any, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    return kind.from_dict(value) if isinstance(value, dict) else value
