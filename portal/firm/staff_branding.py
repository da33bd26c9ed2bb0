"""**Settings → Branding**: the firm's face, looked at before it is published (FEATURES B1)."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import get_timezone_name
from flask import Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from portal.core import db
from portal.core.errors import Invalid
from portal.firm import branding
from portal.firm.actions import LOCALES, OFFERED
from portal.firm.brand import LOGO_HEIGHT_MAX, LOGO_WIDTH_MAX, Brand, brand
from portal.firm.branding_form import BrandingForm, brought_logo
from portal.firm.colour import normalised_hex
from portal.firm.logos import FILE_BYTES_MAX
from portal.firm.models import Country, Firm
from portal.firm.stylesheets import preview_sheet
from portal.web.blueprints import staff_blueprint
from portal.web.fragments import page_or_fragment
from portal.web.permissions import SET_BRANDING

# A picture of 2 MB and the rest of the form. What is larger still is told in words as far as this.
FORM_BYTES_MAX = 16_000_000

LABELS = {
    "logo": lazy_gettext("Logo"),
    "colour": lazy_gettext("Color"),
    "legal_name": lazy_gettext("Legal name"),
    "short_name": lazy_gettext("Short name"),
    "address": lazy_gettext("Address"),
    "phone": lazy_gettext("Phone"),
    "email": lazy_gettext("Email address"),
    "jurisdiction": lazy_gettext("State or province"),
    "timezone": lazy_gettext("Time zone"),
    "locale": lazy_gettext("The firm’s own language"),
    "languages": lazy_gettext("Languages offered to clients"),
}
COUNTRIES = {
    Country.US: lazy_gettext("United States (US dollars)"),
    Country.CA: lazy_gettext("Canada (Canadian dollars)"),
}
# Each as its own speakers write it, so that they find it.
NAMES = {
    "en": "English",
    "fr": "Français (Canada)",
    "es": "Español (Estados Unidos)",
}

blueprint = staff_blueprint("branding", __name__)


@blueprint.get("/settings/branding", needs=SET_BRANDING)
def show() -> Response:
    """The face as it is published, ready to be changed."""
    with db.read() as session:
        form = BrandingForm.of(branding.published(session))
        face = brand(session)
    return _page(form, face)


@blueprint.post("/settings/branding", needs=SET_BRANDING, body_bytes_max=FORM_BYTES_MAX)
def publish() -> AnyResponse:
    """Show clients what was typed, from now on and everywhere."""
    with db.read() as session:
        firm, face = branding.published(session), brand(session)
    form = BrandingForm.read(request.form, firm)
    try:
        form = BrandingForm.read(request.form, firm, brought_logo(request.form, request.files))
        with db.transaction() as session:
            changed = branding.publish(
                session, form.details, form.logo, version=form.version, by=current_user.actor
            )
    except Invalid as wrong:
        return _page(form, face, {str(wrong.field): str(wrong)}, 422)
    except branding.Outdated as outdated:
        return _outdated(form, face, firm, outdated)
    flash(
        _("The branding is published. Clients see it from now on.")
        if changed
        else _("Nothing was changed, so there was nothing to publish.")
    )
    return redirect(url_for("branding.show"), 303)


@blueprint.post("/settings/branding/preview", needs=SET_BRANDING, body_bytes_max=FORM_BYTES_MAX)
def preview() -> Response:
    """How pages and emails would look with what is typed; nothing is kept and nobody sees it."""
    with db.read() as session:
        firm, face = branding.published(session), brand(session)
    form = BrandingForm.read(request.form, firm)
    try:
        form = BrandingForm.read(request.form, firm, brought_logo(request.form, request.files))
    except Invalid as wrong:
        return _page(form, face, {str(wrong.field): str(wrong)}, 422)
    return _page(form, face, {})


def _outdated(
    form: BrandingForm, face: Brand, firm: Firm, outdated: branding.Outdated
) -> AnyResponse:
    """What was typed is kept, and may replace what the other person published: knowingly."""
    parts = ", ".join(str(LABELS[part]) for part in outdated.parts)
    sentence = (
        _(
            "%(sentence)s What you typed is kept here. It differs from what clients see now in: "
            "%(parts)s. Publish again to replace that.",
            sentence=outdated,
            parts=parts,
        )
        if parts
        else _("%(sentence)s Clients already see what you typed.", sentence=outdated)
    )
    return _page(replace(form, version=firm.version), face, {"branding-form": sentence}, 409)


@blueprint.get("/settings/branding/preview/<colour>.css", needs=SET_BRANDING)
def preview_css(colour: str) -> Response:
    """The colours of a preview. A style in the page itself is what no page here allows."""
    try:
        sheet = preview_sheet(normalised_hex(colour))
    except ValueError:
        abort(404)
    response = Response(sheet, mimetype="text/css")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


def _page(
    form: BrandingForm, face: Brand, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    """The page, or for its script the preview alone. A colour that is none is told in either."""
    colour, errors = face.colour, dict(errors or {})
    try:
        colour = normalised_hex(form.details.colour)
    except ValueError as problem:
        errors.setdefault("colour", str(problem))
        status = max(status, 422)
    draft = branding.draft(
        face, form.details, colour, waiting=form.waiting, remove_logo=form.remove_logo
    )
    return page_or_fragment(
        "firm/staff_branding.html",
        "firm/_branding_preview.html",
        status,
        form=form,
        errors=errors,
        draft=draft,
        **_choices(form),
    )


def _choices(form: BrandingForm) -> dict[str, Any]:
    country = Country(form.details.country)
    zones = dict.fromkeys([*branding.TIME_ZONES[country], form.details.timezone])
    return {
        "labels": LABELS,
        "country": COUNTRIES[country],
        "locales": [{"value": one, "label": NAMES[one[:2]]} for one in LOCALES[country]],
        "languages": [{"value": one, "label": NAMES[one[:2]]} for one in OFFERED[country]],
        "time_zones": [{"value": zone, "label": _zone_label(zone)} for zone in zones],
        "logo_width_max": LOGO_WIDTH_MAX,
        "logo_height_max": LOGO_HEIGHT_MAX,
        "file_bytes_max": FILE_BYTES_MAX,
    }


def _zone_label(zone: str) -> str:
    """ "Pacific Time (Los Angeles)"; a zone that is none as it was typed."""
    try:
        name = get_timezone_name(ZoneInfo(zone), locale="en_US")
    except (ValueError, ZoneInfoNotFoundError):
        return zone
    return f"{name} ({zone.split('/')[-1].replace('_', ' ')})"
