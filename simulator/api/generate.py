"""Python types from the documents: one module of msgspec Structs per service.

`module_text(document)` is, to the byte, what `simulator/api/types/<service>.py` holds; a test keeps
it so. Only what the documents use is understood; anything else is an error, not a guess.
"""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Mapping

from simulator.api.documents import SCHEMA_PREFIX, Document, Json, whole

WIDTH = 100
# The error body is one for all services, and `simulator.api.errors` writes it.
NOT_HERE = ("CRRServiceException", "ErrorDetail")
# Aliases are named by what their pattern admits and by their greatest length.
PATTERN_NAMES = {
    "": "String",
    "^[a-zA-Z0-9. _-]*$": "Name",
    "^[. _-]*[a-zA-Z0-9][a-zA-Z0-9. _-]*$": "PortfolioName",
    "^[a-zA-Z0-9. _#@-]*$": "Text",
    "^[a-zA-Z0-9. _#@()-]*$": "MessageText",
    "^[a-zA-Z0-9. _()-]*$": "FileName",
    "^[0-9. _-]*$": "Phone",
    "^[a-zA-Z0-9@._-]*$": "Email",
    "^[0-9]*$": "Digits",
}
# The wire's names are camel case; ruff is told so where there are any.
CAMEL_CASE = {"N815": r"^    [a-zA-Z]+[A-Z]\w*: ", "N816": r"^[a-z]\w*[A-Z]\w* = "}
IMPORTS = {
    "datetime": ("datetime",),
    "decimal": ("Decimal",),
    "typing": ("Annotated", "Literal"),
    "msgspec": ("UNSET", "Meta", "UnsetType", "field"),
    "simulator.api.types.wire": ("STEP_0_001", "STEP_0_01", "Number", "Wire", "misfit"),
}


def module_text(document: Document) -> str:
    """The module of a service's types, formatted."""
    return _Module(document.schemas).text(document.file_name)


class _Module:
    """One module in the making: aliases of plain types are collected as properties need them."""

    def __init__(self, schemas: Mapping[str, Json]) -> None:
        self.schemas = {name: node for name, node in schemas.items() if name not in NOT_HERE}
        self.aliases: dict[str, str] = {}
        self.numbers: dict[str, str] = {}

    def text(self, file_name: str) -> str:
        named = [self.named(name, node) for name, node in self.schemas.items() if _plain(node)]
        records = [
            self.record(name, node) for name, node in self.schemas.items() if not _plain(node)
        ]
        aliases = [f"{name} = {value}" for name, value in sorted(self.aliases.items())]
        plain = "\n".join([*aliases, *named, *self.numbers.values()])
        code = "\n\n\n".join(filter(None, [plain, *records]))
        parts = [_header(file_name, code), _imports(code), code]
        return "\n\n".join(filter(None, parts)) + "\n"

    def named(self, name: str, node: Json) -> str:
        """A schema that is no object: an enum, or a number or string with a name of its own."""
        if "enum" not in node:
            return f"{name} = {self.plain(node)}"
        line = f"{name} = {_literal(node)}"
        if len(line) > WIDTH:
            line = line.replace("[", "[\n    ").replace(", ", ",\n    ").replace("]", ",\n]")
        return line

    def record(self, name: str, node: Json) -> str:
        assert node["type"] == "object", name
        assert node["additionalProperties"] is False, name
        fields = [self.field(key, value, node["required"]) for key, value in _items(node)]
        rules = self.rules(node)
        lines = [
            f"class {name}(Wire, frozen=True, kw_only=True):",
            _docstring(node["description"]),
            "",
        ]
        lines += [f"    {field}" for field in fields]
        if rules:
            constant = "_" + "_AND_".join(rules).upper()
            told = self.numbers.setdefault(constant, _mapping(constant, rules))
            assert told == _mapping(constant, rules), f"{name}: other limits of the same numbers"
            lines += ["", _post_init(rules, constant)]
        return "\n".join(lines)

    def field(self, name: str, node: Json, required: list[str]) -> str:
        kind = self.kind(node)
        kind = kind if name in required else f"{kind} | UnsetType"
        if keyword.iskeyword(name):
            default = "" if name in required else "default=UNSET, "
            return f'{name}_: {kind} = field({default}name="{name}")'
        return f"{name}: {kind}" if name in required else f"{name}: {kind} = UNSET"

    def kind(self, node: Json) -> str:
        """The annotation of a property."""
        if "$ref" in node:
            return str(node["$ref"].removeprefix(SCHEMA_PREFIX))
        if node["type"] == "array":
            bounds = _meta(node, min_length="minItems", max_length="maxItems")
            inner = f"list[{self.kind(node['items'])}]"
            return f"Annotated[{inner}, {bounds}]" if bounds else inner
        return _literal(node) if "enum" in node else self.plain(node)

    def plain(self, node: Json) -> str:
        kind = (node["type"], node.get("format", ""))
        if kind == ("string", "date-time"):
            return self.alias("DateTime", "datetime", "Meta(tz=True)")
        if kind == ("string", "byte"):
            return "bytes"
        if kind[0] == "number":
            return "Decimal"
        if kind[0] == "integer":
            bounds = _meta(node, ge="minimum", le="maximum")
            name = f"From{node.get('minimum', '')}To{node.get('maximum', '')}"
            name = "Id" if name == "From1To9999999999" else name
            return self.alias(name, "int", bounds) if bounds else "int"
        assert kind == ("string", ""), node
        bounds = _meta(node, min_length="minLength", max_length="maxLength", pattern="pattern")
        name = PATTERN_NAMES[node.get("pattern", "")] + str(node.get("maxLength", ""))
        name = name if node.get("minLength") or "pattern" not in node else f"Any{name}"
        return self.alias(name, "str", bounds) if bounds else "str"

    def alias(self, name: str, kind: str, meta: str) -> str:
        value = f"Annotated[{kind}, {meta}]"
        if len(f"{name} = {value}") > WIDTH:
            value = f"Annotated[\n    {kind}, {meta}\n]"
        assert self.aliases.setdefault(name, value) == value, (name, value)
        return name

    def rules(self, node: Json) -> dict[str, Json]:
        """The numbers of an object that have bounds or steps, by property."""
        found = {}
        for name, value in _items(node):
            target = value.get("$ref", "").removeprefix(SCHEMA_PREFIX)
            number = self.schemas[target] if target else value
            if number.get("type") == "number" and _limited(number):
                assert name in node["required"], f"{name}: no check of optional numbers"
                found[name] = number
        return found


