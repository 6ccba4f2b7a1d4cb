"""A power-flow case as its file states it: one frozen record per line of data.

Every record keeps the `line` it came from (1-based, 0 when it came from no file) and the
`comment` behind its slash. Power in MW, Mvar and MVA, angles in degrees, impedances in per unit
unless a field of the record says otherwise; names follow the RAW manual's fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.domain import Finding

Owners = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Bus:
    """`type`: 1 load or passive, 2 generator, 3 swing, 4 out of service. `gl_mw` is at 1 pu."""

    number: int
    name: str = ""
    base_kv: float = 0.0
    type: int = 1
    gl_mw: float = 0.0
    bl_mvar: float = 0.0
    area: int = 1
    zone: int = 1
    vm_pu: float = 1.0
    va_deg: float = 0.0
    owner: int = 1
    line: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """Constant power, current and admittance parts, the last two at 1 pu voltage."""

    bus: int
    id: str = "1"
    status: int = 1
    area: int = 1
    zone: int = 1
    p_mw: float = 0.0
    q_mvar: float = 0.0
    ip_mw: float = 0.0
    iq_mvar: float = 0.0
    yp_mw: float = 0.0
    yq_mvar: float = 0.0
    owner: int = 1
    line: int = 0
    comment: str = ""

    def mw_at(self, vm_pu: float) -> float:
        """MW drawn at the voltage `vm_pu` (status not considered)."""
        return self.p_mw + self.ip_mw * vm_pu + self.yp_mw * vm_pu**2


@dataclass(frozen=True, slots=True)
class FixedShunt:
    """A shunt record of its own, as versions 31 and later have them."""

    bus: int
    id: str = "1"
    status: int = 1
    g_mw: float = 0.0
    b_mvar: float = 0.0
    line: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Generator:
    """One machine; reactive limits and step-up data are kept for writing only."""

    bus: int
    id: str = "1"
    p_mw: float = 0.0
    q_mvar: float = 0.0
    q_max_mvar: float = 9999.0
    q_min_mvar: float = -9999.0
    v_set_pu: float = 1.0
    regulated_bus: int = 0
    base_mva: float = 100.0
    zr_pu: float = 0.0
    zx_pu: float = 1.0
    rt_pu: float = 0.0
    xt_pu: float = 0.0
    gtap: float = 1.0
    status: int = 1
    rmpct: float = 100.0
    p_max_mw: float = 9999.0
    p_min_mw: float = -9999.0
    owners: Owners = ()
    line: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A non-transformer branch. A rating of 0 means not limited."""

    from_bus: int
    to_bus: int
    circuit: str = "1"
    r_pu: float = 0.0
    x_pu: float = 0.0
    b_pu: float = 0.0
    rate_a_mva: float = 0.0
    rate_b_mva: float = 0.0
    rate_c_mva: float = 0.0
    gi_pu: float = 0.0
    bi_pu: float = 0.0
    gj_pu: float = 0.0
    bj_pu: float = 0.0
    status: int = 1
    length: float = 0.0
    metered_at_to: bool = False
    owners: Owners = ()
    line: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Impedance:
    """Between two windings, in the units that the transformer's CZ code names."""

    r: float = 0.0
    x: float = 0.0
    base_mva: float = 100.0


@dataclass(frozen=True, slots=True)
class Winding:
    """`voltage` in the units of the CW code (`None`: the default, nominal); `angle_deg` shifts."""

    voltage: float | None = None
    nominal_kv: float = 0.0
    angle_deg: float = 0.0
    rate_a_mva: float = 0.0
    rate_b_mva: float = 0.0
    rate_c_mva: float = 0.0
    control: int = 0
    controlled_bus: int = 0
    rma: float = 1.1
    rmi: float = 0.9
    vma: float = 1.1
    vmi: float = 0.9
    tap_positions: int = 33
    table: int = 0
    cr_pu: float = 0.0
    cx_pu: float = 0.0


