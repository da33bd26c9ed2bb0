"""A file on its way in, as an administrator sees it."""

import io
from collections.abc import Callable

from tests.support.cast import Cast
from tests.support.page import Page

IMPORTS = "/staff/settings/imports"
RunJobs = Callable[[], int]


def bring(cast: Cast, text: str | bytes, kind: str = "contacts", *, status: int = 200) -> Page:
    page = cast.ada.get(IMPORTS)
    content = text.encode() if isinstance(text, str) else text
    return cast.ada.submit(
        page,
        "Upload and go on",
        status=status,
        kind=kind,
        file=(io.BytesIO(content), "people.csv"),
    )


def test_X7_a_file_is_matched_checked_and_imported(cast: Cast, run_jobs: RunJobs) -> None:
    text = "Full name,E-mail,Colour\nCleo Marsh,cleo@demo.test,blue\nBo,bo@,red\n"
    page = bring(cast, text)
    assert page.title.startswith("Import of people.csv")
    page = cast.ada.submit(page, "Check")
    assert "0 of 2 rows" in page
    run_jobs()
    page = cast.ada.get(page.address)
    assert "1 contact can be added" in page
    assert page.texts("#problems tbody tr") == [
        "3 E-mail Enter an email address like name@example.com."
    ]
    page = cast.ada.submit(page, "Import 1 contact")
    run_jobs()
    page = cast.ada.get(page.address)
    assert "1 contact added" in page
    assert "Cleo Marsh" in cast.ada.click(page, "Show contacts")
