"""Numbers of a JSON text in steps: what `decimal` makes of each, however they are spelled."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.api.digits import DECIMALS_MAX, DOUBLE_DIGITS, FewNumbers, Numbers, Unread
from simulator.domain.columns import STEPS_MAX

STEPS = [Decimal(1).scaleb(-decimals) for decimals in range(DECIMALS_MAX + 1)]
SPELLED = st.from_regex(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?", fullmatch=True)
BETWEEN = st.text("abc:,{ }", min_size=1, max_size=12)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(BETWEEN, SPELLED)), st.sampled_from(STEPS))
def test_every_number_is_found_and_counted_or_none_is_read(parts, step):
    text = "".join(gap + number for gap, number in parts)
    numbers = Numbers(text.encode())
    assert len(numbers) == len(parts)
    assert numbers.gaps.tolist() == [*(len(gap) for gap, _ in parts), 0]
    assert numbers.rest.decode() == "".join(gap for gap, _ in parts)
    wanted = [Decimal(number) / step for _, number in parts]
    if all(count == int(count) and abs(count) < STEPS_MAX for count in wanted):
        assert numbers.in_steps(step).tolist() == list(map(int, wanted))
    else:
        with pytest.raises(Unread):
            numbers.in_steps(step)


@settings(max_examples=500, deadline=None)
@given(st.lists(SPELLED, min_size=1), st.sampled_from(STEPS))
@example(["9007199254740993"], Decimal("0.001"))  # a double has none of these two
@example(["1000000000000"], Decimal("0.001"))
def test_a_few_numbers_are_counted_alike_or_not_read(spelled, step):
    wanted = [Decimal(number) / step for number in spelled]
    try:
        found = FewNumbers(",".join(spelled).encode()).in_steps(step).tolist()
    except Unread:
        short = max(map(len, spelled)) <= DOUBLE_DIGITS
        assert not short or any(count % 1 or abs(count) >= 10**12 for count in wanted)
    else:
        assert found == list(map(int, wanted))
        assert all(abs(count) < STEPS_MAX for count in wanted)


@pytest.mark.parametrize("digits", range(1, 12))
def test_a_number_may_stand_at_the_very_beginning(digits):
    text = "1" * digits
    assert Numbers(f"{text},2".encode()).in_steps(Decimal("0.001")).tolist() == [
        1000 * int(text), 2000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["0.1000000000000000055", "1.00000000000000001", "123456789012345678901", "0.0005"]
)
def test_what_is_no_multiple_or_has_too_many_digits_is_not_read(text):
    for place in range(9):
        with pytest.raises(Unread):
            Numbers(f"{'1,' * place}{text},3".encode()).in_steps(Decimal("0.001"))


def test_a_text_without_numbers_has_none():
    numbers = Numbers(b"{}")
    assert (len(numbers), numbers.gaps.tolist(), numbers.rest) == (0, [2], b"{}")
    assert numbers.in_steps(Decimal(1)).tolist() == []
