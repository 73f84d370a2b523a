#!/usr/bin/env bash
# Opens the sealed record that the cache gave back, if it gave one. What was not sealed with the same
# passphrase, or was changed since, is refused as a whole: the sync would carry it to Datadog.
set -euo pipefail

sealed="${SEALED:?names the sealed file}"
folder="$(dirname "${DD_INCIDENT_ROLES_STORE:?names the file of the record}")"

if [[ -z "${PASSPHRASE:-}" ]]; then
  echo '::error::The secret INCIDENT_ROLES_PASSPHRASE is not set. A cache can be read by whoever can read the repository, so the record goes there only sealed.'
  exit 2
fi

mkdir -p "${folder}"
chmod 700 "${folder}"
[[ -f "${sealed}" ]] || { echo 'The cache holds no record.'; exit 0; }

GNUPGHOME="$(mktemp -d)"
export GNUPGHOME
opened="$(mktemp)"
trap 'rm -rf -- "${GNUPGHOME}" "${opened}"' EXIT

if ! gpg --batch --quiet --yes --pinentry-mode loopback --passphrase-fd 3 \
  --output "${opened}" --decrypt "${sealed}" 3<<< "${PASSPHRASE}"; then
  echo '::error::The record in the cache cannot be opened with INCIDENT_ROLES_PASSPHRASE, or was changed. Delete it from the caches of the repository to begin a new one by hand.'
  exit 2
fi
tar --extract --file "${opened}" --directory "${folder}"
