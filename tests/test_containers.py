"""The Dockerfile and the compose file, checked without a container engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from adapters.http.connections import PatientProtocol
from adapters.serving import DRAIN_S

REPOSITORY = Path(__file__).parent.parent
DOCKERFILE = REPOSITORY / "Dockerfile"
COMPOSE = REPOSITORY / "docker-compose.yml"
TOOLS = Path(sys.executable).parent
PINNED = re.compile(r"^[\w./-]+:\d[\w.-]*@sha256:[0-9a-f]{64}$")
Condition = Literal["service_healthy", "service_completed_successfully"]


class Dependency(msgspec.Struct, frozen=True):
    condition: Condition


class Build(msgspec.Struct, frozen=True):
    context: str
    target: str


class Healthcheck(msgspec.Struct, frozen=True):
    test: list[str] = []
    disable: bool = False


class Limits(msgspec.Struct, frozen=True):
    cpus: str
    memory: str
    pids: int


class Resources(msgspec.Struct, frozen=True):
    limits: Limits


class Deploy(msgspec.Struct, frozen=True):
    resources: Resources


class Service(msgspec.Struct, frozen=True):
    """What every service says about itself; a missing part is a failed test."""

    image: str
    user: str
    read_only: bool
    cap_drop: list[str]
    security_opt: list[str]
    networks: list[str]
    deploy: Deploy
    restart: str
    build: Build | None = None
    healthcheck: Healthcheck | None = None
    environment: dict[str, str] = {}
    secrets: list[str] = []
    volumes: list[str] = []
    ports: list[str] = []
    depends_on: dict[str, Dependency] = {}
    stop_grace_period: str = "10s"


class Network(msgspec.Struct, frozen=True):
    internal: bool = False


class Secret(msgspec.Struct, frozen=True):
    file: str


class Compose(msgspec.Struct, frozen=True):
    services: dict[str, Service]
    networks: dict[str, Network]
    secrets: dict[str, Secret]


@pytest.fixture(scope="module")
def compose() -> Compose:
    return msgspec.yaml.decode(COMPOSE.read_bytes(), type=Compose)


@pytest.fixture(scope="module")
def stages() -> dict[str, list[str]]:
    """The instructions of each build stage, continued lines joined, the FROM first."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for line in (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")):
        if line.startswith("FROM "):
            name = line.rsplit(" AS ", 1)[1]
            found[name] = []
        found[name].append(line)
    return found


def run_tool(*command: str) -> None:
    finished = subprocess.run([str(TOOLS / command[0]), *command[1:]], cwd=REPOSITORY, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_compose_file_follows_the_compose_specification() -> None:
    run_tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE))


def test_the_dockerfile_has_nothing_that_hadolint_warns_of() -> None:
    run_tool("hadolint", "--failure-threshold", "info", str(DOCKERFILE))


def test_hadolint_would_say_so(tmp_path: Path) -> None:
    careless = tmp_path / "Dockerfile"
    careless.write_text("FROM python\nRUN cd /srv && pip install flask\n")
    with pytest.raises(AssertionError, match="DL3006"):
        run_tool("hadolint", "--failure-threshold", "info", str(careless))


def test_every_image_from_elsewhere_is_pinned_by_version_and_digest(
    compose: Compose, stages: dict[str, list[str]]
) -> None:
    parents = [instructions[0].split()[1] for instructions in stages.values()]
    foreign = [parent for parent in parents if parent not in stages]
    foreign += [service.image for service in compose.services.values() if service.build is None]
    assert len(foreign) == 2
    assert [image for image in foreign if not PINNED.match(image)] == []
    assert compose.services["database"].image.startswith("pgvector/pgvector:")


def test_no_service_runs_as_root(compose: Compose, stages: dict[str, list[str]]) -> None:
    for service in compose.services.values():
        assert int(service.user.split(":")[0]) > 0
    assert stages["runtime"][-1] == "USER 10001:10001"
    for final in ("api", "models"):
        assert stages[final][0].split()[1] == "runtime"
        assert not any(line.startswith(("USER", "RUN")) for line in stages[final])


def test_every_service_is_confined(compose: Compose) -> None:
    for service in compose.services.values():
        assert service.read_only
        assert service.cap_drop == ["ALL"]
        assert "no-new-privileges:true" in service.security_opt


def test_the_database_cannot_be_reached_from_outside(compose: Compose) -> None:
    assert compose.networks["data"].internal
    assert compose.services["database"].networks == ["data"]
    assert not compose.services["database"].ports
    assert all(port.startswith("127.0.0.1:") for port in compose.services["api"].ports)


