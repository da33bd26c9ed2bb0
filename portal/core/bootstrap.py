"""From a bare Python to the installed product, with the standard library alone.

`python3 app.py` on a fresh machine makes `.venv`, installs the locked requirements by hash, and
starts again with that Python. Nothing here may import a third-party package, and the syntax stays
old enough that an outdated Python gets as far as being refused with a sentence.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

PYTHON_MIN = (3, 11)
ROOT = Path(__file__).resolve().parents[2]
STAMP = "retainer-installed"  # the hashes of the locks that this environment satisfies
UNDER_WAY = "retainer-installing"  # still there at the next start: the installing was killed
STARTED_AGAIN = "RETAINER_STARTED_AGAIN"
USAGE = (
    "Usage: python3 app.py              run the product\n"
    "       python3 app.py test [...]   run the tests (the rest goes to pytest)"
)


Serve = Callable[[], int]
RunTests = Callable[["list[str]"], int]


class SetupFailed(Exception):
    """The environment cannot be made. The message says what to do."""


def main(argv: "list[str]", serve: "Serve", run_tests: "RunTests") -> int:
    """Run the product, or its tests, in an environment that has what they need.

    `serve` and `run_tests` are called in that environment, after a new start where one was needed;
    answers the exit code.
    """
    if sys.version_info < PYTHON_MIN:
        return _refuse(
            "Retainer needs Python 3.11 or newer; this is Python {}.{}. Start it with a newer one, "
            "such as: python3.12 app.py".format(*sys.version_info[:2])
        )
    if argv and argv[0] != "test":
        return _refuse(USAGE, code=2)
    test = bool(argv)
    started_again = os.environ.pop(STARTED_AGAIN, None) is not None
    if not started_again:
        try:
            python = ensure_environment(ROOT, test=test)
        except SetupFailed as failed:
            return _refuse(str(failed))
        return _start_again(python, argv)
    return run_tests(argv[1:]) if test else serve()


def _refuse(sentence: str, code: int = 1) -> int:
    print(sentence, file=sys.stderr)
    return code


def _start_again(python: Path, argv: "list[str]") -> int:
    command = [str(python), str(ROOT / "app.py"), *argv]
    environ = dict(os.environ, **{STARTED_AGAIN: "1"})
    sys.stdout.flush()
    if os.name != "nt":  # exec there returns to the shell at once
        os.execve(str(python), command, environ)  # noqa: S606
    return subprocess.call(command, env=environ)


def ensure_environment(root: Path, *, test: bool) -> Path:
    """Make `.venv` hold what the lock says, and answer its Python.

    Does nothing where the lock was installed before. Two that start at once take turns; an
    environment whose making was killed is made again. Raises `SetupFailed`.
    """
    venv = root / ".venv"
    run_lock, test_lock = root / "requirements.txt", root / "requirements-test.txt"
    lock = test_lock if test else run_lock
    with _one_at_a_time(run_lock):
        if _hash(lock) in _installed(venv) and python_of(venv).exists():
            return python_of(venv)
        if (venv / UNDER_WAY).exists() or not _works(venv):
            _make(venv)
        (venv / UNDER_WAY).touch()
        (venv / STAMP).unlink(missing_ok=True)
        print(
            f"Installing what {'the tests need' if test else 'Retainer needs'} into .venv …",
            flush=True,
        )
        _install(venv, lock)
        # The tests' lock holds everything of the other one, at the same versions.
        satisfied = [_hash(test_lock), _hash(run_lock)] if test else [_hash(run_lock)]
        (venv / STAMP).write_text("\n".join(satisfied), encoding="ascii")
        (venv / UNDER_WAY).unlink()
    return python_of(venv)


def python_of(venv: Path) -> Path:
    """The Python of an environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _hash(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _installed(venv: Path) -> "set[str]":
    try:
        return set((venv / STAMP).read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return set()


def _works(venv: Path) -> bool:
    """Whether the environment has a Python that runs, is new enough, and can be installed into."""
    needs = "import sys; assert sys.version_info >= (3, 11)"
    if _uv() is None:
        needs += "; import pip._internal"
    try:
        return (
            subprocess.run(
                [str(python_of(venv)), "-c", needs], capture_output=True, timeout=60
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _uv() -> "str | None":
    """Where uv is, if it is here and answers (a version manager's shim may not)."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    try:
        answers = subprocess.run([uv, "--version"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return None
    return uv if answers else None


def _make(venv: Path) -> None:
    """Make the environment from nothing."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    uv = _uv()
    if uv is None and importlib.util.find_spec("ensurepip") is None:
        raise SetupFailed(
            "This Python cannot make virtual environments: run `sudo apt install python3-venv` "
            "(Debian, Ubuntu) and start again."
        )
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    shutil.rmtree(venv, ignore_errors=True)
    if uv is not None:
        command = [uv, "venv", "--quiet", "--no-project", "--python", base, str(venv)]
    else:
        command = [base, "-m", "venv", str(venv)]
    if subprocess.run(command).returncode != 0:
        raise SetupFailed(f"Making {venv} failed; the reason stands above.")


def _install(venv: Path, lock: Path) -> None:
    """Install exactly the lock's versions, each checked against its hash."""
    python, uv = str(python_of(venv)), _uv()
    if uv is not None:
        # pip compiles what it installs; uncompiled, each start would take seconds longer
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    else:
        command = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
        ]
    if subprocess.run([*command, "--require-hashes", "-r", str(lock)]).returncode != 0:
        raise SetupFailed(
            f"Installing {lock.name} failed; the reason stands above. The first start needs the "
            "network; start it again to go on."
        )


@contextlib.contextmanager
def _one_at_a_time(file: Path):
    """Hold the lock on a file that is always there; it falls with the process that held it."""
    with file.open("rb") as handle:
        if os.name == "nt":
            import msvcrt

            handle.seek(1 << 30)  # far past the end, so that reading it stays possible
            while True:
                with contextlib.suppress(OSError):  # gives up by itself after ten seconds
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
