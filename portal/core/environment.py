"""Where settings come from: the environment, `.env`, and what one machine has made for itself."""

import os
import secrets
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
MADE_HERE = "settings.env"
PORT_DEFAULT = "8000"


def var_folder() -> Path:
    """Where the data lives: `./var`, or `RETAINER_VAR`."""
    return Path(os.environ.get("RETAINER_VAR") or ROOT / "var").resolve()


def gather(var: Path) -> dict[str, str]:
    """All settings: the environment counts most, then `.env`, then what `prepare` has made."""
    gathered: dict[str, str] = {}
    for values in (dotenv_values(var / MADE_HERE), dotenv_values(ROOT / ".env"), os.environ):
        gathered.update({name: value for name, value in values.items() if value})
    return gathered


def prepare(var: Path) -> dict[str, str]:
    """Settings for one machine: a secret key and an address of its own where none are set.

    They are kept in `var/`, so that commands such as `flask check-books` find them too.
    """
    var.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in dotenv_values(var / MADE_HERE).items() if v}
    kept.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    port = os.environ.get("PORT") or PORT_DEFAULT
    kept["BASE_URL"] = f"http://localhost:{port}"
    unfinished = var / f"{MADE_HERE}.part"
    unfinished.touch(mode=0o600)
    unfinished.write_text(
        "".join(f"{name}={value}\n" for name, value in kept.items()), encoding="utf-8"
    )
    os.replace(unfinished, var / MADE_HERE)
    return gather(var)
