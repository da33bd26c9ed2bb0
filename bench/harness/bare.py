"""The bare things that the product is held against: as little Flask and SQL as does the job."""

from flask import Flask, abort, render_template
from jinja2 import DictLoader
from sqlalchemy import bindparam, column, create_engine, select, table

PAGE = "page.html"


def page_app(database: str, page: str) -> Flask:
    """R: two SELECTs by SQLAlchemy Core and one Jinja template; no sessions, no limits.

    `page` is the product's own page with the firm's and the account's names taken out again, so
    that both answer with as many bytes.
    """
    app = Flask("bare", static_folder=None)
    app.jinja_env.loader = DictLoader({PAGE: page})
    engine = create_engine(database)
    firm = table("firm", *map(column, ("legal_name", "short_name", "phone", "email", "address")))
    link = table("account_link", *map(column, ("id", "token", "bank_account_id")))
    account = table("bank_account", *map(column, ("id", "public_label", "kind", "currency")))
    find_link = (
        select(account.c.public_label, account.c.kind, account.c.currency)
        .join_from(link, account, account.c.id == link.c.bank_account_id)
        .where(link.c.token == bindparam("token"))
    )
    find_firm = select(*firm.c)

    @app.get("/pay/<token>")
    def pay(token: str) -> str:
        with engine.connect() as connection:
            found = connection.execute(find_link, {"token": token}).first()
            face = connection.execute(find_firm).first()
        if found is None or face is None:
            abort(404)
        return render_template(PAGE, account=found, firm=face)

    _answer_healthz(app)
    return app


def _answer_healthz(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> str:
        return "ok"


def as_template(html: str, names: dict[str, str]) -> str:
    """A page turned back into a template: each text in `names` becomes `{{ its expression }}`."""
    for text, expression in names.items():
        html = html.replace(text, "{{ " + expression + " }}")
    return html
