"""Whom the embedded PostgreSQL runs as: the caller, or where that is root, somebody without privileges."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

import msgspec


class AccountMissing(Exception):
    """There is nobody that PostgreSQL could run as; the message says why."""


class Account(msgspec.Struct, frozen=True):
    """A user of the operating system."""

    uid: int
    gid: int
    name: str

    def may_enter(self, folder: Path) -> bool:
        """Whether every folder on the way, and the last one, can be searched."""
        way = [folder, *folder.parents]
        return all(self._may_search(found.stat()) for found in way)

    def _may_search(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def account_for(data_dir: Path) -> Account:
    """Who owns the data, or will. PostgreSQL refuses to run as root: `nobody` does it then. Raises AccountMissing."""
    owner = data_dir.stat().st_uid
    if os.geteuid() != 0 and owner != os.geteuid():
        raise AccountMissing(f"{data_dir} belongs to another user (uid {owner})")
    if owner != 0:
        return _account(owner)
    try:
        return _account(pwd.getpwnam("nobody").pw_uid)
    except KeyError:
        raise AccountMissing("PostgreSQL refuses to run as root, and there is no user `nobody`") from None


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise AccountMissing(f"uid {uid} has no name, and initdb needs one: add it to the user database") from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
