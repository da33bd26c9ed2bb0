"""Who has paid the made-up firm, when, and how. Test numbers of the sandbox throughout."""

from dataclasses import dataclass

from payments.gateway.results import MethodKind

CARD_WORKS = "4242424242424242"
CARD_DECLINED = "4000000000000002"
BANK_WORKS = "000123456789"
BANK_CLOSED = "000111111113"


@dataclass(frozen=True, slots=True)
class Told:
    """One payment of the story. `hours_ago` counts back from the demo's first start."""

    hours_ago: int
    trust: bool
    cents: int
    method: MethodKind
    number: str
    name: str
    email: str
    paid_for: str
    reference: str = ""


STORY = (
    Told(214, False, 48_500, MethodKind.CARD, CARD_WORKS, "Marguerite Duval",
         "marguerite.duval@demo.test", "Marguerite Duval", "1038"),
    Told(190, True, 250_000, MethodKind.BANK, BANK_WORKS, "Tomás Herrera",
         "tomas.herrera@demo.test", "Herrera v. Coastline Freight", "Retainer"),
    Told(168, False, 127_550, MethodKind.CARD, CARD_WORKS, "Priya Raman",
         "priya.raman@demo.test", "Raman Family Trust", "1041"),
    Told(143, False, 90_000, MethodKind.BANK, BANK_CLOSED, "Walter Jensen",
         "walter.jensen@demo.test", "Jensen, estate planning", "1029"),
    Told(120, True, 75_000, MethodKind.CARD, CARD_WORKS, "Cleo Marsh",
         "cleo@demo.test", "Cleo Marsh", "Filing fees"),
    Told(98, False, 32_000, MethodKind.CARD, CARD_DECLINED, "Owen Blake",
         "owen.blake@demo.test", "Blake lease review", "1044"),
    Told(97, False, 32_000, MethodKind.CARD, CARD_WORKS, "Owen Blake",
         "owen.blake@demo.test", "Blake lease review", "1044"),
    Told(51, False, 214_075, MethodKind.BANK, BANK_WORKS, "Sunrise Bakery LLC",
         "accounts@sunrise-bakery.test", "Sunrise Bakery", "1046"),
    Told(26, False, 60_000, MethodKind.CARD, CARD_WORKS, "Marguerite Duval",
         "marguerite.duval@demo.test", "Marguerite Duval", "1047"),
    Told(5, True, 150_000, MethodKind.CARD, CARD_WORKS, "Hana Kobayashi",
         "hana.kobayashi@demo.test", "Kobayashi adoption", ""),
)  # fmt: skip
STORY_HOURS = 240
