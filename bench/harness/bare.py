"""The bare things that the product is held against: as little Flask and SQL as does the job."""

from flask import Flask, Response, abort, render_template
from jinja2 import DictLoader
from markupsafe import Markup
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


def file_app(database: str, token: str, body: str) -> Flask:
    """A bare one-row answer: one SELECT, then a file that is at hand."""
    app = Flask("bare", static_folder=None)
    engine = create_engine(database)
    link = table("account_link", *map(column, ("id", "token")))
    find_link = select(link.c.id).where(link.c.token == bindparam("token"))

    @app.get("/file")
    def file() -> Response:
        with engine.connect() as connection:
            if connection.execute(find_link, {"token": token}).first() is None:
                abort(404)
        return Response(body, mimetype="image/svg+xml")

    _answer_healthz(app)
    return app


ROWS_SHOWN = 50
LISTED = (
    "public_id",
    "reference",
    "made_at",
    "status",
    "amount_cents",
    "method_label",
    "payer_name",
    "payer_email",
)
TABLE_ROW = """{% for row in rows %}
<tr role="row">
<td role="cell" class="nowrap" data-label="Date"><time datetime="{{ row.made_at }}">
{{ row.made_at }}<br><span class="small muted">{{ row.made_at }}</span></time></td>
<th role="rowheader" scope="row" data-label="Payer"><div><a id="payment-{{ row.public_id }}"
 href="/staff/online-payments/transactions/{{ row.public_id }}">{{ row.payer_name }}</a><br>
<span class="small muted">{{ row.payer_email }}</span></div></th>
<td role="cell" data-label="Paid for"><div>{{ row.method_label }}</div></td>
<td role="cell" class="figure" data-label="Reference">{{ row.reference }}</td>
<td role="cell" data-label="Account"><div>{{ firm.legal_name }}<br>
<span class="small muted">{{ row.method_label }}</span></div></td>
<td role="cell" class="numeric" data-label="Amount">{{ row.amount_cents }}</td>
<td role="cell" data-label="Status"><span class="badge tone-ok">
{{ icon }}{{ row.status }}</span></td>
<td role="cell" data-label="Linked to"><div><a id="link-{{ row.public_id }}"
 href="/staff/contacts/benchclient">{{ row.payer_name }}</a></div></td>
</tr>
{% endfor %}"""


def table_app(database: str, before: str, after: str, icon: str) -> Flask:
    """A bare page with a table: fifty rows and the firm by two SELECTs, drawn by one template."""
    app = Flask("bare", static_folder=None)
    app.jinja_env.loader = DictLoader({PAGE: before + TABLE_ROW + after})
    engine = create_engine(database)
    payment = table("payment", *map(column, (*LISTED, "id")))
    firm = table("firm", column("legal_name"))
    newest = select(*(payment.c[name] for name in LISTED))
    newest = newest.order_by(payment.c.made_at.desc(), payment.c.id.desc()).limit(ROWS_SHOWN)
    find_firm = select(firm.c.legal_name)

    @app.get("/table")
    def rows() -> str:
        with engine.connect() as connection:
            found = connection.execute(newest).all()
            face = connection.execute(find_firm).first()
        return render_template(PAGE, rows=found, firm=face, icon=Markup(icon))

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
