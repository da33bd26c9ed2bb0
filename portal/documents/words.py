"""What documents are called on pages: their types in words."""

from flask_babel import gettext as _

_WORD, _SHEET, _SLIDES = "word", "sheet", "slides"
_KINDS = {
    "application/pdf": "pdf",
    "application/msword": _WORD,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _WORD,
    "application/vnd.oasis.opendocument.text": _WORD,
    "application/vnd.ms-excel": _SHEET,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _SHEET,
    "application/vnd.oasis.opendocument.spreadsheet": _SHEET,
    "application/vnd.ms-powerpoint": _SLIDES,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": _SLIDES,
    "application/zip": "zip",
    "message/rfc822": "email",
    "text/plain": "text",
}


def type_words(content_type: str) -> str:
    """What a file is, told from its content: "PDF", "Image"; "File" for what nobody knows."""
    kind = _KINDS.get(content_type) or content_type.partition("/")[0]
    words = {
        "pdf": _("PDF"),
        _WORD: _("Text document"),
        _SHEET: _("Spreadsheet"),
        _SLIDES: _("Slides"),
        "zip": _("ZIP archive"),
        "email": _("Email"),
        "text": _("Plain text"),
        "image": _("Image"),
        "video": _("Video"),
        "audio": _("Sound"),
    }
    return words.get(kind, _("File"))
