"""A value about one person, readable only while that person's key exists."""

from __future__ import annotations

from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class PersonalData(Generic[T]):
    """`value` about `subject`; once the subject is erased the value is gone and `erased` is true.

    Adapters seal it under the subject's key when it is stored. Its repr never shows the value, so none reaches a log.
    """

    __slots__ = ("_value", "subject")

    def __init__(self, subject: UUID | None, value: T | None) -> None:
        self.subject = subject
        self._value = value

    @classmethod
    def erased_value(cls) -> PersonalData[T]:
        """What is left of a value whose subject was erased: neither the value nor whose it was."""
        return cls(None, None)

    @property
    def erased(self) -> bool:
        return self.subject is None

    def reveal(self) -> T | None:
        """The value, or None where it was erased."""
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PersonalData):
            return NotImplemented
        return self.subject == other.subject and self._value == other._value

    def __hash__(self) -> int:
        return hash(self.subject)

    def __repr__(self) -> str:
        return "PersonalData(erased)" if self.erased else "PersonalData(***)"
