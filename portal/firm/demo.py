"""A made-up firm to try the product with. Sandbox only; the phone number is a reserved 555 one."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core import config
from portal.firm import actions
from portal.firm.actions import FirmDetails
from portal.firm.models import Firm, Level, User

DEMO_PASSWORD = "retainer-demo-only"  # noqa: S105 (published: these people exist in the sandbox only)
# Hashed once and written down: hashing takes some hundred milliseconds of every start.
DEMO_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$oFUth6g7/pSMgPaPjrib9A"
    "$Ybls7OKrtyBrn5uTv00wQMwgtDUi79kvTTMI13ZxNpw"
)

LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 292 56" width="292" height="56" role="img" \
aria-label="Harlow &amp; Reyes">
<style>
.seal{fill:#1d4d40}.name{fill:#1b1d21}.line{fill:#5a5f69}
@media (prefers-color-scheme:dark){.seal{fill:#2c6a59}.name{fill:#ecedef}.line{fill:#a9afb9}}
</style>
<rect class="seal" width="56" height="56" rx="5"/>
<g fill="none" stroke="#fff" stroke-width="2.4">
<path d="M15 14v28M28 14v28M15 28h13M28 15.2h6a6.4 6.4 0 0 1 0 12.8h-6M33.5 28l8 12.8"/>
<path stroke-width="1.6" d="M11.5 14.8h7M11.5 41.2h7M24.5 14.8h7M24.5 41.2h7M38.5 41.2h6.5"/>
</g>
<g font-family="Georgia,'Iowan Old Style','Times New Roman','Liberation Serif',serif">
<text class="name" x="72" y="30" font-size="27" textLength="216" lengthAdjust="spacingAndGlyphs">\
Harlow &amp; Reyes</text>
<text class="line" x="73" y="49" font-size="11" textLength="214">ATTORNEYS AT LAW</text>
</g>
</svg>
"""

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
    logo_svg=LOGO,
)

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
    firm = actions.set_up_firm(session, HARLOW_REYES)
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
