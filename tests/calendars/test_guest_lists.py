"""Lists of guests merge person by person, and what both changed is never dropped silently."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.events.guest_lists import merge_guests

BOB, EVE, CARL = {"email": "bob@x"}, {"email": "eve@x"}, {"email": "carl@x"}
YES, NO = {**BOB, "response": "accepted"}, {**BOB, "response": "declined"}
OPTIONAL = {**BOB, "optional": True}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ([BOB], [BOB, CARL], [YES], [YES, CARL]),
        ([BOB, EVE], [BOB], [BOB, EVE, CARL], [BOB, CARL]),
        ([BOB], [], [YES], []),
        ([BOB], [OPTIONAL], [YES], [{**OPTIONAL, "response": "accepted"}]),
        ([BOB], [YES], [YES], [YES]),
        ([BOB], [YES], [NO], None),
        ([BOB], [YES], [], None),
        ([BOB], [], [OPTIONAL], None),
        ([], [YES], [NO], None),
    ],
)
def test_a_table(base: Any, mine: Any, theirs: Any, merged: Any) -> None:
    assert merge_guests(base, mine, theirs) == merged


people = st.lists(
    st.fixed_dictionaries(
        {"email": st.sampled_from(["a@x", "b@x", "c@x"])},
        optional={
            "response": st.sampled_from(["accepted", "declined"]),
            "optional": st.just(True),
        },
    ),
    unique_by=lambda one: one["email"],
)


@given(base=people, mine=people, theirs=people)
def test_what_one_side_alone_changed_is_in_the_result(base: Any, mine: Any, theirs: Any) -> None:
    assert merge_guests(base, base, theirs) is not None
    assert _as_set(merge_guests(base, base, theirs)) == _as_set(theirs)
    assert _as_set(merge_guests(base, mine, base)) == _as_set(mine)
    merged = merge_guests(base, mine, theirs)
    if merged is not None:
        for one in merged:
            assert one["email"] in {each["email"] for each in [*mine, *theirs]}


def _as_set(people: Any) -> set[Any]:
    return {tuple(sorted(one.items())) for one in people or []}
