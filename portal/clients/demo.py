"""The demo firm's contacts and matters. Made-up people; the phone numbers are reserved 555 ones."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.clients.actions import add_contact, add_matter
from portal.clients.details import (
    AddressDetails,
    ContactDetails,
    EmailDetails,
    MatterDetails,
    RelatedDetails,
)
from portal.clients.models import Contact, ContactKind, Matter, MatterStatus
from portal.core import clock
from portal.firm.demo import DemoFirm
from portal.firm.groups import GroupDetails, add_group

PERSON, COMPANY = ContactKind.PERSON, ContactKind.COMPANY
OPEN, PENDING, CLOSED = MatterStatus.OPEN, MatterStatus.PENDING, MatterStatus.CLOSED


RESTRICTED = "00013"


@dataclass(frozen=True, slots=True)
class DemoClients:
    """Everybody by full name, and every matter by its number ("00012")."""

    contacts: dict[str, Contact]
    matters: dict[str, Matter]


@dataclass(frozen=True, slots=True)
class _Somebody:
    name: str
    kind: str
    emails: str
    phone: str = ""
    street: str = ""
    place: str = ""
    note: str = ""


# The people who pay in payments/demo/story.py come first, with the emails that they pay with.
_PEOPLE = (
    _Somebody("Marguerite Duval", PERSON, "marguerite.duval@demo.test mduval@work.test",
              "(916) 555-0110", "2210 H Street, Apt 4", "Sacramento CA 95816",
              "Call after 4 pm. Prefers email."),
    _Somebody("Tomás Herrera", PERSON, "tomas.herrera@demo.test", "(916) 555-0111",
              "418 Del Paso Boulevard", "Sacramento CA 95815"),
    _Somebody("Priya Raman", PERSON, "priya.raman@demo.test priya@ramantrust.test",
              "(530) 555-0112", "77 Oak Avenue", "Davis CA 95616"),
    _Somebody("Walter Jensen", PERSON, "walter.jensen@demo.test", "(916) 555-0113",
              "3905 Riverside Drive", "Sacramento CA 95818"),
    _Somebody("Cleo Marsh", PERSON, "cleo@demo.test cleo.marsh@studio.test", "(916) 555-0114",
              "1512 21st Street", "Sacramento CA 95811"),
    _Somebody("Owen Blake", PERSON, "owen.blake@demo.test", "(916) 555-0115",
              "860 Fulton Avenue", "Sacramento CA 95825"),
    _Somebody("Sunrise Bakery LLC", COMPANY, "accounts@sunrise-bakery.test "
              "hello@sunrise-bakery.test", "(916) 555-0116", "1034 K Street",
              "Sacramento CA 95814", "Invoices go to accounts@, questions to hello@."),
    _Somebody("Hana Kobayashi", PERSON, "hana.kobayashi@demo.test", "(916) 555-0117",
              "2745 Land Park Drive", "Sacramento CA 95818"),
    _Somebody("Étienne Duval", PERSON, "etienne.duval@demo.test", "(916) 555-0118"),
    _Somebody("Coastline Freight, Inc.", COMPANY, "legal@coastline-freight.test", "(510) 555-0119",
              "1 Embarcadero West", "Oakland CA 94607"),
    _Somebody("Lucille Grant", PERSON, "lgrant@grant-stowe.test", "(510) 555-0120"),
    _Somebody("Anil Raman", PERSON, "anil.raman@demo.test", "(530) 555-0121"),
    _Somebody("Ken Kobayashi", PERSON, "ken.kobayashi@demo.test", "(916) 555-0122"),
    _Somebody("Rosa Delgado", PERSON, "rosa.delgado@demo.test", "(916) 555-0123",
              "3320 Franklin Boulevard", "Sacramento CA 95818"),
    _Somebody("Northgate Dental Group", COMPANY, "office@northgate-dental.test", "(916) 555-0124",
              "1600 Northgate Boulevard", "Sacramento CA 95834"),
    _Somebody("Samuel Osei", PERSON, "samuel.osei@demo.test", "(916) 555-0125"),
    _Somebody("Greta Lindholm", PERSON, "greta.lindholm@demo.test", "(530) 555-0126",
              "12 Elm Street", "Woodland CA 95695"),
    _Somebody("Park & Sons Roofing", COMPANY, "billing@park-roofing.test", "(916) 555-0127",
              "5401 Power Inn Road", "Sacramento CA 95820"),
    _Somebody("Daniel Park", PERSON, "billing@park-roofing.test", "(916) 555-0127"),
    _Somebody("Aaliyah Brooks", PERSON, "aaliyah.brooks@demo.test", "(916) 555-0128"),
    _Somebody("Henderson Estate", COMPANY, "executor@henderson-estate.test", "(916) 555-0129"),
    _Somebody("Margaret Henderson", PERSON, "executor@henderson-estate.test", "(916) 555-0129"),
    _Somebody("Luis Ferreira", PERSON, "luis.ferreira@demo.test", "(916) 555-0130"),
    _Somebody("Beatrice Okonkwo", PERSON, "b.okonkwo@demo.test", "(916) 555-0131"),
    _Somebody("Oakridge Homeowners Association", COMPANY, "board@oakridge-hoa.test",
              "(916) 555-0132", "900 Oakridge Way", "Folsom CA 95630"),
    _Somebody("Noah Feldman", PERSON, "noah.feldman@demo.test", "(916) 555-0133"),
    _Somebody("Judge Vera Lindqvist (ret.)", PERSON, "vera@lindqvist-mediation.test",
              "(415) 555-0134", "", "", "Mediator. Book six weeks ahead."),
    _Somebody("Ines Castellano", PERSON, "", "(916) 555-0135"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Case:
    number: str
    name: str
    client: str
    status: str
    opened_days_ago: int
    related: tuple[tuple[str, str], ...] = ()
    responsible: str = "ada"


_CASES = (
    _Case("00001", "Henderson probate", "Henderson Estate", OPEN, 610,
          (("Margaret Henderson", "Executor"),)),
    _Case("00002", "Jensen, estate planning", "Walter Jensen", OPEN, 512),
    _Case("00003", "Duval divorce", "Marguerite Duval", OPEN, 430,
          (("Étienne Duval", "Spouse"), ("Lucille Grant", "Opposing counsel"),
           ("Judge Vera Lindqvist (ret.)", "Mediator"))),
    _Case("00004", "Sunrise Bakery, forming the company", "Sunrise Bakery LLC", CLOSED, 401),
    _Case("00005", "Raman Family Trust", "Priya Raman", OPEN, 377,
          (("Anil Raman", "Co-trustee"),)),
    _Case("00006", "Northgate, lease of the second office", "Northgate Dental Group", OPEN, 322, (),
          "ben"),
    _Case("00007", "Herrera v. Coastline Freight", "Tomás Herrera", OPEN, 298,
          (("Coastline Freight, Inc.", "Opposing party"), ("Lucille Grant", "Opposing counsel"))),
    _Case("00008", "Delgado, name change", "Rosa Delgado", CLOSED, 260, (), "ben"),
    _Case("00009", "Blake lease review", "Owen Blake", OPEN, 201),
    _Case("00010", "Park & Sons, unpaid roofing contract", "Park & Sons Roofing", OPEN, 188,
          (("Daniel Park", "Owner"),)),
    _Case("00011", "Sunrise Bakery, trade mark", "Sunrise Bakery LLC", OPEN, 160),
    _Case("00012", "Marsh lease", "Cleo Marsh", OPEN, 133),
    _Case("00013", "Oakridge, rules for short rentals",
          "Oakridge Homeowners Association", PENDING, 96, (), ""),
    _Case("00014", "Kobayashi adoption", "Hana Kobayashi", OPEN, 81,
          (("Ken Kobayashi", "Spouse"),)),
    _Case("00015", "Jensen, sale of the cabin", "Walter Jensen", CLOSED, 74),
    _Case("00016", "Lindholm will", "Greta Lindholm", PENDING, 40, (), "ben"),
    _Case("00017", "Marsh v. Capitol Storage", "Cleo Marsh", PENDING, 19),
    _Case("00018", "Duval, sale of the house", "Marguerite Duval", PENDING, 6,
          (("Étienne Duval", "Co-owner"),)),
)  # fmt: skip


def make_demo_clients(session: Session, firm: DemoFirm) -> DemoClients:
    """Fill the demo firm with 28 contacts and 18 matters in all three statuses.

    RESTRICTED is restricted to a group of Ada and Ana, so that Ben can be seen not to see it.
    """
    by = f"user:{firm.ada.public_id}"
    team = GroupDetails("Oakridge team", "Who works for Oakridge", (firm.ada, firm.ana))
    team_id = add_group(session, team, by=by).id
    contacts = {one.name: add_contact(session, _details(one), by=by) for one in _PEOPLE}
    users = {"ada": firm.ada.id, "ben": firm.ben.id, "": None}
    matters: dict[str, Matter] = {}
    for case in _CASES:
        opened_on = (clock.wall_time() - timedelta(days=case.opened_days_ago)).date()
        details = MatterDetails(
            case.number,
            case.name,
            contacts[case.client].id,
            status=case.status,
            responsible_id=users[case.responsible],
            opened_on=opened_on,
            related=[RelatedDetails(contacts[name].id, what) for name, what in case.related],
            open_to=(team_id,) if case.number == RESTRICTED else None,
        )
        matters[case.number] = add_matter(session, details, by=by)
        if case.status == CLOSED:
            matters[case.number].closed_on = opened_on + timedelta(days=case.opened_days_ago // 2)
    session.flush()
    return DemoClients(contacts, matters)


def _details(one: _Somebody) -> ContactDetails:
    city, region, code = one.place.rsplit(" ", 2) if one.place else ("", "", "")
    label = "Office" if one.kind == COMPANY else "Home"
    return ContactDetails(
        name=one.name,
        kind=one.kind,
        emails=[EmailDetails(address) for address in one.emails.split()],
        phone=one.phone,
        addresses=[AddressDetails(one.street, city, region, code, "US", label)],
        note=one.note,
    )
