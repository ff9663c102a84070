"""The model store: a folder of converted networks, and a record of what each was made from. Needs no torch."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from inference.weights.artefacts import CONVERSION, MANIFEST, REQUIRED, Artefact
from inference.weights.errors import ModelsMissing, StoreUnreadable, UnknownModel

_RECORD = "store.json"
_SCRATCH = ".scratch-"


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the store as it was when it was recorded; `path` is relative to the store."""

    path: str
    bytes: int
    sha256: str


class StoredModel(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds of one model, and the version of torch that exported it (where it was exported)."""

    published: StoredFile
    converted: StoredFile
    torch: str | None


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    conversion: int
    models: dict[str, StoredModel]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `models list`; `bytes` is what serving opens, 0 where absent."""

    artefact: Artefact
    present: bool
    bytes: int


class ModelStore:
    """A folder of models. Reading it is cheap and takes no lock: the record is replaced whole, and last."""

    def __init__(self, folder: Path, manifest: Mapping[str, Artefact] = MANIFEST) -> None:
        self.folder = folder
        self.manifest = manifest

    def require(self, names: Iterable[str] = REQUIRED) -> None:
        """Raises `ModelsMissing` unless all are there, converted from the files that the manifest names."""
        present = self.models()
        missing = tuple(name for name in names if name not in present)
        if missing:
            # Without names the command gets all that a server needs; what is optional must be named, and then all is.
            named = missing if any(self.artefact(name).optional for name in missing) else ()
            raise ModelsMissing(self.folder, missing, " ".join(["facecheckin models fetch", *named]))

    def artefact(self, name: str) -> Artefact:
        """Raises `UnknownModel`."""
        if name not in self.manifest:
            raise UnknownModel(name, self.manifest)
        return self.manifest[name]

    def path(self, name: str) -> Path:
        """What serving opens: an ONNX file, or dlib's predictor for `landmarks5`."""
        return self.folder / self.artefact(name).converted

    def published(self, name: str) -> Path:
        """The file as it was published, from which torch loads the network."""
        return self.folder / "published" / self.artefact(name).file

    def models(self) -> dict[str, StoredModel]:
        """What is recorded, still lies there in its recorded size, and is what the manifest means."""
        return {name: model for name, model in self.recorded().items() if self._is_current(name, model)}

    def recorded(self) -> dict[str, StoredModel]:
        """What was put in by this version of the conversion, whether or not it still lies there unharmed."""
        record = self._read()
        return record.models if record.conversion == CONVERSION else {}

    def list(self) -> list[Listed]:
        present = self.models()
        return [
            Listed(
                artefact=artefact,
                present=name in present,
                bytes=present[name].converted.bytes if name in present else 0,
            )
            for name, artefact in self.manifest.items()
        ]

    def keep(self, name: str, published: Path, converted: Path, *, torch: str | None) -> None:
        """Move both files into the store and record them; call it under `writing`."""
        self.published(name).parent.mkdir(exist_ok=True)
        stored = StoredModel(
            published=self._move(published, self.published(name)),
            converted=self._move(converted, self.path(name)),
            torch=torch,
        )
        models = self.models() | {name: stored}
        record = _Record(conversion=CONVERSION, models={name: models[name] for name in sorted(models)})
        _write_durably(self.folder / _RECORD, msgspec.json.format(msgspec.json.encode(record)) + b"\n")

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """Hold the store's only writing lock, waiting for it; gives a scratch folder on the same disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for abandoned in self.folder.glob(f"{_SCRATCH}*"):
                shutil.rmtree(abandoned)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=_SCRATCH) as scratch:
                yield Path(scratch)

    def _read(self) -> _Record:
        try:
            return msgspec.json.decode((self.folder / _RECORD).read_bytes(), type=_Record)
        except FileNotFoundError:
            return _Record(conversion=CONVERSION, models={})
        except msgspec.DecodeError as error:
            raise StoreUnreadable(f"{self.folder / _RECORD} is damaged ({error}): delete it and fetch again") from error

    def _is_current(self, name: str, model: StoredModel) -> bool:
        artefact = self.manifest.get(name)
        return (
            artefact is not None
            and model.published.sha256 == artefact.sha256
            and all(self._size(file) == file.bytes for file in (model.published, model.converted))
        )

    def _size(self, file: StoredFile) -> int | None:
        try:
            return (self.folder / file.path).stat().st_size
        except FileNotFoundError:
            return None

    def _move(self, source: Path, destination: Path) -> StoredFile:
        stored = StoredFile(
            path=destination.relative_to(self.folder).as_posix(), bytes=source.stat().st_size, sha256=digest(source)
        )
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.replace(destination)
        return stored


def digest(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    temporary = path.with_suffix(".new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
