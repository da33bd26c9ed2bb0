"""Files that a page hands out to be saved."""

from collections.abc import Iterator

from flask import Response, stream_with_context


def pdf_answer(filename: str, pdf: bytes) -> Response:
    """A PDF to be saved under this plain name, and kept by no cache on the way.

    A download, since browsers do not show a PDF under our content policy.
    """
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def csv_answer(filename: str, lines: Iterator[str]) -> Response:
    """A CSV file under this plain name, sent while it is written: a long one needs no memory."""
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response
