"""Which field stands where: the record layouts of versions 29 to 33 (psse_raw 4 and 6).

A layout is written as `FIELD=attribute` in file order; the attribute's type and default are those
of the record class, so a default is stated once. `!` marks a field without default, `FIELD` alone
is read over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields

from simulator.network.case import (
    Bus,
    FixedShunt,
    Generator,
    Impedance,
    Line,
    Load,
    Transformer,
    Winding,
)

LARGEST_NUMBER = 1e15  # beyond it a network's numbers would lose each other in a float


def real(item: str) -> float:
    """A Fortran real (`1.`, `.5`, `1.0D-3`) up to `LARGEST_NUMBER`; ValueError otherwise."""
    try:
        value = float(item)
    except ValueError:
        value = float(item.upper().replace("D", "E", 1))
    if not abs(value) <= LARGEST_NUMBER or "_" in item:
        raise ValueError(item)
    return value


def integer(item: str) -> int:
    """A whole number, also when written as a real (`1.00`); ValueError otherwise."""
    try:
        value = int(item)
    except ValueError:
        number = real(item)
        if not number.is_integer():
            raise ValueError(item) from None
        return int(number)
    if "_" in item:
        raise ValueError(item)
    return value


def allowed_text(convert: Callable[[str], object]) -> str:
    """What a field with this converter may hold, in words."""
    if convert is real:
        return f"a number of at most {LARGEST_NUMBER:g}"
    return "a whole number" if convert is integer else "a bus of the bus section"


@dataclass(frozen=True, slots=True)
class Column:
    """`name` as in the manual; `attribute` is None for a field that is read over."""

    name: str
    attribute: str | None
    convert: Callable[[str], object]
    default: object
    required: bool
    is_bus: bool


def layout(record: type, text: str) -> tuple[Column, ...]:
    """The columns of `record`, from `FIELD=attribute` words."""
    known = {item.name: item for item in fields(record)}
    columns = []
    for word in text.split():
        name, _, attribute = word.rstrip("!").partition("=")
        if not attribute:
            columns.append(Column(name, None, str, "", False, False))
            continue
        item = known[attribute]
        convert = _CONVERT[str(item.type)]
        required = word.endswith("!") or item.default is MISSING
        is_bus = attribute == "bus" or attribute.endswith("_bus")
        columns.append(Column(name, attribute, convert, item.default, required, is_bus))
    return tuple(columns)


def _text(item: str) -> str:
    return item.strip()


_CONVERT: dict[str, Callable[[str], object]] = {
    "int": integer,
    "float": real,
    "float | None": real,
    "str": _text,
}

_BUS_30 = layout(
    Bus,
    "I=number NAME=name BASKV=base_kv IDE=type GL=gl_mw BL=bl_mvar AREA=area ZONE=zone "
    "VM=vm_pu VA=va_deg OWNER=owner",
)
_BUS_31 = layout(
    Bus,
    "I=number NAME=name BASKV=base_kv IDE=type AREA=area ZONE=zone OWNER=owner VM=vm_pu VA=va_deg",
)
_BUS_33 = _BUS_31 + layout(Bus, "NVHI NVLO EVHI EVLO")

LOAD = layout(
    Load,
    "I=bus ID=id STATUS=status AREA=area ZONE=zone PL=p_mw QL=q_mvar IP=ip_mw IQ=iq_mvar "
    "YP=yp_mw YQ=yq_mvar OWNER=owner SCALE INTRPT",
)
FIXED_SHUNT = layout(FixedShunt, "I=bus ID=id STATUS=status GL=g_mw BL=b_mvar")
GENERATOR = layout(
    Generator,
    "I=bus ID=id PG=p_mw QG=q_mvar QT=q_max_mvar QB=q_min_mvar VS=v_set_pu IREG=regulated_bus "
    "MBASE=base_mva ZR=zr_pu ZX=zx_pu RT=rt_pu XT=xt_pu GTAP=gtap STAT=status RMPCT=rmpct "
    "PT=p_max_mw PB=p_min_mw",
)
_LINE_ENDS = (
    "I=from_bus J=to_bus CKT=circuit R=r_pu X=x_pu! B=b_pu RATEA=rate_a_mva RATEB=rate_b_mva "
    "RATEC=rate_c_mva GI=gi_pu BI=bi_pu GJ=gj_pu BJ=bj_pu ST=status "
)
_LINE_30 = layout(Line, _LINE_ENDS + "LEN=length")
_LINE_31 = layout(Line, _LINE_ENDS + "MET LEN=length")
TRANSFORMER = layout(
    Transformer,
    "I=from_bus J=to_bus K=third_bus CKT=circuit CW=cw CZ=cz CM=cm MAG1=mag1 MAG2=mag2 "
    "NMETR=metered NAME=name STAT=status",
)
IMPEDANCE = layout(Impedance, "R=r X=x! SBASE=base_mva")
STAR = layout(Transformer, "VMSTAR=star_vm_pu ANSTAR=star_va_deg")
WINDING = layout(
    Winding,
    "WINDV=voltage NOMV=nominal_kv ANG=angle_deg RATA=rate_a_mva RATB=rate_b_mva RATC=rate_c_mva "
    "COD=control CONT=controlled_bus RMA=rma RMI=rmi VMA=vma VMI=vmi NTP=tap_positions TAB=table "
    "CR=cr_pu CX=cx_pu CNXA",
)
OWNER_ITEMS = 8  # four (owner, fraction) pairs end a generator, line or transformer record


def bus_layout(version: int) -> tuple[Column, ...]:
    """Bus shunts stand in the bus record up to version 30."""
    if version <= 30:
        return _BUS_30
    return _BUS_31 if version <= 32 else _BUS_33


def line_layout(version: int) -> tuple[Column, ...]:
    """Version 31 put the metered end (MET) into a field of its own."""
    return _LINE_30 if version <= 30 else _LINE_31


_SECTIONS_30 = (
    "bus", "load", "generator", "line", "transformer", "area", "two-terminal dc", "vsc dc",
    "switched shunt", "impedance correction", "multi-terminal dc", "multi-section line", "zone",
    "transfer", "owner", "facts",
)  # fmt: skip
_SECTIONS_31 = (
    "bus", "load", "fixed shunt", "generator", "line", "transformer", "area", "two-terminal dc",
    "vsc dc", "impedance correction", "multi-terminal dc", "multi-section line", "zone",
    "transfer", "owner", "facts", "switched shunt",
)  # fmt: skip


def sections(version: int) -> tuple[str, ...]:
    """Names of the sections in file order (psse_raw 3)."""
    if version <= 30:
        return _SECTIONS_30
    if version == 31:
        return _SECTIONS_31
    if version == 32:
        return (*_SECTIONS_31, "gne device")
    return (*_SECTIONS_31, "gne device", "induction machine")
