"""FEATURES C2, C12: documents in a store that speaks S3 and checks who asks (Swift)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.core import config, db, storage
from portal.core.config import S3Settings, Settings
from portal.documents.models import Document
from tests.factories import portals
from tests.portal.documents import papers
from tests.portal.documents.conftest import Desk
from tests.support import s3
from tests.support.cast import ADA
from tests.support.uploads import PART, noise

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(app: object, settings: Settings, swift_server: S3Settings) -> S3Settings:
    """An empty one, which the product uses."""
    made = s3.new_bucket(swift_server)
    config.use(replace(settings, storage=made))
    return made


def test_C2_C12_sent_in_parts_fetched_by_range_and_gone_when_sharing_stops(
    desk: Desk, bucket: S3Settings
) -> None:
    body = noise(2 * PART + 5)
    state = desk.ada.begin(desk.matter, "scan.bin", len(body))
    for number in (3, 1, 2):
        sent = desk.ada.put(state, body[(number - 1) * PART : number * PART], number)
        assert sent.status_code == 200, sent.text
    public_id = desk.ada.finish(state).get_json()["document"]
    assert [*storage.listed("parts")] == []
    assert len([*storage.listed("files")]) == 1
    with db.read() as session:
        document = session.scalars(select(Document).where(Document.public_id == public_id)).one()
    by = portals.firm_person(ADA.email)
    share = papers.shared(desk.matter, document, by)
    assert desk.cleo.fetch(public_id).data == body
    across = {"Range": f"bytes={PART - 8}-{PART + 7}"}
    some = desk.cleo.fetch(public_id, headers=across)
    assert (some.status_code, some.data) == (206, body[PART - 8 : PART + 8])
    papers.stopped(share, by)
    assert desk.cleo.fetch(public_id, headers=across).status_code == 404
    assert desk.ada.fetch(public_id, headers=across).data == body[PART - 8 : PART + 8]


def test_a_wrong_secret_is_a_sentence_and_what_was_sent_can_be_sent_again(
    desk: Desk, bucket: S3Settings, settings: Settings
) -> None:
    kept = desk.ada.send(desk.matter, "kept.txt", b"here")["document"]
    state = desk.cleo.begin(desk.matter, "a.txt", 10)
    config.use(replace(settings, storage=replace(bucket, secret="guessed")))
    for answer in (desk.cleo.put(state, b"1234567890"), desk.ada.fetch(kept)):
        assert answer.status_code == 503
        assert "Nothing was lost. Please try again in a minute." in answer.text
    config.use(replace(settings, storage=bucket))
    assert desk.ada.fetch(kept).data == b"here"
    assert desk.cleo.put(state, b"1234567890").status_code == 200
    sent = desk.cleo.finish(state).get_json()["document"]
    assert desk.cleo.fetch(sent).data == b"1234567890"
