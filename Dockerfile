# An image of a sync that stays. Build it with: docker build --tag dd-incident-roles .
#
# Name the base by digest as well where your builds must be the same each time; a tag moves.
ARG PYTHON=3.13-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /source
COPY requirements/ requirements/
RUN python -m venv /build && python -m venv --without-pip /app \
 && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.txt \
 && /build/bin/pip --python /app/bin/python install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY . .
# What is beside the locked packages has the versions that were tested.
ARG EXTRAS=board,github,gitlab,jira,postgres,slack
RUN /build/bin/python -m hatchling build --target wheel --directory /dist \
 && sed --quiet --regexp-extended 's/^([A-Za-z0-9._-]+)(\[[^]]*\])?(==[^\\]*[^\\ ])[ \\]*$/\1\3/p' \
    requirements/dev.txt > /constraints.txt \
 && /build/bin/pip --python /app/bin/python install --no-cache-dir --constraint /constraints.txt \
    "$(ls /dist/*.whl)[${EXTRAS}]" \
 && /app/bin/python -m compileall -q /app

FROM python:${PYTHON}
COPY --from=build /app /app
# No account of the system, and a folder for the record that a volume takes the place of.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /record
USER 10001:10001
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DD_INCIDENT_ROLES_STORE=/record/record.sqlite3
VOLUME /record
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/livez', timeout=4)"]
ENTRYPOINT ["dd-incident-roles"]
CMD ["--log-format", "json", "sync", "--format", "none", "--watch", "30", "--listen", "9464"]
