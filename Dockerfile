# Two images of one program: `api` serves and has no torch; `models` fetches, converts and verifies the models once.
FROM python:3.11.16-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84 AS base
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

# The wheel is built with the setuptools of the lock, so that nothing is fetched without its hash.
FROM base AS package
WORKDIR /source
COPY requirements/models.lock requirements/models.lock
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements/models.lock > build.lock \
    && pip install --require-hashes --no-deps -r build.lock
COPY pyproject.toml README.md ./
COPY domain domain
COPY application application
COPY inference inference
COPY adapters adapters
COPY edge_device edge_device
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM base AS api-packages
WORKDIR /build
RUN python -m venv /opt/facecheckin
COPY requirements/server.lock server.lock
RUN /opt/facecheckin/bin/pip install --require-hashes --no-deps -r server.lock
COPY --from=package /wheels /wheels
RUN /opt/facecheckin/bin/pip install --no-deps /wheels/*.whl

# torch is pinned by version: its hash differs between its CPU and its CUDA builds.
# PIP_EXTRA_INDEX_URL may name an index of its CPU builds.
FROM base AS models-packages
ARG PIP_EXTRA_INDEX_URL
WORKDIR /build
RUN python -m venv /opt/facecheckin
COPY requirements/models.lock models.lock
RUN /opt/facecheckin/bin/pip install --require-hashes --no-deps -r models.lock \
    && /opt/facecheckin/bin/pip install torch==2.13.0
COPY --from=package /wheels /wheels
RUN /opt/facecheckin/bin/pip install --no-deps /wheels/*.whl

# Volumes take the owner of the folder they are first mounted over.
FROM base AS runtime
RUN groupadd --system --gid 10001 facecheckin \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/facecheckin --shell /usr/sbin/nologin facecheckin \
    && install --directory --owner=10001 --group=10001 --mode=0700 \
       /var/lib/facecheckin /var/lib/facecheckin/models /var/lib/facecheckin/keys
ENV PATH=/opt/facecheckin/bin:$PATH \
    FACECHECKIN_DATA=/var/lib/facecheckin \
    FACECHECKIN_MODELS=/var/lib/facecheckin/models \
    FACECHECKIN_KEYS=/var/lib/facecheckin/keys/keys.json \
    FACECHECKIN_HOST=0.0.0.0 \
    FACECHECKIN_PORT=8000
WORKDIR /var/lib/facecheckin
USER 10001:10001

FROM runtime AS models
COPY --from=models-packages /opt/facecheckin /opt/facecheckin
HEALTHCHECK NONE
CMD ["facecheckin", "models", "fetch"]

FROM runtime AS api
COPY --from=api-packages /opt/facecheckin /opt/facecheckin
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["facecheckin", "healthcheck"]
CMD ["facecheckin", "serve"]
