"""Outside services as small promises, each with a real adapter and a stand-in that works on one machine."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from marketplace.kernel.errors import Unavailable

CONNECT_SECONDS = 5
READ_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Message:
    """One e-mail, ready to go."""

    to: str
    subject: str
    text: str
    html: str | None = None


class Mailer(Protocol):
    """Sends e-mail. Raises Unavailable when the post office does not answer."""

    def send(self, message: Message) -> None: ...


class Texter(Protocol):
    """Sends short messages to telephones."""

    def send(self, *, to: str, text: str) -> None: ...


class Storage(Protocol):
    """Keeps files by key. Keys are relative paths with `/`."""

    def put(self, key: str, data: bytes) -> None: ...

    def put_file(self, key: str, path: Path) -> None: ...

    def get(self, key: str) -> bytes | None: ...

    def open(self, key: str) -> BinaryIO | None: ...

    def delete(self, keys: Sequence[str]) -> None: ...


class KeepingMailer:
    """The stand-in: the letter is already kept in the market's outbox page, so there is nothing left to do."""

    def send(self, message: Message) -> None:
        """Leave the letter where the operator reads it."""


class SmtpMailer:
    """Sends by SMTP: `smtp://user:password@host:25` or `smtps://…`."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def send(self, message: Message) -> None:
        """Hand one letter to the post office. Raises Unavailable."""
        try:
            with self._connect() as server:
                if self._url.username:
                    server.login(unquote(self._url.username), unquote(self._url.password or ""))
                server.send_message(self._letter(message))
        except (OSError, smtplib.SMTPException) as trouble:
            raise Unavailable from trouble

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=READ_SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port or 25, timeout=READ_SECONDS)
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        return server

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["Subject"] = self._sender, " ".join(message.subject.split())
        letter["To"] = Address(addr_spec=message.to)
        letter.set_content(message.text)
        if message.html:
            letter.add_alternative(message.html, subtype="html")
        return letter


class FolderStorage:
    """Keeps files in a folder; a file appears whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Where a key lives. Raises ValueError for a key that would leave the folder."""
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise ValueError(key)
        return path

    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key`, replacing what was there."""
        with self._written(key) as file:
            file.write(data)

    def put_file(self, key: str, path: Path) -> None:
        """The same with a file that is too large to be held in memory."""
        with path.open("rb") as given, self._written(key) as file:
            shutil.copyfileobj(given, file, 2**20)

    def get(self, key: str) -> bytes | None:
        """The file's bytes, or None."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None

    def open(self, key: str) -> BinaryIO | None:
        """The file to be read in parts, or None; whoever asks closes it."""
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            return None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove the files that are there."""
        for key in keys:
            with contextlib.suppress(FileNotFoundError):
                self.path(key).unlink()

    @contextlib.contextmanager
    def _written(self, key: str) -> Iterator[BinaryIO]:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def content_key(prefix: str, data: bytes, suffix: str) -> str:
    """A key from the content itself, so that the same picture is stored once and may be cached for ever."""
    return _key(prefix, hashlib.sha256(data).hexdigest(), suffix)


def file_key(prefix: str, path: Path, suffix: str) -> str:
    """The same for a file that is too large to be held in memory."""
    with path.open("rb") as file:
        return _key(prefix, hashlib.file_digest(file, "sha256").hexdigest(), suffix)


def _key(prefix: str, digest: str, suffix: str) -> str:
    return f"{prefix}/{digest[:2]}/{digest[:32]}{suffix}"
