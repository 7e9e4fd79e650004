# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/sequestre
COPY requirements-prod.lock .
RUN /opt/sequestre/bin/pip install --no-cache-dir --require-hashes -r requirements-prod.lock
COPY pyproject.toml README.md LICENSE worker.py ./
COPY domain domain
COPY db db
COPY activities activities
COPY workflows workflows
COPY infra infra
COPY api api
COPY cli cli
# The build backend stays in this stage.
RUN python -m pip install --no-cache-dir "hatchling>=1.27" \
    && python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /opt/sequestre/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home sequestre
COPY --from=build /opt/sequestre /opt/sequestre
ENV PATH=/opt/sequestre/bin:$PATH PYTHONUNBUFFERED=1
USER sequestre
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["sequestre"]
CMD ["--help"]
