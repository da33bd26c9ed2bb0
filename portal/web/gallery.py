"""The gallery of components, served in debug mode only."""

from flask import render_template

from portal.web.blueprints import public_blueprint

blueprint = public_blueprint("gallery", __name__)


@blueprint.get("/staff/gallery")
def gallery() -> str:
    """Every component in every state, for whoever changes one."""
    return render_template("gallery.html")
