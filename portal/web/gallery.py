"""The gallery of components, served in debug mode only."""

from flask import render_template

from portal.web import charts
from portal.web.blueprints import public_blueprint
from portal.web.charts import Bar, Column

blueprint = public_blueprint("gallery", __name__)


@blueprint.get("/staff/gallery")
def gallery() -> str:
    """Every component in every state, for whoever changes one."""
    tones = ("", "is-late", "is-latest")
    owed = zip(
        ("Not due yet", "1–30 days overdue", "Over 90 days overdue"),
        (64, 12, 3),
        tones,
        strict=True,
    )
    weeks = [("Sep 7", 4, 8), ("Sep 14", 2, 0), ("Sep 21", 0, 1), ("Sep 28", 9, 6)]
    return render_template(
        "gallery.html",
        bars=charts.lying([Bar(name, f"${most}00", most, tone) for name, most, tone in owed]),
        columns=charts.standing([Column(name, tuple(of), ("", "")) for name, *of in weeks]),
        scale=lambda value: f"${value}00",
    )
