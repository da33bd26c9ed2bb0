"""Bills and trust requests as they arrive in a real mail server, and the hands that pay them."""

import asyncio
import re
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.sync_api import Locator, Page

from tests.journeys import letters
from tests.journeys.letters import Letter

PAY_ADDRESS = re.compile(r"http\S+/(?:bills|trust-requests)/[\w-]+")


class PostOffice:
    """A mail server's memory. It takes `seconds` over each letter."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.seconds = 0.0

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        await asyncio.sleep(self.seconds)
        self.letters.append(letters.read(content))
        return "250 OK"

    def to(self, address: str) -> list[Letter]:
        """What has come for somebody."""
        return [one for one in list(self.letters) if one.to == address]

    def wait_for(self, address: str, count: int) -> list[Letter]:
        """The same, once it is so many."""
        return letters.wait_for(lambda: self.to(address), count)


@dataclass
class Hands:
    """What a payer's hands do from the email on: the first click is **Pay online now** there."""

    clicks: list[str] = field(default_factory=lambda: ["Pay online now"])
    typed: set[str] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        """Count on every page that is shown here from now on."""

        def note(_source: object, kind: str, what: str) -> None:
            if kind == "click":
                self.clicks.append(what)
            else:
                self.typed.add(what)

        page.expose_binding("noteHand", note)
        page.add_init_script("""
          addEventListener("click", (event) => {
            if (event.isTrusted && event.target.closest("button, a, input, summary, label"))
              noteHand("click", event.target.id || event.target.textContent);
          }, true);
          addEventListener("input", (event) => {
            const { target } = event;
            if (!["checkbox", "radio", "search"].includes(target.type))
              noteHand("input", target.id || target.name);
          }, true);
        """)


def heading(page: Page) -> Locator:
    """The page's own heading."""
    return page.get_by_role("heading", level=1)
