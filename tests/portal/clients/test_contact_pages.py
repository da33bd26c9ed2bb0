"""Contacts, as the firm's people find them."""

import pytest

from portal.clients.details import RelatedDetails
from portal.clients.models import Contact
from tests.factories import clients
from tests.support.cast import Cast, Person
from tests.support.page import Page
from tests.support.rows import count
from tests.support.statements import statements

CONTACTS = "/staff/contacts"
NEW = "/staff/contacts/new"
NASTY = '"><script>alert(1)</script>'


def names(page: Page) -> list[str]:
    return page.texts("#contacts-table tbody a")


def test_X2_contacts_stand_by_name_with_email_phone_and_open_matters(cast: Cast) -> None:
    zoe = clients.contact("Zoë Roy", "zoe@x.test", "second@x.test", phone="(503) 555-0101")
    clients.contact("ana Moreau")
    clients.contact("Élan LLC", kind="company")
    for status in ("open", "pending", "closed"):
        clients.matter(zoe, status=status)
    page = cast.ben.get(CONTACTS)
    assert page.title.startswith("Contacts")
    assert names(page) == ["ana Moreau", "Élan LLC", "Zoë Roy"]
    assert page.texts("#contacts-table tbody tr")[2] == "Zoë Roy zoe@x.test (503) 555-0101 2"
    assert "second@x.test" not in page
    assert "3 contacts" in page
    assert page.texts(".staff-nav [aria-current]") == ["Contacts"]


def test_X2_search_and_kind_stand_in_the_address_and_in_the_page(cast: Cast) -> None:
    clients.contact("Cléo Marsh", "cleo@demo.test")
    clients.contact("Marsh & Sons", kind="company")
    clients.contact("Owen Blake")
    page = cast.ana.get(f"{CONTACTS}?q=MARSH")
    assert names(page) == ["Cléo Marsh", "Marsh & Sons"]
    assert page.one("#q")["value"] == "MARSH"
    page = cast.ana.click(page, "Companies")
    assert page.address.endswith("?q=MARSH&kind=company")
    assert names(page) == ["Marsh & Sons"]
    assert page.texts(".tabs [aria-current]") == ["Companies"]
    rides_along = page.one("#contacts > [name=kind]")
    assert (rides_along["value"], rides_along["form"]) == ("company", "filters")
    page = cast.ana.submit(page, "Search", q="cleo@", kind="company")
    assert "No contact is called that" in page
    assert len(names(cast.ana.click(page, "Show all contacts"))) == 3


def test_X2_as_somebody_types_only_the_list_is_swapped_and_the_count_read_out(cast: Cast) -> None:
    clients.contact("Cleo Marsh")
    answer = cast.ben.get(f"{CONTACTS}?q=cle&kind=", htmx=True)
    assert not answer.is_whole
    assert names(answer) == ["Cleo Marsh"]
    assert answer.texts("[hx-swap-oob]") == ["1 contact"]
    assert answer.headers["HX-Push-Url"] == f"{CONTACTS}?q=cle"
    assert "HX-Request" in answer.headers["Vary"]
    form = cast.ben.get(CONTACTS).one("#filters")
    assert "delay:300ms" in str(form["hx-trigger"])
    assert form["hx-sync"] == "this:replace"


def test_X2_pages_lead_on_and_back(cast: Cast) -> None:
    for n in range(52):
        clients.contact(f"Contact {n:02}")
    page = cast.ben.get(CONTACTS)
    assert "52 contacts, 50 on this page" in page
    assert "Previous" not in page.texts(".pagination a")
    page = cast.ben.click(page, "Next")
    assert names(page) == ["Contact 50", "Contact 51"]
    page = cast.ben.click(page, "Previous")
    assert names(page)[0] == "Contact 00"
    assert len(names(page)) == 50


@pytest.mark.parametrize(
    "query",
    [
        "q=%00%ff",
        "q=" + "x" * 10_000,
        "q=%25&kind=person",
        "kind=robot",
        "after=0",
        "after=99999999999999999999",
        "after=-1&before=x",
        "before=7",
        "q=a&q=b&kind=&kind=company",
        "q=%E2%80%AE",
    ],
)
def test_nothing_in_the_address_breaks_the_list(query: str, cast: Cast) -> None:
    clients.contact("Cleo Marsh")
    cast.ada.get(f"{CONTACTS}?{query}")
    cast.ada.get(f"{CONTACTS}?{query}", htmx=True)


