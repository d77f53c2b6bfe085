# The image of every process of the marketplace; the command selects the process (docker-compose.yml).

FROM python:3.11-slim AS build
WORKDIR /market
# requirements-local.lock adds what the demo data needs: docker compose build --build-arg LOCK=requirements-local.lock
ARG LOCK=requirements.lock
COPY requirements.lock requirements-local.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r $LOCK
# Node.js, for the browser libraries, stays in this stage.
RUN python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes -r requirements-local.lock
COPY package.json package-lock.json .npmrc ./
COPY tools/__init__.py tools/vendor_assets.py tools/build_assets.py tools/
COPY marketplace/static marketplace/static
RUN PATH=/build/bin:$PATH python -m tools.vendor_assets && python -m tools.build_assets

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent market \
    && install -d -o market -g market /var/lib/jishi
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /market
COPY --from=build /venv /venv
COPY . .
COPY --from=build /market/marketplace/static marketplace/static
RUN python -m compileall -q billing demo marketplace search tenants
USER market
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket", "--access-logfile", "-", "wsgi:app"]
