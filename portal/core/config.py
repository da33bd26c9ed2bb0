"""Settings, read from the environment once. A wrong or missing one stops the start by name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from portal.core.errors import ConfigurationError

SECRET_KEY_CHARS_MIN = 32
LIVE_PREFIXES = ("sk_live_", "rk_live_")
PORT_BEHIND_A_PROXY = 8_000
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
CLAMD_TCP = re.compile(r"tcp://[^/?#@\s]+:\d{1,5}(\?max_file_mb=\d{1,4})?")
CLAMD_SOCKET = re.compile(r"unix:///[^?#\s]+(\?max_file_mb=\d{1,4})?")
LOCAL_NAMES = {"localhost", "127.0.0.1", "[::1]", "::1"}


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The SMTP server that carries every email."""

    server: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    sender: str | None


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """Keys of the firm's processor account; several webhook secrets while one is being rotated."""

    secret_key: str
    publishable_key: str
    webhook_secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class S3Settings:
    """A bucket of an S3-compatible store, for documents. Without `endpoint` it is Amazon's own."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    key_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set from outside. Without Stripe keys the product runs on its sandbox."""

    secret_key: str
    base_url: str
    database_url: str
    var: Path
    redis_url: str | None
    mail: MailSettings | None
    stripe: StripeSettings | None
    storage: Path | S3Settings | None = None
    clamd_url: str | None = None

    @property
    def documents(self) -> Path | S3Settings:
        """Where the bytes of documents are kept: a folder, by default in `var/`, or a bucket."""
        return self.storage or self.var / "documents"

    @property
    def sandbox(self) -> bool:
        """Whether no real money moves."""
        return self.stripe is None

    @property
    def live(self) -> bool:
        """Whether real money moves."""
        return self.stripe is not None and self.stripe.secret_key.startswith(LIVE_PREFIXES)

    @property
    def host(self) -> str:
        """The only name by which the product answers."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def port(self) -> int:
        """Where `python3 app.py` listens: the port of the address, or 8000 behind a proxy."""
        return urlsplit(self.base_url).port or PORT_BEHIND_A_PROXY

    @property
    def origin(self) -> str:
        """The address as browsers write an origin: lower case, without a port that goes unsaid."""
        parts = urlsplit(self.base_url)
        unsaid = {"http": 80, "https": 443}.get(parts.scheme)
        name = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if parts.port in (None, unsaid) else f":{parts.port}"
        return f"{parts.scheme}://{name}{port}"

    @property
    def https(self) -> bool:
        """Whether pages are served over TLS (plain http is for localhost only)."""
        return self.base_url.startswith("https://")


def load_settings(environ: Mapping[str, str], var: Path) -> Settings:
    """Read and check all settings. Raises `ConfigurationError` with a sentence that names one."""
    mail, stripe = _mail(environ), _stripe(environ)
    if stripe is not None and mail is None:
        raise ConfigurationError("MAIL_SERVER is missing: payers and staff are told by email")
    return Settings(
        secret_key=_secret_key(environ),
        base_url=_base_url(environ),
        database_url=_database_url(environ, var),
        var=var,
        redis_url=_redis_url(environ),
        mail=mail,
        stripe=stripe,
        storage=_storage(environ),
        clamd_url=_clamd_url(environ),
    )


def _secret_key(environ: Mapping[str, str]) -> str:
    key = environ.get("SECRET_KEY", "")
    if len(key) < SECRET_KEY_CHARS_MIN:
        raise ConfigurationError(
            f"SECRET_KEY must be set to at least {SECRET_KEY_CHARS_MIN} random characters; "
            'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return key


def _base_url(environ: Mapping[str, str]) -> str:
    url = environ.get("BASE_URL", "").rstrip("/")
    parts = _address(url)
    if parts is None:
        raise ConfigurationError(
            "BASE_URL must be the address that clients see, such as https://pay.firm.example, "
            f"without a path; it is {url!r}"
        )
    if parts.scheme == "http" and parts.hostname not in LOCAL_NAMES:
        raise ConfigurationError(
            f"BASE_URL must begin with https:// for {parts.hostname}; plain http is for localhost"
        )
    return url


def _address(url: str) -> SplitResult | None:
    """The parts of an address that has scheme, host and maybe a port, and nothing else."""
    try:
        parts = urlsplit(url)
        whole = f"{parts.scheme}://{parts.netloc}" == url and parts.port != 0
    except ValueError:
        return None
    plain = whole and parts.username is None and parts.hostname is not None
    return parts if plain and parts.scheme in {"http", "https"} else None


def _database_url(environ: Mapping[str, str], var: Path) -> str:
    url = environ.get("DATABASE_URL") or f"sqlite:///{var / 'retainer.db'}"
    scheme = url.split(":", 1)[0].split("+", 1)[0]
    if scheme == "postgres":
        return "postgresql+psycopg:" + url.split(":", 1)[1]
    if scheme not in {"sqlite", "postgresql"}:
        raise ConfigurationError(
            "DATABASE_URL must begin with sqlite:// or postgresql://; it begins with " + scheme
        )
    return url.replace("postgresql:", "postgresql+psycopg:", 1)


def _redis_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("REDIS_URL") or None
    if url and not url.startswith(("redis://", "rediss://", "valkey://", "valkeys://")):
        raise ConfigurationError("REDIS_URL must begin with redis:// or valkey://")
    return url


def _storage(environ: Mapping[str, str]) -> Path | S3Settings | None:
    url = environ.get("STORAGE_URL", "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme == "s3" and parts.netloc:
        return _bucket(parts, environ)
    folder = Path(unquote(parts.path))
    plain = parts.scheme == "file" and not parts.netloc and not parts.query
    if not plain or not folder.is_absolute() or folder == folder.parent:
        raise ConfigurationError(
            "STORAGE_URL must be file:///srv/documents (a folder, from the root on) or "
            f"s3://bucket; it is {url!r}"
        )
    return folder


def _bucket(parts: SplitResult, environ: Mapping[str, str]) -> S3Settings:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name in asked.keys() - {"endpoint", "region"}:
        raise ConfigurationError(f"STORAGE_URL has {name!r}; it takes only endpoint and region")
    if not BUCKET.fullmatch(parts.netloc):
        raise ConfigurationError("STORAGE_URL must name a bucket after s3:// and hold no keys")
    endpoint = asked.get("endpoint") or None
    if endpoint is not None and _address(endpoint.rstrip("/")) is None:
        raise ConfigurationError(
            "STORAGE_URL must name its endpoint as https://store.example, without path and keys"
        )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environ.get(name):
            raise ConfigurationError(f"{name} is missing: STORAGE_URL names a bucket")
    return S3Settings(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=endpoint.rstrip("/") if endpoint else None,
        region=asked.get("region") or "us-east-1",
        key_id=environ["AWS_ACCESS_KEY_ID"],
        secret=environ["AWS_SECRET_ACCESS_KEY"],
    )


def _clamd_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("CLAMD_URL", "").strip()
    if not url:
        return None
    if not (CLAMD_TCP.fullmatch(url) or CLAMD_SOCKET.fullmatch(url)):
        raise ConfigurationError(
            "CLAMD_URL must be tcp://host:port or unix:///path of the virus scanner, with "
            f"?max_file_mb=110 where it is set to read that much; it is {url!r}"
        )
    return url


def _mail(environ: Mapping[str, str]) -> MailSettings | None:
    server = environ.get("MAIL_SERVER")
    if not server:
        return None
    port = environ.get("MAIL_PORT", "587")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigurationError(f"MAIL_PORT must be a port number; it is {port!r}")
    return MailSettings(
        server=server,
        port=int(port),
        username=environ.get("MAIL_USERNAME") or None,
        password=environ.get("MAIL_PASSWORD") or None,
        use_tls=_switch(environ, "MAIL_USE_TLS", default=True),
        sender=environ.get("MAIL_DEFAULT_SENDER") or None,
    )


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name, "").strip().lower()
    if value in {"", "1", "true", "yes", "on", "0", "false", "no", "off"}:
        return default if value == "" else value in {"1", "true", "yes", "on"}
    raise ConfigurationError(f"{name} must be true or false; it is {value!r}")


def _stripe(environ: Mapping[str, str]) -> StripeSettings | None:
    names = ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS")
    given = {name: environ.get(name, "").strip() for name in names}
    if not any(given.values()):
        return None
    for name, value in given.items():
        if not value.strip(" ,"):
            raise ConfigurationError(f"{name} is missing: Stripe needs all three of its settings")
    secret, publishable = given["STRIPE_SECRET_KEY"], given["STRIPE_PUBLISHABLE_KEY"]
    if "sandbox" in secret or "sandbox" in publishable:
        raise ConfigurationError(
            "STRIPE_SECRET_KEY is a key of the built-in sandbox: leave the Stripe settings empty "
            "to run on the sandbox, or set keys of Stripe's own"
        )
    if secret.startswith(LIVE_PREFIXES) != publishable.startswith("pk_live_"):
        raise ConfigurationError(
            "STRIPE_PUBLISHABLE_KEY and STRIPE_SECRET_KEY must both be live or both be test keys"
        )
    secrets = tuple(s.strip() for s in given["STRIPE_WEBHOOK_SECRETS"].split(",") if s.strip())
    return StripeSettings(secret, publishable, secrets)


_settings: Settings | None = None


def use(settings: Settings) -> None:
    """Run on these settings from here on, in this process."""
    global _settings
    _settings = settings


def current() -> Settings:
    """The settings in use. Raises RuntimeError before `use`."""
    if _settings is None:
        raise RuntimeError("no settings: use() was not called")
    return _settings
