"""Evidence of a run's images on disk: a page draws a few hundred of them, and a run may hold a million."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from tempfile import TemporaryFile

from lightmeter.engine.evidence import Portrait
from lightmeter.measure.records import Evidence


class Album(Mapping[str, Evidence]):
    """Evidence by image, in a file without a name, which goes with the process however that ends.

    Written by one thread; read after that. Where the disk takes no more, later pictures are left out, and
    `notes` says so: a report without a picture is still a report.
    """

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._file = TemporaryFile()  # noqa: SIM115 - open for as long as the run's result lives
        weakref.finalize(self, self._file.close)
        self._places: dict[str, tuple[int, int]] = {}

    def keep(self, image: str, portrait: Portrait) -> None:
        """Put away what was drawn of an image, if anything was."""
        if portrait.evidence is None or self.notes:
            return
        content = portrait.to_json().encode()
        try:
            start = self._file.seek(0, 2)
            self._file.write(content)
            self._file.flush()
        except OSError as error:
            self.notes.append(f"no room for more of the report's pictures: {error.strerror}")
        else:
            self._places[image] = (start, len(content))

    def __getitem__(self, image: str) -> Evidence:
        start, length = self._places[image]
        self._file.seek(start)
        evidence = Portrait.from_json(self._file.read(length).decode()).evidence
        if evidence is None:
            raise KeyError(image)
        return evidence

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
