"""A wrong or missing setting stops the start with a sentence that names it."""

from pathlib import Path

import pytest

from portal.core.config import S3Settings, load_settings
from portal.core.errors import ConfigurationError

VAR = Path("/srv/retainer/var")
GOOD = {"SECRET_KEY": "k" * 48, "BASE_URL": "https://pay.harlow.test"}
STRIPE = {
    "MAIL_SERVER": "smtp.harlow.test",
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_1",
}

S3_KEYS = {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "a-secret"}

WRONG: list[tuple[str, dict[str, str]]] = [
    ("SECRET_KEY", {"SECRET_KEY": ""}),
    ("SECRET_KEY", {"SECRET_KEY": "short"}),
    ("BASE_URL", {"BASE_URL": ""}),
    ("BASE_URL", {"BASE_URL": "pay.harlow.test"}),
    ("BASE_URL", {"BASE_URL": "ftp://pay.harlow.test"}),
    ("BASE_URL", {"BASE_URL": "https://pay.harlow.test/portal"}),
    ("BASE_URL", {"BASE_URL": "https://pay.harlow.test?x=1"}),
    ("BASE_URL", {"BASE_URL": "https://someone@pay.harlow.test"}),
    ("BASE_URL", {"BASE_URL": "https://[pay"}),
    ("BASE_URL", {"BASE_URL": "https://pay.harlow.test:port"}),
    ("BASE_URL", {"BASE_URL": "http://pay.harlow.test"}),
    ("BASE_URL", {"BASE_URL": "http://192.168.1.20:8000"}),
    ("DATABASE_URL", {"DATABASE_URL": "mysql://localhost/retainer"}),
    ("DATABASE_URL", {"DATABASE_URL": "retainer.db"}),
    ("REDIS_URL", {"REDIS_URL": "localhost:6379"}),
    ("STORAGE_URL", {"STORAGE_URL": "documents"}),
    ("STORAGE_URL", {"STORAGE_URL": "file://documents"}),
    ("STORAGE_URL", {"STORAGE_URL": "file:///"}),
    ("STORAGE_URL", {"STORAGE_URL": "gs://bucket"}),
    ("STORAGE_URL", {"STORAGE_URL": "s3://[bucket", **S3_KEYS}),
    ("STORAGE_URL", {"STORAGE_URL": "s3:///documents", **S3_KEYS}),
    ("STORAGE_URL", {"STORAGE_URL": "s3://bucket?endpoint=store", **S3_KEYS}),
    ("STORAGE_URL", {"STORAGE_URL": "s3://bucket?acl=public", **S3_KEYS}),
    ("AWS_ACCESS_KEY_ID", {"STORAGE_URL": "s3://bucket"}),
    ("AWS_SECRET_ACCESS_KEY", {"STORAGE_URL": "s3://bucket", "AWS_ACCESS_KEY_ID": "AKIA1"}),
    ("CLAMD_URL", {"CLAMD_URL": "localhost:3310"}),
    ("CLAMD_URL", {"CLAMD_URL": "tcp://localhost"}),
    ("CLAMD_URL", {"CLAMD_URL": "tcp://localhost:clam"}),
    ("CLAMD_URL", {"CLAMD_URL": "unix://run/clamd.ctl"}),
    ("CLAMD_URL", {"CLAMD_URL": "tcp://localhost:3310?max_file_mb=lots"}),
    ("MAIL_PORT", {"MAIL_SERVER": "smtp.harlow.test", "MAIL_PORT": "smtp"}),
    ("MAIL_PORT", {"MAIL_SERVER": "smtp.harlow.test", "MAIL_PORT": "0"}),
    ("MAIL_PORT", {"MAIL_SERVER": "smtp.harlow.test", "MAIL_PORT": "65536"}),
    ("MAIL_PORT", {"MAIL_SERVER": "smtp.harlow.test", "MAIL_PORT": "２５"}),
    ("MAIL_USE_TLS", {"MAIL_SERVER": "smtp.harlow.test", "MAIL_USE_TLS": "maybe"}),
    ("MAIL_SERVER", {**STRIPE, "MAIL_SERVER": ""}),
    ("STRIPE_SECRET_KEY", {**STRIPE, "STRIPE_SECRET_KEY": ""}),
    ("STRIPE_SECRET_KEY", {**STRIPE, "STRIPE_SECRET_KEY": "sk_sandbox_demo"}),
    ("STRIPE_PUBLISHABLE_KEY", {**STRIPE, "STRIPE_PUBLISHABLE_KEY": ""}),
    ("STRIPE_PUBLISHABLE_KEY", {**STRIPE, "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}),
    ("STRIPE_WEBHOOK_SECRETS", {**STRIPE, "STRIPE_WEBHOOK_SECRETS": ""}),
    ("STRIPE_WEBHOOK_SECRETS", {**STRIPE, "STRIPE_WEBHOOK_SECRETS": " , "}),
]


@pytest.mark.parametrize("name, settings", WRONG)
def test_a_wrong_setting_is_named(name: str, settings: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=rf"\b{name}\b"):
        load_settings({**GOOD, **settings}, VAR)


LIVE = {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_PUBLISHABLE_KEY": "pk_live_1"}


def test_live_keys_make_real_money_move() -> None:
    """Staff then need a second factor: tests/portal/firm/test_obligatory_factor.py."""
    settings = load_settings({**GOOD, **STRIPE, **LIVE}, VAR)
    assert settings.live
    assert not settings.sandbox
    assert not load_settings({**GOOD, **STRIPE}, VAR).live


def test_no_setting_s_value_that_is_secret_is_ever_printed() -> None:
    secret = "sk_live_aVerySecretKey"
    for wrong in ({**STRIPE, "STRIPE_SECRET_KEY": secret}, {"SECRET_KEY": "tooShortButSecret"}):
        with pytest.raises(ConfigurationError) as refused:
            load_settings({**GOOD, **wrong}, VAR)
        assert "Secret" not in str(refused.value)


def test_two_settings_are_enough_for_the_sandbox_on_sqlite() -> None:
    settings = load_settings(GOOD, VAR)
    assert settings.sandbox
    assert settings.https
    assert settings.database_url == "sqlite:////srv/retainer/var/retainer.db"
    assert (settings.mail, settings.stripe, settings.redis_url) == (None, None, None)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_spelling_of_postgresql_means_the_driver_that_is_installed(scheme: str) -> None:
    settings = load_settings({**GOOD, "DATABASE_URL": f"{scheme}://u:p@db/retainer"}, VAR)
    assert settings.database_url == "postgresql+psycopg://u:p@db/retainer"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    assert not load_settings({**GOOD, "BASE_URL": f"http://{host}"}, VAR).https


def test_stripe_test_keys_and_several_webhook_secrets_are_read() -> None:
    rotating = {**STRIPE, "STRIPE_WEBHOOK_SECRETS": "whsec_new, whsec_old"}
    stripe = load_settings({**GOOD, **rotating}, VAR).stripe
    assert stripe is not None
    assert stripe.webhook_secrets == ("whsec_new", "whsec_old")


def test_mail_is_sent_over_tls_unless_it_is_switched_off() -> None:
    mail = load_settings({**GOOD, "MAIL_SERVER": "smtp.harlow.test"}, VAR).mail
    assert mail is not None
    assert (mail.port, mail.use_tls) == (587, True)
    plain = load_settings({**GOOD, "MAIL_SERVER": "localhost", "MAIL_USE_TLS": "Off"}, VAR).mail
    assert plain is not None
    assert not plain.use_tls


def test_documents_lie_in_the_data_folder_unless_another_place_is_named() -> None:
    assert load_settings(GOOD, VAR).documents == VAR / "documents"
    there = load_settings({**GOOD, "STORAGE_URL": "file:///srv/the%20papers"}, VAR)
    assert there.documents == Path("/srv/the papers")
    bucket = "s3://firm/papers/?endpoint=http://localhost:9000/&region=eu-1"
    assert load_settings({**GOOD, "STORAGE_URL": bucket, **S3_KEYS}, VAR).documents == S3Settings(
        "firm", "papers", "http://localhost:9000", "eu-1", "AKIA1", "a-secret"
    )


def test_the_scanner_is_named_by_its_address_or_its_socket() -> None:
    assert load_settings(GOOD, VAR).clamd_url is None
    for url in ("tcp://127.0.0.1:3310?max_file_mb=110", "unix:///run/clamav/clamd.ctl"):
        assert load_settings({**GOOD, "CLAMD_URL": url}, VAR).clamd_url == url