def test_a_kind_that_does_not_exist_is_left_out_and_said_to_be(cast: Cast) -> None:
    clients.contact("Cleo Marsh")
    page = cast.ada.get(f"{CONTACTS}?kind=robot")
    assert "There is no such kind of contact, so all are shown." in page
    assert names(page) == ["Cleo Marsh"]


def test_empty_lists_teach_what_to_do_next(cast: Cast) -> None:
    page = cast.ada.get(CONTACTS)
    assert "No contacts yet" in page
    assert cast.ada.get(str(page.one("#first-contact")["href"])).title.startswith("New contact")
    assert "No companies yet" in cast.ada.get(f"{CONTACTS}?kind=company")


def queries_of(person: Person, address: str) -> int:
    person.get(address)
    with statements() as asked:
        person.get(address)
    return len(asked)


def test_the_list_and_a_contact_take_the_same_queries_however_much_there_is(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh", "a@x.test")
    clients.matter(cleo)
    pages = (CONTACTS, f"{CONTACTS}?q=c", f"{CONTACTS}/{cleo.public_id}", "/staff/matters?q=c")
    few = [queries_of(cast.ben, page) for page in pages]
    for n in range(30):
        clients.matter(cleo)
        clients.matter(clients.contact(f"Client {n}", f"{n}@x.test", f"{n}@y.test"))
    assert [queries_of(cast.ben, page) for page in pages] == few
    assert max(few) <= 10  # one of them tells the bar of unread messages


def test_a_contact_shows_how_to_reach_them_and_the_matters_of_others(cast: Cast) -> None:
    lucille = clients.contact("Lucille Grant", "lg@x.test", "l2@x.test", note="Call\nafter noon")
    cleo = clients.contact("Cleo Marsh")
    clients.matter(cleo, "Lease", "7", related=[RelatedDetails(lucille.id, "Opposing counsel")])
    page = cast.ana.get(f"{CONTACTS}/{lucille.public_id}")
    assert "Opposing counsel; client: Cleo Marsh" in page
    assert [str(a["href"]) for a in page.select("#reach a")] == [
        "mailto:lg@x.test",
        "mailto:l2@x.test",
    ]
    page = cast.ana.click(page, "7 Lease")
    assert page.texts("#matter-people li") == [
        "Cleo Marsh Client",
        "Lucille Grant Opposing counsel",
    ]


def test_who_does_not_exist_is_not_found(cast: Cast) -> None:
    for path in ("nobody", "nobody/edit", "x" * 3_000):
        assert "There is no such contact." in cast.ada.get(f"{CONTACTS}/{path}", status=404)
    token = cast.ada.csrf_token()
    cast.ada.post(
        f"{CONTACTS}/nobody/edit", {"csrf_token": token, "kind": "person", "name": "x"}, status=404
    )


def test_foreign_methods_are_refused_and_heads_are_answered(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh")
    token = {"X-CSRFToken": cast.ada.csrf_token()}
    for address in (
        CONTACTS,
        NEW,
        f"{CONTACTS}/{cleo.public_id}",
        f"{CONTACTS}/{cleo.public_id}/edit",
    ):
        assert cast.ada.ask("HEAD", address).body == ""
        for method in ("PUT", "DELETE", "PATCH"):
            cast.ada.ask(method, address, status=405, headers=token)
    cast.ada.ask("POST", CONTACTS, status=405, headers=token)


def test_every_user_may_view_add_and_edit_and_no_stranger_may(cast: Cast) -> None:
    cleo = clients.contact("Cleo Marsh")
    for name, person in cast.everybody.items():
        inside = name in {"ada", "ben", "ana"}
        for path in ("", "/new", f"/{cleo.public_id}", f"/{cleo.public_id}/edit"):
            page = person.ask("GET", f"{CONTACTS}{path}", follow=False, status=None)
            assert page.status == (200 if inside else 303)
            assert inside or "Marsh" not in page.body
        before = count(Contact)
        sent = {"csrf_token": cast.ada.csrf_token(), "kind": "person", "name": f"By {name}"}
        if inside:
            person.submit(person.get(NEW), "Save contact", name=f"By {name}")
        else:
            person.post(NEW, sent, status=303, follow=False)
        assert count(Contact) == before + inside