def _items(node: Json) -> list[tuple[str, Json]]:
    return list(node["properties"].items())


def _plain(node: Json) -> bool:
    return "properties" not in node


def _limited(node: Json) -> bool:
    return any(key in node for key in ("minimum", "maximum", "multipleOf"))


def _literal(node: Json) -> str:
    values = [str(value) if node["type"] == "integer" else f'"{value}"' for value in node["enum"]]
    return f"Literal[{', '.join(values)}]"


def _meta(node: Json, **keys: str) -> str:
    """A `Meta(...)` of the node's limits, or "" when it has none."""
    said = {ours: node[theirs] for ours, theirs in keys.items() if theirs in node}
    if "pattern" in said:
        said["pattern"] = whole(said["pattern"])
    texts = [
        f'{name}=r"{value}"' if name == "pattern" else f"{name}={value}"
        for name, value in said.items()
    ]
    return f"Meta({', '.join(texts)})" if texts else ""


def _mapping(constant: str, rules: Mapping[str, Json]) -> str:
    rows = [f'    "{name}": Number({_bounds(node)}),' for name, node in rules.items()]
    return "\n".join([f"{constant} = {{", *rows, "}"])


def _bounds(node: Json) -> str:
    bounds = [f'{end}=Decimal("{node[end]}")' for end in ("minimum", "maximum") if end in node]
    return ", ".join(bounds + ([f"step={_step(node)}"] if "multipleOf" in node else []))


def _post_init(rules: Mapping[str, Json], constant: str) -> str:
    """One cheap test of all the numbers, as most are right; `misfit` finds which one is wrong."""
    tests = []
    for name, node in rules.items():
        low, high = node.get("minimum"), node.get("maximum")
        tests += [] if low is None else [f"self.{name} < {_number(low)}"]
        tests += [] if high is None else [f"self.{name} > {_number(high)}"]
        tests += [f"self.{name} % {_step(node)}"] if "multipleOf" in node else []
    line = f"            if not ({' or '.join(tests)}):"
    if len(tests) == 1:
        line = line.replace("(", "").replace(")", "")
    if len(line) > WIDTH:
        inner = "\n                or ".join(tests)
        line = f"            if not (\n                {inner}\n            ):"
    return (
        "    def __post_init__(self) -> None:\n        try:\n"
        f"{line}\n                return\n        except ArithmeticError:\n"
        f"            pass\n        raise misfit(self, {constant})"
    )


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"STEP_{value}".replace(".", "_")


def _step(node: Json) -> str:
    return f"STEP_{node['multipleOf']}".replace(".", "_")


def _docstring(text: str) -> str:
    lines = textwrap.wrap(text.strip(), WIDTH - 10)
    return (
        f'    """{lines[0]}"""'
        if len(lines) == 1
        else ('    """' + "\n    ".join(lines) + '\n    """')
    )


def _header(file_name: str, code: str) -> str:
    rules = ", ".join(rule for rule, names in CAMEL_CASE.items() if re.search(names, code, re.M))
    return (
        f'"""Types of {file_name}.\n\n'
        'Made by `simulator.api.generate`: change the document, then make them again.\n"""'
        + (f"\n\n# ruff: noqa: {rules}" if rules else "")
    )


def _imports(code: str) -> str:
    """The imports that the code needs, as ruff sorts them."""
    groups: list[list[str]] = [["from __future__ import annotations"] if code else [], [], [], []]
    for module, names in IMPORTS.items():
        used = [name for name in names if _uses(code, name)]
        group = 2 if module == "msgspec" else 3 if module.startswith("simulator") else 1
        groups[group] += [f"from {module} import {', '.join(used)}"] if used else []
    return "\n\n".join("\n".join(group) for group in groups if group)


def _uses(code: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", code) is not None
