"""Which column holds what, guessed by the headings."""

from typing import Any

import pytest

from portal.clients.importing import Contacts, Matters
from portal.imports import matching
from portal.imports.kinds import Kind

CONTACTS, MATTERS = Contacts(), Matters()


@pytest.mark.parametrize(
    "kind, columns, matched",
    [
        (
            CONTACTS,
            ["CONTACT ID", "first  name", "Last-Name", "E-Mail", "Zip/Postal Code", "Fax"],
            {"id": 0, "first_name": 1, "last_name": 2, "email": 3, "postal_code": 4},
        ),
        (CONTACTS, ["Email", "Email", "Name", "Name"], {"email": 0, "name": 2}),
        (CONTACTS, ["Client", "Name"], {"name": 1}),
        (CONTACTS, ["Organisation", "Prénom"], {"company": 0}),
        (CONTACTS, ["", "?", "Colour"], {}),
        (
            MATTERS,
            ["Matter", "Display number", "Client", "Responsible Attorney", "Open Date"],
            {"name": 0, "number": 1, "client": 2, "responsible": 3, "opened": 4},
        ),
    ],
)
def test_X7_headings_of_other_systems_are_known_each_column_once(
    kind: Kind, columns: list[str], matched: dict[str, int]
) -> None:
    assert matching.guess(kind, columns) == matched


@pytest.mark.parametrize("kind", [CONTACTS, MATTERS])
def test_X7_a_file_with_our_own_headings_is_matched_as_a_whole(kind: Kind) -> None:
    labels = [str(field.label) for field in kind.fields]
    own = {field.name: place for place, field in enumerate(kind.fields)}
    assert matching.guess(kind, labels) == own
    assert matching.guess(kind, [field.name for field in kind.fields]) == own


def test_X7_headings_tell_that_a_file_holds_other_things_than_was_said() -> None:
    both = [CONTACTS, MATTERS]
    ours = [str(field.label) for field in MATTERS.fields]
    assert matching.better(CONTACTS, both, ours) is MATTERS
    assert matching.better(MATTERS, both, ours) is None
    assert matching.better(CONTACTS, both, ["", "?", "Colour"]) is None


@pytest.mark.parametrize(
    "matched, errors",
    [
        ({"name": 0}, {}),
        ({"last_name": 0}, {}),
        ({"company": 1, "email": 0}, {}),
        ({}, {"name": "Choose the column for “Name”."}),
        ({"first_name": 0}, {"name": "Choose the column for “Name”."}),
        ({"name": 0, "email": 0}, {"email": "“Name” too. Each can be used once."}),
        ({"name": 2}, {"name": "This file has no such column. Choose again."}),
        ({"name": -1}, {"name": "This file has no such column. Choose again."}),
    ],
)
def test_X7_a_choice_that_cannot_be_is_told_by_its_field(
    matched: dict[str, int], errors: dict[str, Any]
) -> None:
    found = matching.problems(CONTACTS, matched, ["A", "B"])
    assert found.keys() == errors.keys()
    assert all(found[name].endswith(sentence) for name, sentence in errors.items())
