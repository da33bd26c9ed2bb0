"""**Add participant**: whom it offers, what it says, and whom it refuses (FEATURES C15)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from portal.access.adding import add
from portal.clients.access import NOTHING_CLOSED
from portal.clients.actions import edit_matter
from portal.clients.details import RelatedDetails
from portal.clients.models import Contact, Matter
from portal.clients.queries import matter as matter_by_public_id
from portal.clients.standing import matter_details_of
from portal.core import db
from tests.factories import clients
from tests.portal.access.portal_office import names, opened, page_of, user
from tests.support.cast import ADA, ANA, BEN, Cast
from tests.support.outbox import Outbox
from tests.test_matter_access import restrict

Run = Callable[[], int]


@pytest.fixture
def cleo(cast: Cast) -> Contact:
    return clients.contact("Cleo Vance", "cleo@client.test")


@pytest.fixture
def lease(cleo: Contact) -> Matter:
    return clients.matter(cleo, "Lease", "00012")


def test_C15_the_dialog_offers_contacts_of_the_matter_and_people_and_says_what_they_will_see(
    cast: Cast, cleo: Contact, outbox: Outbox, run_jobs: Run
) -> None:
    dana = clients.contact("Dana Ruiz", "dana@client.test")
    clients.contact("Otto Unrelated", "otto@else.test")
    matter = clients.matter(cleo, related=[RelatedDetails(dana.id, "Spouse")])
    opened(matter)
    page = cast.ben.click(cast.ben.get(page_of(matter)), "Add participant")
    assert "A participant sees everything in this portal" in page
    assert "past ones too" in page
    options = page.texts("#person option")
    assert options == [
        "Choose …",
        "Dana Ruiz – Spouse, dana@client.test",
        "Ada Okafor – of your firm",
        "Ana Moreau – of your firm",
    ]
    key = f"contact:{dana.public_id}"
    page = cast.ben.submit(page, "Add participant", person=key)
    assert "Dana Ruiz was added. The next message or share invites them." in page
    assert "Not invited yet" in page
    log = cast.ada.activity_log()
    assert "Participant added" in log
    assert "contact:" not in log
    run_jobs()
    assert [mail.to for mail in outbox.emails] == ["cleo@client.test"]
    opened(matter)
    run_jobs()
    assert [mail.to for mail in outbox.emails] == ["cleo@client.test", "dana@client.test"]


def test_C15_nobody_is_added_twice_and_nobody_who_is_not_offered(
    cast: Cast, cleo: Contact, lease: Matter
) -> None:
    stranger = clients.contact("Otto Unrelated", "otto@else.test")
    new = f"{page_of(lease)}/new"
    token = cast.ben.csrf_token()

    def post(person: str, status: int) -> str:
        answer = cast.ben.post(new, {"csrf_token": token, "person": person}, status=status)
        return answer.text

    assert "The first message or share opens this portal" in post(f"contact:{cleo.public_id}", 409)
    opened(lease)
    assert "takes part in this portal already" in post(f"contact:{cleo.public_id}", 409)
    assert "takes part in this portal already" in post(user(BEN).actor, 409)
    assert "has to do with this matter" in post(f"contact:{stranger.public_id}", 422)
    for nonsense in ("", "contact:", "user:nobody", "matter:x", "contact:\0", "user:no body"):
        assert "Choose somebody" in (said := post(nonsense, 422)) or "Choose who" in said
    assert names(lease) == ["Cleo Vance", "Ben Lindqvist"]


def test_C15_a_user_to_whom_the_matter_is_closed_cannot_be_added_an_administrator_can(
    cast: Cast, cleo: Contact, lease: Matter
) -> None:
    restrict(lease, BEN)
    opened(lease)
    page = cast.ben.get(f"{page_of(lease)}/new")
    assert "This matter is restricted, and closed to Ana Moreau. They cannot be added." in page
    assert page.texts("#person option") == ["Choose …", "Ada Okafor – of your firm"]
    page = cast.ben.submit(page, "Add participant", person=user(ANA).actor, status=422)
    assert "This matter is closed to Ana Moreau" in page
    cast.ben.submit(page, "Add participant", person=user(ADA).actor)
    assert names(lease) == ["Cleo Vance", "Ben Lindqvist", "Ada Okafor"]
    cast.ana.get(page_of(lease), status=404)


def test_who_is_not_named_in_the_matter_any_more_or_shut_out_of_it_is_pointed_out(
    cast: Cast, cleo: Contact
) -> None:
    dana = clients.contact("Dana Ruiz", "dana@client.test")
    matter = clients.matter(cleo, related=[RelatedDetails(dana.id, "Spouse")])
    opened(matter, by=ANA)
    with db.transaction() as session:
        kept = matter_by_public_id(session, matter.public_id, NOTHING_CLOSED)
        add(session, kept, f"contact:{dana.public_id}", user(ANA))
    page = cast.ada.get(page_of(matter))
    assert "Spouse" in page
    assert "Not named in the matter any more" not in page
    with db.transaction() as session:
        kept = matter_by_public_id(session, matter.public_id, NOTHING_CLOSED)
        details = matter_details_of(session, kept)
        edit_matter(session, kept, replace(details, related=()), by="user:tester")
    restrict(matter, BEN)
    page = cast.ada.get(page_of(matter))
    assert "Not named in the matter any more" in page
    assert "(the matter is closed to them)" in page