@dataclass(frozen=True, slots=True)
class Transformer:
    """Two windings (one impedance) or three (impedances 1-2, 2-3, 3-1); status as in RAW.

    Status 0 out, 1 in; for three windings also 2, 3, 4: winding 2, 3, 1 out, the others in.
    """

    from_bus: int
    to_bus: int
    third_bus: int = 0
    circuit: str = "1"
    cw: int = 1
    cz: int = 1
    cm: int = 1
    mag1: float = 0.0
    mag2: float = 0.0
    metered: int = 2
    name: str = ""
    status: int = 1
    owners: Owners = ()
    impedances: tuple[Impedance, ...] = ()
    windings: tuple[Winding, ...] = ()
    star_vm_pu: float = 1.0
    star_va_deg: float = 0.0
    line: int = 0
    comment: str = ""

    @property
    def buses(self) -> tuple[int, ...]:
        """The terminal buses, one per winding."""
        pair = (self.from_bus, self.to_bus)
        return (*pair, self.third_bus) if self.third_bus else pair

    def winding_in_service(self, winding: int) -> bool:
        """Whether winding 0, 1 or 2 is in service by the status code."""
        if self.third_bus == 0 or self.status in (0, 1):
            return self.status == 1
        return winding != {2: 1, 3: 2, 4: 0}[self.status]


@dataclass(frozen=True, slots=True)
class DcLink:
    """A DC line of any kind: what it injects (+) or takes (-) at AC buses, lossless, in MW.

    `kind` is `two-terminal`, `vsc` or `multi-terminal`; `rows` are the record's items as text.
    """

    kind: str
    name: str
    injections: tuple[tuple[int, float], ...]
    rows: tuple[tuple[str, ...], ...] = ()
    line: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class FactsDevice:
    """A series device carries `p_mw` from `from_bus` to `to_bus`; a shunt one has `to_bus` 0."""

    name: str
    from_bus: int
    to_bus: int
    mode: int
    p_mw: float
    rows: tuple[tuple[str, ...], ...] = ()
    line: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class MultiSectionLine:
    """Branches from `from_bus` through `dummies` to `to_bus` that are one line."""

    from_bus: int
    to_bus: int
    id: str
    dummies: tuple[int, ...]
    metered_at_to: bool = False
    line: int = 0
    comment: str = ""

    @property
    def path(self) -> tuple[int, ...]:
        """All buses from one end to the other."""
        return (self.from_bus, *self.dummies, self.to_bus)


@dataclass(frozen=True, slots=True)
class CorrectionTable:
    """Impedance factors by tap ratio or, when `by_angle`, by phase angle in degrees."""

    number: int
    points: tuple[tuple[float, float], ...]
    line: int = 0
    comment: str = ""

    @property
    def by_angle(self) -> bool:
        """Tap ratios lie near 1; anything else is an angle (RAW manual's own test)."""
        return self.points[0][0] < 0.5 or self.points[-1][0] > 1.5


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """A record without effect on a DC network, kept as text so that it can be written again."""

    items: tuple[str, ...]
    line: int = 0
    comment: str = ""


@dataclass(frozen=True)
class Case:
    """One network as read; `plain` maps a section name to the records kept as text.

    `format` is `PSS/E RAW` or `MATPOWER`; `warnings` are what the reader noticed but accepted.
    """

    base_mva: float
    buses: tuple[Bus, ...]
    loads: tuple[Load, ...] = ()
    fixed_shunts: tuple[FixedShunt, ...] = ()
    generators: tuple[Generator, ...] = ()
    lines: tuple[Line, ...] = ()
    transformers: tuple[Transformer, ...] = ()
    dc_links: tuple[DcLink, ...] = ()
    facts: tuple[FactsDevice, ...] = ()
    multi_section: tuple[MultiSectionLine, ...] = ()
    corrections: tuple[CorrectionTable, ...] = ()
    plain: tuple[tuple[str, tuple[PlainRecord, ...]], ...] = ()
    titles: tuple[str, str] = ("", "")
    frequency_hz: float = 60.0
    format: str = "PSS/E RAW"
    version: int = 30
    warnings: tuple[Finding, ...] = ()
