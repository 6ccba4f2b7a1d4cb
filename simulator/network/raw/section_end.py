"""What the comment behind a section's 0 says has ended: `/ END OF BUS DATA, BEGIN LOAD DATA`.

The words are informal and may be absent, so they never choose a section (psse_raw 1.9). Where they
name another one a 0 is missing or too many, and everything behind it would be misread.
"""

from __future__ import annotations

import re

_ENDED = re.compile(r"\bend\s+of\s+(.*?)(?:,|\bbegin\b|$)", re.IGNORECASE)
_WORDS = (  # the first that is found counts: a "non-transformer branch" is a line
    ("induction machine", r"induction"),
    ("gne device", r"\bgne\b"),
    ("facts", r"\bfacts\b"),
    ("owner", r"\bowner"),
    ("transfer", r"\btransfers?\b"),
    ("zone", r"\bzone"),
    ("multi-section line", r"multi[- ]?section"),
    ("multi-terminal dc", r"multi[- ]?terminal"),
    ("impedance correction", r"correction"),
    ("switched shunt", r"\bswitched"),
    ("fixed shunt", r"\bfixed"),
    ("vsc dc", r"\bvsc\b"),
    ("two-terminal dc", r"\b(?:two|2)[- ]?terminal"),
    ("area", r"\barea"),
    ("line", r"\bnon[- ]?transformer|\bbranch"),
    ("transformer", r"\btransformer"),
    ("generator", r"\bgenerator"),
    ("load", r"\bload"),
    ("bus", r"\bbus\b"),
)


def section_ended(comment: str) -> str | None:
    """The section that has ended by this comment; None when it does not say so."""
    found = _ENDED.search(comment)
    if found is None:
        return None
    for section, words in _WORDS:
        if re.search(words, found[1], re.IGNORECASE):
            return section
    return None
