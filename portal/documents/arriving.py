"""Objects of the store that are being written: counted and hashed as their bytes pass, and the
names under which they lie."""

import hashlib

from flask_babel import gettext as _

from portal.core import ids, storage
from portal.core.errors import Invalid
from portal.documents.models import FILE_BYTES_MAX
from portal.documents.types import HEAD_BYTES, type_of
from portal.documents.uploads import Received, refuse_size, too_large


class Counted:
    """An object that is being written and counted. `bytes_max` is what may come of it."""

    def __init__(self, name: str, bytes_max: int, *, lasting: bool) -> None:
        self.name = name
        self.size_bytes = 0
        self._bytes_max = bytes_max
        self._sink = storage.open_sink(name, lasting=lasting)

    def write(self, data: bytes) -> int:
        """Take the next bytes. Raises `TooLarge` for one over 100 MB, `Invalid` for one more than
        was announced."""
        self.size_bytes += len(data)
        if self.size_bytes > FILE_BYTES_MAX:
            raise too_large()
        if self.size_bytes > self._bytes_max:
            raise Invalid(_("More bytes came than were announced. Please send it again."), "file")
        return self._sink.write(data)

    def stand(self) -> None:
        """Let it stand in the store."""
        refuse_size(self.size_bytes)
        self._sink.keep()

    def close(self) -> None:
        """Forget it, unless it stands."""
        self._sink.drop()


class Arriving(Counted):
    """A whole file that is being written, hashed as it comes. Also a file, for a form's parser."""

    def __init__(self, bytes_max: int) -> None:
        self.object_id = ids.public_id()
        super().__init__(file_object(self.object_id), bytes_max, lasting=True)
        self._hash = hashlib.sha256()
        self._head = b""

    def write(self, data: bytes) -> int:
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        self._hash.update(data)
        return super().write(data)

    def keep(self) -> Received:
        """Let it stand in the store; answers what it is."""
        self.stand()
        sha256 = self._hash.hexdigest()
        return Received(self.object_id, self.size_bytes, sha256, type_of(self._head))

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Nothing: a form's parser rewinds what it has written, for whoever reads it."""
        return 0


def file_object(object_id: str) -> str:
    """Where the bytes of a stored file lie."""
    return f"files/{object_id}"


def preview_object(object_id: str) -> str:
    """Where the small picture of a stored picture lies."""
    return f"previews/{object_id}"


def part_object(upload_id: str, number: int) -> str:
    """Where a part of an upload lies until it is put together with the others."""
    return f"parts/{upload_id}/{number}"
