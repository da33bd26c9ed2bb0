"""Files that a page hands out to be saved."""

from flask import Response


def pdf_answer(filename: str, pdf: bytes) -> Response:
    """A PDF to be saved under this plain name, and kept by no cache on the way.

    A download, since browsers do not show a PDF under our content policy.
    """
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
