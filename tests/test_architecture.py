"""The house rules that a machine can check: who imports whom, what a file is, what a line may not hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_MODULE_LINES = 400
# Made by a program, or named for what they hold: data, not prose.
BINARY = {".npz", ".npy", ".jpg", ".png", ".ico", ".woff2", ".onnx", ".h5", ".dat"}

# Written so that these patterns do not find themselves.
HOME_DIRECTORY = re.compile(r"(?<![\w.~/-])/(?:home|Users|root)/[\w.-]+|\b[A-Z]:\\Users\\", re.ASCII)
# A line that names where packages come from; the public index is what every tool uses when nothing is said.
PACKAGE_INDEX = re.compile(r"(?:index-url|find-links|trusted-host|registry)\s*[=:]?\s*[\"']?https?[:]//", re.IGNORECASE)
PUBLIC_HOSTS = ("pypi.org", "pythonhosted.org", "pytorch.org", "localhost", "127.0.0.1")
LOCKED_URL = re.compile(r"https?[:]//")
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
TELL_THE_KIND = {"type", "failure", "_kind"}


@cache
def committed_files() -> tuple[Path, ...]:
    """What git tracks or would: everything but what it ignores."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=REPOSITORY,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"not a git checkout: {error}")
    found = (REPOSITORY / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def modules() -> list[Path]:
    return [path for path in committed_files() if path.suffix == ".py"]


def text_lines() -> list[tuple[str, str]]:
    """Every line of every text file, under `file:line`."""
    lines: list[tuple[str, str]] = []
    for path in committed_files():
        if path.suffix in BINARY:
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        name = path.relative_to(REPOSITORY)
        lines += [(f"{name}:{number}", line) for number, line in enumerate(text.splitlines(), start=1)]
    return lines


def imported_roots(module: Path) -> set[str]:
    roots: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add("domain" if node.level else (node.module or "").split(".")[0])
    return roots


def quoted(source: str) -> list[int]:
    """The lines on which a logger is given an exception that was caught there, or words that are made of it."""
    return [
        call.lineno
        for handler in ast.walk(ast.parse(source))
        if isinstance(handler, ast.ExceptHandler) and handler.name is not None
        for call in ast.walk(handler)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and is_logger(call.func)
        if any(uses(given, handler.name) for given in arguments(call))
    ]


def is_logger(method: ast.Attribute) -> bool:
    whose = method.value.id if isinstance(method.value, ast.Name) else ""
    return whose.lower().rpartition("_")[2] in ("log", "logger", "logging") and method.attr in LOG_METHODS


def arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg != "exc_info")]


def uses(node: ast.AST, name: str) -> bool:
    """As a whole: not one of its attributes, and not by a function that is known to tell its kind alone."""
    if isinstance(node, ast.Name):
        return node.id == name
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return False
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TELL_THE_KIND:
        return False
    return any(uses(child, name) for child in ast.iter_child_nodes(node))


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    outcome = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_the_domain_imports_only_the_standard_library_and_msgspec() -> None:
    allowed = sys.stdlib_module_names | {"domain", "msgspec"}
    foreign = {
        f"{module.relative_to(REPOSITORY)} imports {root}"
        for module in modules()
        if module.is_relative_to(REPOSITORY / "domain")
        for root in imported_roots(module) - allowed
    }
    assert foreign == set()


def test_the_domain_has_no_clock_no_randomness_and_no_input_or_output() -> None:
    worldly = {"time", "random", "secrets", "os", "io", "pathlib", "socket", "asyncio", "threading", "logging"}
    touched = {
        f"{module.relative_to(REPOSITORY)} imports {root}"
        for module in modules()
        if module.is_relative_to(REPOSITORY / "domain")
        for root in imported_roots(module) & worldly
    }
    assert touched == set()


def test_every_module_starts_with_a_sentence_that_says_what_it_is_for() -> None:
    silent = []
    for module in modules():
        sentence = (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").partition("\n")[0]
        if not sentence.endswith((".", "?")) or len(sentence.split()) < 3:
            silent.append(f"{module.relative_to(REPOSITORY)}: {sentence!r}")
    assert silent == []


def test_no_module_is_longer_than_a_room_can_be() -> None:
    lengths = {module: len(module.read_text(encoding="utf-8").splitlines()) for module in modules()}
    too_long = {str(module.relative_to(REPOSITORY)): n for module, n in lengths.items() if n > LONGEST_MODULE_LINES}
    assert too_long == {}


def test_no_log_line_quotes_an_exception() -> None:
    """Its words may quote a row of the database, a file's path or what somebody sent: its kind is enough."""
    quoting = [
        f"{module.relative_to(REPOSITORY)}:{line}"
        for module in modules()
        for line in quoted(module.read_text(encoding="utf-8"))
    ]
    assert quoting == []


@pytest.mark.parametrize(
    "said",
    ['"lost: %s", error', '"lost", why=str(error)', 'f"lost: {error}"', "error", '"lost: %r", (error,)'],
)
def test_an_exception_that_is_quoted_is_found(said: str) -> None:
    assert quoted(f"try:\n    go()\nexcept OSError as error:\n    _log.warning({said})\n") == [4]


@pytest.mark.parametrize("said", ['"lost", why=type(error).__name__', '"lost", exc_info=error', '"%s", error.errno'])
def test_an_exception_that_is_only_named_is_let_be(said: str) -> None:
    assert quoted(f"try:\n    go()\nexcept OSError as error:\n    _log.warning({said})\n") == []


def test_no_line_holds_a_home_directory() -> None:
    assert [where for where, line in text_lines() if HOME_DIRECTORY.search(line)] == []


def test_no_line_says_where_packages_come_from() -> None:
    named = [where for where, line in text_lines() if PACKAGE_INDEX.search(line)]
    locked = [where for where, line in text_lines() if where.startswith("requirements/") and LOCKED_URL.search(line)]
    assert named + locked == []


def test_no_line_names_a_host_that_this_machine_installs_from() -> None:
    """Whoever builds behind a mirror of their own must not leave its name in a lock."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    hosts = {urlsplit(url).hostname or "" for url in re.findall(r"https?://[^\s'\"]+", configured)}
    private = {host for host in hosts if host and not host.endswith(PUBLIC_HOSTS)}
    assert [where for where, line in text_lines() if any(host in line for host in private)] == []


@pytest.mark.parametrize(
    "line",
    ["cache = " + "/ho" + "me/ada/models", "at /ro" + "ot/.cache", "/Us" + "ers/ada", "C:" + "\\Users\\ada"],
)
def test_the_pattern_finds_a_home_directory(line: str) -> None:
    assert HOME_DIRECTORY.search(line)


@pytest.mark.parametrize(
    "line", ["/api/people/ro" + "ot/", "~/.local/share", "https://example.org/ho" + "me/ada", "/ho" + "me page"]
)
def test_the_pattern_leaves_other_paths_alone(line: str) -> None:
    assert not HOME_DIRECTORY.search(line)


@pytest.mark.parametrize("option", ["--index-url ", "extra-index-url = ", 'registry = "', "find-links="])
def test_the_pattern_finds_a_package_index(option: str) -> None:
    assert PACKAGE_INDEX.search(option + "https:" + "//packages.example/simple")
