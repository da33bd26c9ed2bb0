"""The demo firm's clients."""

import pytest

from portal.clients.access import NOTHING_CLOSED
from portal.clients.demo import DemoClients, make_demo_clients
from portal.clients.numbering import next_matter_number
from portal.clients.queries import by_email, by_name, find_clients
from portal.core import config, db
from portal.core.config import Settings
from portal.core.db import Database
from portal.firm.demo import make_demo_firm


@pytest.fixture
def made(database: Database, settings: Settings) -> DemoClients:
    config.use(settings)
    with db.transaction() as session:
        return make_demo_clients(session, make_demo_firm(session))


def test_the_demo_has_matters_in_every_status_and_a_next_number(made: DemoClients) -> None:
    assert {one.status for one in made.matters.values()} == {"open", "pending", "closed"}
    assert all((one.closed_on is None) == (one.status != "closed") for one in made.matters.values())
    with db.read() as session:
        assert next_matter_number(session) == "00019"


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Marguerite Duval", "marguerite.duval@demo.test"),
        ("Tomás Herrera", "tomas.herrera@demo.test"),
        ("Priya Raman", "priya.raman@demo.test"),
        ("Walter Jensen", "walter.jensen@demo.test"),
        ("Cleo Marsh", "cleo@demo.test"),
        ("Owen Blake", "owen.blake@demo.test"),
        ("Sunrise Bakery LLC", "accounts@sunrise-bakery.test"),
        ("Hana Kobayashi", "hana.kobayashi@demo.test"),
    ],
)
def test_everybody_who_pays_in_the_demo_is_a_client_found_by_name_and_email(
    name: str, email: str, made: DemoClients
) -> None:
    with db.read() as session:
        assert [one.name for one in by_email(session, email)] == [name]
        assert [one.name for one in by_name(session, name)] == [name]
        found = find_clients(session, name, NOTHING_CLOSED)
        assert found[0].label == name
        assert found[0].detail.startswith("client, ")
    assert any(one.client.name == name for one in made.matters.values())


def test_N8_one_matter_of_the_demo_is_restricted(made: DemoClients) -> None:
    assert [number for number, one in made.matters.items() if one.restricted] == ["00013"]
