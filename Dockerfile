FROM python:3.13.16-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/ordercast
ENV PATH=/opt/ordercast/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY worker worker
COPY tasks tasks
RUN pip install --no-build-isolation --no-deps .

FROM python:3.13.16-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/ordercast --create-home ordercast
COPY --from=build /opt/ordercast /opt/ordercast
ENV PATH=/opt/ordercast/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/ordercast
USER 10001
STOPSIGNAL SIGTERM
CMD ["celery", "-A", "worker", "worker", "--apply-config", "--without-gossip", "--without-mingle", "--without-heartbeat"]
