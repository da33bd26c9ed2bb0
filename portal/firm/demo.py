"""A made-up firm to try the product with. Sandbox only; the phone number is a reserved 555 one."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from portal.core import config
from portal.firm import actions
from portal.firm.actions import FirmDetails
from portal.firm.logos import Logo
from portal.firm.models import Firm, Level, User

DEMO_PASSWORD = "retainer-demo-only"  # noqa: S105 (published: these people exist in the sandbox only)
# Hashed once and written down: hashing takes some hundred milliseconds of every start.
DEMO_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$oFUth6g7/pSMgPaPjrib9A"
    "$Ybls7OKrtyBrn5uTv00wQMwgtDUi79kvTTMI13ZxNpw"
)

HARLOW_REYES = FirmDetails(
    legal_name="Harlow & Reyes LLP",
    short_name="Harlow & Reyes",
    country="US",
    jurisdiction="California",
    locale="en_US",
    timezone="America/Los_Angeles",
    colour="#1d4d40",
    phone="(916) 555-0142",
    email="office@harlow-reyes.example",
    address="1127 Eleventh Street, Suite 400, Sacramento, CA 95814",
    languages=("en_US", "fr_CA", "es_US"),
)

# As `checked_logo` made it: every start would wait for the making.
LOGO = Logo(Path(__file__).with_name("demo_logo.png").read_bytes(), width=584, height=112)

PEOPLE = (
    ("ada@demo.test", "Ada Harlow", "Managing partner", Level.ADMINISTRATOR),
    ("ben@demo.test", "Ben Okafor", "Billing clerk", Level.BILLING),
    ("ana@demo.test", "Ana Reyes", "Accountant", Level.ACCOUNTS),
)


@dataclass(frozen=True, slots=True)
class DemoFirm:
    """The demo firm and its people: Ada administers, Ben bills, Ana keeps the accounts."""

    firm: Firm
    ada: User
    ben: User
    ana: User


def make_demo_firm(session: Session) -> DemoFirm:
    """Set up Harlow & Reyes LLP of Sacramento with three people who sign in with DEMO_PASSWORD.

    Raises RuntimeError outside the sandbox: these sign-ins are public.
    """
    if not config.current().sandbox:
        raise RuntimeError("the demo firm is for the sandbox only")
    firm = actions.set_up_firm(session, HARLOW_REYES, LOGO)
    ada, ben, ana = (
        actions.add_user(
            session,
            email=email,
            name=name,
            job_title=job_title,
            levels=[level],
            password_hash=DEMO_HASH,
        )
        for email, name, job_title, level in PEOPLE
    )
    return DemoFirm(firm, ada, ben, ana)
