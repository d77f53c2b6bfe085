"""Interfaces of external services, each with an adapter and a local substitute."""

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

from marketplace.kernel.errors import ServiceUnavailable

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 10


@dataclass(frozen=True, kw_only=True)
class OutgoingEmail:
    """One e-mail to send."""

    to: str
    subject: str
    text: str
    html: str | None = None


class Mailer(Protocol):
    """Sends e-mail. Raises ServiceUnavailable if the server does not respond."""

    def send(self, message: OutgoingEmail) -> None: ...


class Storage(Protocol):
    """Stores files by key. Keys are relative paths with `/`."""

    def put(self, key: str, data: bytes) -> None: ...

    def put_file(self, key: str, path: Path) -> None: ...

    def get(self, key: str) -> bytes | None: ...

    def open(self, key: str) -> BinaryIO | None: ...

    def delete(self, keys: Sequence[str]) -> None: ...


class NullMailer:
    """Substitute without an SMTP server: sends nothing, because the console shows the stored e-mails."""

    def send(self, message: OutgoingEmail) -> None:
        """Do nothing."""


class SmtpMailer:
    """Mailer for an SMTP server: `smtp://user:password@host:25` or `smtps://…`."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def send(self, message: OutgoingEmail) -> None:
        """Send one e-mail. Raises ServiceUnavailable."""
        try:
            with self._connect() as server:
                if self._url.username:
                    server.login(unquote(self._url.username), unquote(self._url.password or ""))
                server.send_message(self._build_message(message))
        except (OSError, smtplib.SMTPException) as exc:
            raise ServiceUnavailable from exc

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port
        if self._url.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, timeout=READ_TIMEOUT_S, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port or 25, timeout=READ_TIMEOUT_S)
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        return server

    def _build_message(self, message: OutgoingEmail) -> EmailMessage:
        mime_message = EmailMessage()
        mime_message["From"], mime_message["Subject"] = self._sender, " ".join(message.subject.split())
        mime_message["To"] = Address(addr_spec=message.to)
        mime_message.set_content(message.text)
        if message.html:
            mime_message.add_alternative(message.html, subtype="html")
        return mime_message


class FileSystemStorage:
    """Storage in a directory; files are written atomically."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, key: str) -> Path:
        """Return the path of a key. Raises ValueError for a key outside the directory."""
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise ValueError(key)
        return path

    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key`, replacing an existing file."""
        with self._atomic_write(key) as file:
            file.write(data)

    def put_file(self, key: str, path: Path) -> None:
        """Copy a file that may be too large for the memory to `key`."""
        with path.open("rb") as source, self._atomic_write(key) as file:
            shutil.copyfileobj(source, file, 2**20)

    def get(self, key: str) -> bytes | None:
        """Return the content of the file, or None."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None

    def open(self, key: str) -> BinaryIO | None:
        """Return the file opened for reading, or None; the caller closes it."""
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            return None

    def delete(self, keys: Sequence[str]) -> None:
        """Delete the files that exist."""
        for key in keys:
            with contextlib.suppress(FileNotFoundError):
                self.path(key).unlink()

    @contextlib.contextmanager
    def _atomic_write(self, key: str) -> Iterator[BinaryIO]:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        fd, temp_path = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(fd, "wb") as file:
                yield file
            os.chmod(temp_path, 0o644)
            os.replace(temp_path, path)
        except BaseException:
            os.unlink(temp_path)
            raise


def content_key(prefix: str, data: bytes, suffix: str) -> str:
    """Return a key made from the content, so that equal files are stored once and can be cached forever."""
    return _key(prefix, hashlib.sha256(data).hexdigest(), suffix)


def file_key(prefix: str, path: Path, suffix: str) -> str:
    """Return the `content_key` of a file that may be too large for the memory."""
    with path.open("rb") as file:
        return _key(prefix, hashlib.file_digest(file, "sha256").hexdigest(), suffix)


def _key(prefix: str, digest: str, suffix: str) -> str:
    return f"{prefix}/{digest[:2]}/{digest[:32]}{suffix}"
