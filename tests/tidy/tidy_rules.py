"""The rules of style that no linter knows: each gives one-line messages `path:line: what, instead`.

A rule is a function of a parsed module; where it does not hold, it says so by a list of places.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

MODULE_LINES = 300
FUNCTION_LINES = 60

# Where files are read and written: readers and writers of one folder format each, and the program.
FILE_PLACES = (
    "simulator/cli/",
    "simulator/clearing/day_ahead_inputs.py",
    "simulator/clearing/explain.py",
    "simulator/clearing/folder.py",
    "simulator/clearing/write.py",
    "simulator/market/world_folder.py",
    "simulator/network/folder.py",
    "simulator/network/read.py",
    "simulator/settlement/folder.py",
    "simulator/settlement/report.py",
    "simulator/verify/",
)
# Rooms whose floats are rounded once, on the way out (docs/architecture.md, "Numbers").
FLOAT_ROOMS = ("clearing/", "network/", "verify/", "settlement/", "participants/")
# Settings are read from TOML, whose numbers are floats; rules make decimals of them.
FLOAT_PLACES = (*(f"simulator/{room}" for room in FLOAT_ROOMS), "simulator/domain/settings.py")

CLOCKS = re.compile(
    r"(datetime|date)\.(datetime\.)?(now|today|utcnow)|time\.(time|time_ns|monotonic|sleep)"
    r"|(time\.)?perf_counter"
)
CHANCE = re.compile(r"random\.\w+|(np|numpy)\.random\.(?!Generator$|Philox$)\w+|uuid\.\w+|uuid[14]")
ENVIRONMENT = re.compile(r"os\.(environ|getenv|getcwd)(\.\w+)?|getenv|environ")
FILES = re.compile(
    r"open|(.*\.)?(open|read_text|read_bytes|write_text|write_bytes|mkdir|unlink|rmtree)"
)
PRINTS = re.compile(r"print|sys\.(stdout|stderr)\.write")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
MONEY = re.compile(r"(^|_)usd(_|$)")


@dataclass(frozen=True)
class Module:
    """A source file: its path from the top of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def is_at(self, *places: str) -> bool:
        return self.path.startswith(places)


Faults = Iterator[str]


def dotted(node: ast.expr) -> str:
    """`np.random.seed` for that expression; a part that is no name is left empty."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def short_modules(module: Module) -> Faults:
    lines = len(module.text.splitlines())
    if lines > MODULE_LINES:
        yield f"{module.path}:1: {lines} lines, {MODULE_LINES} allowed; give an idea its own module"


def short_functions(module: Module) -> Faults:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield (
                    f"{module.path}:{node.lineno}: {node.name} has {lines} lines, "
                    f"{FUNCTION_LINES} allowed; name its steps"
                )


def _called(module: Module, banned: re.Pattern[str], instead: str) -> Faults:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and banned.fullmatch(dotted(node.func)):
            yield f"{module.path}:{node.lineno}: {dotted(node.func)} is banned here; {instead}"


def no_printing(module: Module) -> Faults:
    if not module.is_at("simulator/cli/"):
        yield from _called(module, PRINTS, "return the text; cli says it")


def no_clock(module: Module) -> Faults:
    if not module.is_at("simulator/cli/"):
        yield from _called(module, CLOCKS, "take the time as an argument")


def no_chance(module: Module) -> Faults:
    yield from _called(module, CHANCE, "draw from participants.stream, keyed by person and event")


def no_environment(module: Module) -> Faults:
    if module.is_at("simulator/cli/"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and ENVIRONMENT.fullmatch(dotted(node)):
            name = dotted(node)
            yield f"{module.path}:{node.lineno}: {name} is banned here; take it as an argument"


def files_in_their_places(module: Module) -> Faults:
    if not module.is_at(*FILE_PLACES):
        yield from _called(module, FILES, "take the content as an argument")


def no_float_money(module: Module) -> Faults:
    if module.is_at(*FLOAT_PLACES):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.AnnAssign) and node.annotation:
            name, annotation = dotted(node.target), node.annotation
        elif isinstance(node, ast.arg) and node.annotation:
            name, annotation = node.arg, node.annotation
        else:
            continue
        if MONEY.search(name) and "float" in ast.unparse(annotation):
            yield f"{module.path}:{node.lineno}: {name} is a float; money is Decimal at the edges"


def no_iteration_over_sets(module: Module) -> Faults:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.For | ast.comprehension):
            place = node.iter
            built = isinstance(place, ast.Call) and dotted(place.func) in ("set", "frozenset")
            if built or isinstance(place, ast.Set | ast.SetComp):
                yield f"{module.path}:{place.lineno}: the order of a set is nobody's; use sorted()"


def nothing_unfinished(module: Module) -> Faults:
    for number, line in enumerate(module.text.splitlines(), start=1):
        if UNFINISHED.search(line):
            yield f"{module.path}:{number}: a mark of something unfinished; finish it or file it"


RULES = (
    short_modules,
    short_functions,
    no_printing,
    no_clock,
    no_chance,
    no_environment,
    files_in_their_places,
    no_float_money,
    no_iteration_over_sets,
    nothing_unfinished,
)
