"""`python3 app.py` on a bare machine: the standard library makes everything else."""

import ast
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.core import bootstrap
from portal.core.bootstrap import STAMP, UNDER_WAY, SetupFailed, ensure_environment, python_of
from tests.support.source import ROOT, Module

INSTALLERS = ["pip", *(["uv"] if shutil.which("uv") else [])]
ENSURE = """
import sys
from pathlib import Path
from portal.core.bootstrap import ensure_environment

ensure_environment(Path(sys.argv[1]), test=False)
"""


def lock_line(folder: Path, version: str, *, honest: bool = True) -> str:
    """A lock's line for a package of ours, `tiny`, made on the spot: no test needs the network."""
    wheel = folder / f"tiny-{version}-py3-none-any.whl"
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {version!r}\n")
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(
            f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )
    digest = hashlib.sha256(wheel.read_bytes() if honest else b"something else").hexdigest()
    return f"tiny @ {wheel.as_uri()} --hash=sha256:{digest}\n"


def installed(root: Path) -> str:
    """The version of `tiny` in the environment."""
    code = "import tiny; print(tiny.VERSION)"
    ran = subprocess.run([python_of(root / ".venv"), "-c", code], capture_output=True, text=True)
    return ran.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose lock asks for `tiny` 1.0."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    (folder / "requirements.txt").write_text(lock_line(tmp_path, "1.0"))
    (folder / "requirements-test.txt").write_text(lock_line(tmp_path, "1.0") + "# and more\n")
    return folder


@pytest.fixture(params=INSTALLERS)
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With uv where it is present, and without."""
    if request.param == "pip":
        monkeypatch.setattr(bootstrap, "_uv", lambda: None)
    return str(request.param)


@pytest.fixture
def no_install(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, any installing fails the test."""

    def refuse(*_: object) -> None:
        raise AssertionError("something was installed")

    def from_now() -> None:
        monkeypatch.setattr(bootstrap, "_install", refuse)
        monkeypatch.setattr(bootstrap, "_make", refuse)

    return from_now


def test_a_bare_machine_gets_its_environment_and_the_next_start_finds_it(
    root: Path, installer: str, no_install: Callable[[], None]
) -> None:
    assert ensure_environment(root, test=False) == python_of(root / ".venv")
    assert installed(root) == "1.0"
    no_install()
    ensure_environment(root, test=False)


def test_a_changed_lock_is_installed(root: Path, tmp_path: Path) -> None:
    ensure_environment(root, test=False)
    # Another length, too: within one second Python tells sources apart by nothing else.
    (root / "requirements.txt").write_text(lock_line(tmp_path, "2.0.1"))
    ensure_environment(root, test=False)
    assert installed(root) == "2.0.1"


def test_what_the_tests_installed_is_enough_for_a_run_and_not_the_other_way_round(
    root: Path, no_install: Callable[[], None]
) -> None:
    ensure_environment(root, test=True)
    no_install()
    ensure_environment(root, test=False)
    (root / ".venv" / STAMP).write_text(
        hashlib.sha256((root / "requirements.txt").read_bytes()).hexdigest()
    )
    with pytest.raises(AssertionError):
        ensure_environment(root, test=True)


def test_a_package_that_is_not_the_locked_one_is_refused(
    root: Path, tmp_path: Path, installer: str
) -> None:
    (root / "requirements.txt").write_text(lock_line(tmp_path, "1.0", honest=False))
    with pytest.raises(SetupFailed, match=r"requirements\.txt failed"):
        ensure_environment(root, test=False)
    assert installed(root) == ""


def test_an_environment_whose_making_was_killed_is_made_again(root: Path) -> None:
    ensure_environment(root, test=False)
    venv = root / ".venv"
    (venv / UNDER_WAY).touch()  # as a kill in the middle of an install leaves it
    (venv / STAMP).unlink()
    half = next(venv.rglob("tiny.py"))
    half.unlink()  # rather than written over: uv links it to the one in its cache
    half.write_text("VERSION = 'hal")
    ensure_environment(root, test=False)
    assert installed(root) == "1.0"


def test_an_environment_whose_python_is_gone_is_made_again(root: Path) -> None:
    ensure_environment(root, test=False)
    python = python_of(root / ".venv")
    python.unlink()
    python.symlink_to("/nowhere/python3")
    ensure_environment(root, test=False)
    assert installed(root) == "1.0"


def test_two_starts_at_once_do_not_break_each_other(root: Path) -> None:
    starts = [subprocess.Popen([sys.executable, "-c", ENSURE, root], cwd=ROOT) for _ in range(2)]
    assert [start.wait(120) for start in starts] == [0, 0]
    assert installed(root) == "1.0"


def test_a_start_that_is_killed_lets_the_next_one_in(root: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", ENSURE, root], cwd=ROOT)
    while not (root / ".venv").exists():
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    ensure_environment(root, test=False)
    assert installed(root) == "1.0"


def test_without_venv_one_sentence_says_what_to_install(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "_uv", lambda: None)
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupFailed, match="sudo apt install python3-venv"):
        ensure_environment(root, test=False)


def unused(*_: object) -> int:
    raise AssertionError("nothing is started when the call is refused")


def test_an_old_python_is_refused_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert bootstrap.main([], unused, unused) == 1
    assert capsys.readouterr().err == (
        "Retainer needs Python 3.11 or newer; this is Python 3.10. Start it with a newer one, "
        "such as: python3.12 app.py\n"
    )


def test_an_unknown_word_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["serve"], unused, unused) == 2
    assert "python3 app.py test" in capsys.readouterr().err


def test_the_bootstrap_stands_on_the_standard_library_alone() -> None:
    taken = {
        item.module.split(".")[0] for item in Module(ROOT / "portal/core/bootstrap.py").imports
    }
    assert taken <= set(sys.stdlib_module_names)


def test_app_py_imports_nothing_third_party_before_the_bootstrap() -> None:
    top = ast.parse((ROOT / "app.py").read_text(encoding="utf-8")).body
    plain = [node for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in plain}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_the_locks_are_hashed_name_no_registry_and_agree() -> None:
    run, test = (
        (ROOT / name).read_text() for name in ("requirements.txt", "requirements-test.txt")
    )
    for lock in (run, test):
        assert "://" not in lock
        pins = [line for line in lock.splitlines() if line and line[0] not in " #"]
        assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert {p for p in run.splitlines() if p[:1].isalpha()} <= set(test.splitlines())