def test_no_secret_stands_in_a_file_that_is_committed(compose: Compose) -> None:
    text = COMPOSE.read_text(encoding="utf-8") + DOCKERFILE.read_text(encoding="utf-8")
    assert not re.search(r"postgres(ql)?://", text)
    for service in compose.services.values():
        for name, value in service.environment.items():
            if "PASSWORD" in name or "DATABASE_URL" in name:
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service.secrets
    ignored = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").split()
    for secret in compose.secrets.values():
        assert f"{Path(secret.file).parts[0]}/" in ignored


def test_what_stays_up_is_watched_and_what_runs_once_is_not_restarted(compose: Compose) -> None:
    for name, service in compose.services.items():
        if name in ("migrate", "models"):
            assert service.restart == "no"
        else:
            assert service.restart == "unless-stopped"
            assert service.healthcheck is not None
            assert service.healthcheck.test[0] == "CMD"


def test_the_api_waits_for_the_schema_and_the_models_and_is_healthy_when_ready(
    compose: Compose, stages: dict[str, list[str]]
) -> None:
    api, migrate = compose.services["api"], compose.services["migrate"]
    assert {name: dependency.condition for name, dependency in api.depends_on.items()} == {
        "database": "service_healthy",
        "migrate": "service_completed_successfully",
        "models": "service_completed_successfully",
    }
    assert migrate.depends_on["database"].condition == "service_healthy"
    assert api.healthcheck is not None
    assert api.healthcheck.test == ["CMD", "facecheckin", "healthcheck"]
    assert any('CMD ["facecheckin", "healthcheck"]' in line for line in stages["api"] if line.startswith("HEALTHCHECK"))


def test_the_api_is_not_killed_while_it_answers_what_it_took(compose: Compose) -> None:
    on_its_way_s = PatientProtocol.stopping_body_within_s + PatientProtocol.stopping_read_within_s
    assert on_its_way_s < DRAIN_S
    assert int(compose.services["api"].stop_grace_period.removesuffix("s")) >= DRAIN_S + 10


def test_the_api_image_has_no_torch(compose: Compose, stages: dict[str, list[str]]) -> None:
    def pinned(lock: str) -> set[str]:
        text = (REPOSITORY / "requirements" / lock).read_text(encoding="utf-8")
        return set(re.findall(r"^([a-z0-9-]+)==", text, flags=re.MULTILINE))

    assert not {"torch", "torchvision", "facenet-pytorch", "onnx"} & pinned("server.lock")
    assert {"torchvision", "facenet-pytorch", "onnx"} <= pinned("models.lock")
    assert not any("torch" in line for stage in ("api-packages", "api") for line in stages[stage])
    assert any("torch==2.13.0" in line for line in stages["models-packages"])
    for name, target in (("api", "api"), ("migrate", "api"), ("models", "models")):
        build = compose.services[name].build
        assert build is not None
        assert build.target == target
        assert target in stages


def test_packages_are_installed_by_hash(stages: dict[str, list[str]]) -> None:
    for stage in ("api-packages", "models-packages"):
        from_locks = [line for line in stages[stage] if ".lock" in line and line.startswith("RUN")]
        assert from_locks
        assert all("--require-hashes --no-deps" in line for line in from_locks)


def test_only_the_models_service_writes_the_models(compose: Compose) -> None:
    assert "models:/var/lib/facecheckin/models" in compose.services["models"].volumes
    assert "models:/var/lib/facecheckin/models:ro" in compose.services["api"].volumes


def test_whatever_the_dockerfile_copies_is_there_and_reaches_the_builder(stages: dict[str, list[str]]) -> None:
    allowed = {
        line.removeprefix("!") for line in (REPOSITORY / ".dockerignore").read_text().split() if line.startswith("!")
    }
    copied = [line.split()[1:-1] for lines in stages.values() for line in lines if line.startswith("COPY ")]
    sources = [source for parts in copied if not parts[0].startswith("--from=") for source in parts]
    assert {"pyproject.toml", "domain", "adapters", "inference"} <= set(sources)
    for source in sources:
        assert (REPOSITORY / source).exists(), source
        assert source in allowed or (source.startswith("requirements/") and "requirements/*.lock" in allowed)


def test_the_secrets_are_drawn_once_and_agree(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "container-secrets"
    script.parent.mkdir()
    script.write_bytes((REPOSITORY / "scripts" / "container-secrets").read_bytes())
    folder = tmp_path / ".data" / "secrets"
    passwords = []
    for _ in range(2):
        subprocess.run(["sh", str(script)], check=True, capture_output=True)
        passwords.append((folder / "database_password").read_text())
        url = f"postgresql://facecheckin:{passwords[-1]}@database:5432/facecheckin"
        assert (folder / "database_url").read_text() == url
    assert passwords[0] == passwords[1]
    assert re.fullmatch(r"[0-9a-f]{64}", passwords[0])
    assert folder.stat().st_mode & 0o077 == 0
