"""Nothing in a log opens a page, pays a bill or names a card."""

import json
import logging
import re
from collections.abc import Generator
from io import StringIO

import pytest
import structlog

from portal.core import logs
from tests.support.source import ROOT
from tests.test_routes import PUBLIC

TOKEN = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"
CARD = "4242 4242 4242 4242"


class Lines:
    """What was logged since the last reading: as text, and as JSON."""

    def __init__(self, stream: StringIO) -> None:
        self._stream = stream

    def text(self) -> str:
        return self._stream.getvalue()

    def one(self) -> dict[str, str]:
        (line,) = self.text().splitlines()
        return json.loads(line)


@pytest.fixture
def lines() -> Generator[Lines]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure()
    stream = StringIO()
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(stream)
    yield Lines(stream)
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


OPENING = {re.sub(r"^[A-Z]+ (.*?)<token>.*", r"\1", one) for one in PUBLIC if "<token>" in one}


@pytest.mark.parametrize("path", sorted(OPENING))
def test_an_address_that_opens_something_is_masked(path: str) -> None:
    masked = logs.mask(f"GET https://pay.harlow.test{path}{TOKEN}?amount=1 200")
    assert masked == f"GET https://pay.harlow.test{path}[token]?amount=1 200"


def test_the_address_of_a_payment_in_a_frame_is_masked_in_both_its_parts() -> None:
    masked = logs.mask(f"POST /embed/{TOKEN}/payments/{TOKEN}/continue")
    assert masked == "POST /embed/[token]/payments/[token]/continue"


@pytest.mark.parametrize("path", sorted(OPENING))
def test_nginx_masks_the_same_addresses(path: str) -> None:
    conf = (ROOT / "deploy/nginx.conf").read_text()
    found = re.search(r"map \$request_uri \$masked_uri \{(.+?)\}", conf, re.S)
    assert found
    patterns = re.findall(r"^\s*~(\S+)\s+\$opens\[token\];", found[1], re.M)
    masks = [re.compile(pattern.replace("(?<", "(?P<")) for pattern in patterns]
    assert [one["opens"] for mask in masks if (one := mask.match(path + TOKEN))] == [path]


def test_the_path_of_a_source_file_stays_readable() -> None:
    line = 'File "/srv/retainer/payments/webhooks/public.py", line 31, in receive'
    assert logs.mask(line) == line


@pytest.mark.parametrize(
    "number", [CARD, "4242424242424242", "4242-4242-4242-4242", "000123456789", "378282246310005"]
)
def test_card_and_bank_numbers_are_masked(number: str) -> None:
    assert number not in logs.mask(f"paid by {number} today")


@pytest.mark.parametrize(
    "secret",
    ["sk_test_abc123", "rk_live_abc", "whsec_abc123", "ctoken_1abc", "pi_1_secret_abc123"],
)
def test_keys_and_secrets_are_masked(secret: str) -> None:
    assert secret not in logs.mask(f"authorization: Bearer {secret};")


def test_amounts_ids_and_times_stay_readable() -> None:
    plain = "payment K7QM-92TX of 12500 cents at 2026-03-02T12:00:00Z took 31 ms"
    assert logs.mask(plain) == plain


def test_our_lines_are_json_and_masked_in_every_value(lines: Lines) -> None:
    structlog.get_logger("test").info(
        "paid",
        address=f"/pay/{TOKEN}",
        more={"card": CARD, "list": [f"/bills/{TOKEN}"]},
        cents=5,
        error=ValueError(CARD),
    )
    text = lines.text()
    assert TOKEN not in text
    assert CARD not in text
    said = json.loads(text)
    assert (said["event"], said["cents"], said["level"]) == ("paid", 5, "info")


def test_lines_of_libraries_are_masked_too(lines: Lines) -> None:
    logging.getLogger("waitress").warning("slow: GET /pay/%s by %s", TOKEN, CARD)
    said = lines.one()
    assert said["event"] == "slow: GET /pay/[token] by [number]"


def test_tracebacks_are_masked(lines: Lines) -> None:
    try:
        raise ValueError(f"no such link: /pay/{TOKEN} ({CARD})")
    except ValueError:
        structlog.get_logger("test").exception("failed")
        logging.getLogger("flask").exception("failed too")
    text = lines.text()
    assert "ValueError" in text
    assert TOKEN not in text
    assert CARD not in text
