"""Columns of whole numbers as one text, and back."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.domain.packed import packed, unpacked, written

SHORT = st.integers(-(2**31) + 1, 2**31 - 1)
LONG = st.integers(-(2**63), 2**63 - 1)


@given(st.one_of(st.lists(SHORT), st.lists(LONG)))
def test_a_column_comes_back_from_its_text(numbers):
    column = packed(numbers)
    assert isinstance(column, array)
    assert list(column) == numbers
    assert unpacked(written(column)) == column
    assert packed(column) == column
    assert column.itemsize == (4 if all(abs(each) < 2**31 for each in numbers) else 8)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([], "i"), ([1], "iAQAAAA=="), ([-1, 256], "i/////wABAAA="), ([2**40], "qAAAAAAABAAA=")],
)
def test_the_text_is_the_same_on_every_machine(numbers, text):
    assert written(packed(numbers)) == text
    assert list(unpacked(text)) == numbers


@pytest.mark.parametrize("numbers", [["1"], [1, "0.5"], [2**63], [None]])
def test_what_is_no_column_of_numbers_stays_as_it_is(numbers):
    assert packed(numbers) is numbers
    assert unpacked(numbers) is numbers


@pytest.mark.parametrize(
    "text", ["", "x", "AQAAAA==", "iAQAA", "iAQ==", "i AQAAAA==", "qAQAAAA==", "iÄ"]
)
def test_a_text_that_is_no_column_is_an_error(text):
    with pytest.raises(ValueError, match=r"no packed numbers|multiple|[Pp]adding|base64"):
        unpacked(text)
