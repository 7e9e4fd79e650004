# The interpreter is the one that the tests run on.
FROM python:3.11-slim-trixie AS build
ENV UV_LINK_MODE=copy UV_NO_CACHE=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY requirements-prod.lock .
RUN uv venv --python /usr/local/bin/python /opt/sequestre \
    && uv pip install --python /opt/sequestre/bin/python --require-hashes --only-binary :all: --compile-bytecode \
        -r requirements-prod.lock
# The full lock file pins what builds the wheel; nothing of it is in the final image.
COPY requirements.lock pyproject.toml README.md LICENSE worker.py ./
COPY domain domain
COPY documents documents
COPY outbound outbound
COPY providers providers
COPY texts texts
COPY db db
COPY activities activities
COPY workflows workflows
COPY infra infra
COPY embedded embedded
COPY reconcile reconcile
COPY api api
COPY bench bench
COPY cli cli
RUN uv build --wheel --build-constraints requirements.lock --require-hashes --out-dir /wheels \
    && uv pip install --python /opt/sequestre/bin/python --no-deps --compile-bytecode /wheels/*.whl

FROM python:3.11-slim-trixie
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin sequestre
COPY --from=build /opt/sequestre /opt/sequestre
ENV PATH=/opt/sequestre/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /opt/sequestre
EXPOSE 8000
ENTRYPOINT ["sequestre"]
CMD ["--help"]
