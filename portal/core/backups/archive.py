"""The file of a backup: a tar whose last member, the manifest, knows every other by its digest."""

import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

PIECE_BYTES = 1024 * 1024
FORMAT = 1
_MANIFEST = "manifest.json"
# Tar asks who owns a member, and when it was changed: the same for all, so that nothing of this
# machine is told.
_MODE = 0o600


class Damaged(Exception):
    """The file is not a backup, or not as it was written. Its sentence says what is wrong."""


class Writer:
    """Adds members to a backup and remembers what they are."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        """Add `size` bytes as a member. Raises OSError where there is no room."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, _MODE
        file = _Pieces(pieces)
        self._tar.addfile(member, file)  # type: ignore[arg-type]
        self.members[name] = {"bytes": size, "sha256": file.digest.hexdigest()}

    def finish(self, told: dict[str, Any]) -> None:
        """Write the manifest: with it the backup is whole."""
        manifest = {"format": FORMAT, **told, "members": self.members}
        text = json.dumps(manifest, indent=1).encode()
        member = tarfile.TarInfo(_MANIFEST)
        member.size, member.mode = len(text), _MODE
        self._tar.addfile(member, io.BytesIO(text))


class _Pieces:
    """Pieces as the file that tar reads, hashed on the way."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces: Iterator[bytes] = iter(pieces)
        self._left = b""
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        while len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._left += piece
        taken, self._left = self._left[:size], self._left[size:]
        self.digest.update(taken)
        return taken


@contextmanager
def writing(path: Path) -> Generator[Writer]:
    """A new backup. It has its name only once it is whole: a broken one is never taken for one.

    Until then it has a name that no other run takes, and nobody but its owner can open it.
    """
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f"{path.name}.", suffix=".part", delete=False
    ) as file:
        unfinished = Path(file.name)
        try:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)


class Reader:
    """A backup as its list of contents tells of it; whether it is so, `check` finds out.

    Raises `Damaged` where that list cannot be read.
    """

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.manifest = self._read_manifest()

    def names(self, prefix: str) -> list[str]:
        """The members under a prefix."""
        return [name for name in self.manifest["members"] if name.startswith(prefix)]

    def pieces(self, name: str) -> Iterator[bytes]:
        """What a member holds."""
        file = self._open(name)
        while piece := file.read(PIECE_BYTES):
            yield piece

    def check(self) -> None:
        """Read all of it. Raises `Damaged` for a member that is not as it was written."""
        for name, told in self.manifest["members"].items():
            digest, size = hashlib.sha256(), 0
            for piece in self.pieces(name):
                digest.update(piece)
                size += len(piece)
            if (size, digest.hexdigest()) != (told["bytes"], told["sha256"]):
                raise Damaged(f"{name} in this backup is not as it was written.")

    def _read_manifest(self) -> dict[str, Any]:
        try:
            said = json.loads(self._open(_MANIFEST).read())
        except (Damaged, ValueError, RecursionError, tarfile.TarError):
            raise Damaged("This is not a whole backup: its list of contents is missing.") from None
        manifest = cast("dict[str, Any]", said if isinstance(said, dict) else {})
        if manifest.get("format", FORMAT) != FORMAT:
            raise Damaged("This backup was made by a newer version of the product.")
        if not _is_whole(manifest):
            raise Damaged("This is not a whole backup: its list of contents cannot be read.")
        return manifest

    def _open(self, name: str) -> IO[bytes]:
        try:
            member = self._tar.getmember(name)
        except KeyError:
            raise Damaged(f"{name} is missing in this backup.") from None
        # A link leads to another member, maybe in circles; a sparse file of a few bytes can claim
        # to be as long as any disk.
        file = None if member.issparse() or not member.isreg() else self._tar.extractfile(member)
        if file is None:
            raise Damaged(f"{name} in this backup is not a file.")
        return file


def _is_whole(manifest: dict[str, Any]) -> bool:
    """Whether a list of contents says what ours say: whoever forges one may leave out anything."""
    members = manifest.get("members")
    return isinstance(members, dict) and all(
        isinstance(told, dict) and {"bytes", "sha256"} <= told.keys()
        for told in cast("dict[str, Any]", members).values()
    )


@contextmanager
def reading(path: Path) -> Generator[Reader]:
    """A backup, looked through from end to end. Raises `Damaged`; OSError where there is none."""
    with path.open("rb") as file:
        try:
            reader = Reader(tarfile.open(fileobj=file, mode="r:"))  # noqa: SIM115 - ends with file
            reader.check()
        except (tarfile.TarError, ValueError) as broken:  # ValueError: of headers that are forged
            raise Damaged(f"This is not a whole backup: {broken}.") from broken
        yield reader
