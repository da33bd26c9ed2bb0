"""Bringing a file to Settings, as the tests of its pages do."""

import io

from tests.portal.imports.factories import RunJobs
from tests.support.cast import Cast
from tests.support.page import Page

IMPORTS = "/staff/settings/imports"
MIXED = "Full name,E-mail,Colour\nCleo Marsh,cleo@demo.test,blue\nBo,bo@,red\n"


def bring(cast: Cast, text: str | bytes, kind: str = "contacts", *, status: int = 200) -> Page:
    """Upload a file as Ada; ends on its page."""
    page = cast.ada.get(IMPORTS)
    content = text.encode() if isinstance(text, str) else text
    file = (io.BytesIO(content), "people.csv")
    return cast.ada.submit(page, "Upload and go on", status=status, kind=kind, file=file)


def checked(cast: Cast, run_jobs: RunJobs, text: str, kind: str = "contacts") -> Page:
    """The same, with the guessed columns checked to the end."""
    page = cast.ada.submit(bring(cast, text, kind), "Check")
    run_jobs()
    return cast.ada.get(page.address)
