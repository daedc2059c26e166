"""A ZIP archive that a stranger made: it is looked over before anything in it is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib

# The mark of an entry in a ZIP archive's list of its contents, and how many may occur by chance in packed data.
_ENTRY, _BY_CHANCE = b"PK\x01\x02", 50
# Deflate packs numbers and pictures to a tenth at best, a bomb to a thousandth. Small entries harm nobody.
_HIGHEST_RATIO, _SMALL = 100, 1_000_000


class ArchiveError(ValueError):
    """An archive that is not unpacked; the message says why in a sentence."""


class Archive:
    """The files in a ZIP archive, by name. Raises ArchiveError unless all of it is harmless and small enough.

    `content` is the archive; unpacked it may have `most_bytes` in `most_entries` files and folders.
    """

    def __init__(self, content: bytes, most_entries: int, most_bytes: int) -> None:
        if content.count(_ENTRY) > most_entries + _BY_CHANCE:
            raise ArchiveError(f"This archive has more than {most_entries:,} entries.")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError):
            raise ArchiveError("This file is damaged, or something else under this name.") from None
        entries = self._zip.infolist()
        if len(entries) > most_entries:
            raise ArchiveError(f"This archive has more than {most_entries:,} entries.")
        if sum(entry.file_size for entry in entries) > most_bytes:
            raise ArchiveError(f"Unpacked, this archive would be larger than {most_bytes // 1_000_000} MB.")
        for entry in entries:
            _check(entry)
        self.names = [entry.filename for entry in entries if not entry.is_dir()]
        if len(set(self.names)) < len(self.names):
            raise ArchiveError("This archive has two files of the same name.")

    def read(self, name: str) -> bytes:
        """The content of one of `names`. Raises ArchiveError if it is damaged or missing."""
        try:
            # As much as it says that it holds, which was checked: without a limit all is unpacked before it is cut.
            with self._zip.open(name) as file:
                return file.read(self._zip.getinfo(name).file_size)
        except KeyError:
            raise ArchiveError(f"This archive has no {name}.") from None
        except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
            raise ArchiveError(f"{name:.80} in this archive is damaged.") from None


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    if not name:
        raise ArchiveError("This archive has a file without a name.")
    if name.startswith("/") or ".." in name.split("/") or any(sign in name for sign in ("\\", ":", "\0")):
        raise ArchiveError(f"This archive has a file outside of its own folder: {name!r:.80}.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{name!r:.80} in this archive is no file but a link or a device.")
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"{name!r:.80} in this archive is encrypted or packed in an unusual way.")
    if entry.file_size > max(_SMALL, _HIGHEST_RATIO * entry.compress_size):
        raise ArchiveError(
            f"{name!r:.80} in this archive is a bomb: it unpacks to far more than any file of this kind."
        )
