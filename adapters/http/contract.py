"""Writes the contract to docs/contracts: `python -m adapters.http.contract`, from the top of the repository."""

from __future__ import annotations

from pathlib import Path

from adapters.http.asyncapi import asyncapi_document
from adapters.http.openapi import openapi_document
from adapters.http.problems_page import problems_page


def contract_files() -> dict[str, bytes]:
    """What docs/contracts holds, by file name."""
    return {
        "asyncapi.json": asyncapi_document(),
        "openapi.json": openapi_document(),
        "problems.md": problems_page().encode(),
    }


def write_contract(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contract_files().items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    write_contract(Path("docs/contracts"))
