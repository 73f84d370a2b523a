#!/usr/bin/env bash
# Decrypts the record from the cache, if there is one. A record that was encrypted with another
# passphrase, or changed since, is refused: the sync would write its content to Datadog.
set -euo pipefail

sealed="${SEALED:?names the sealed file}"
folder="$(dirname "${DD_INCIDENT_ROLES_STORE:?names the file of the record}")"

if [[ -z "${PASSPHRASE:-}" ]]; then
  echo '::error::The secret INCIDENT_ROLES_PASSPHRASE is not set. Everyone who can read the repository can read its caches, so the record is kept there only encrypted.'
  exit 2
fi

mkdir -p "${folder}"
chmod 700 "${folder}"
[[ -f "${sealed}" ]] || { echo 'There is no record in the cache.'; exit 0; }

GNUPGHOME="$(mktemp -d)"
export GNUPGHOME
opened="$(mktemp)"
trap 'rm -rf -- "${GNUPGHOME}" "${opened}"' EXIT

if ! gpg --batch --quiet --yes --pinentry-mode loopback --passphrase-fd 3 \
  --output "${opened}" --decrypt "${sealed}" 3<<< "${PASSPHRASE}"; then
  echo '::error::The record in the cache cannot be decrypted with INCIDENT_ROLES_PASSPHRASE, or was changed. To start a new one, delete it from the caches of the repository and start this workflow by hand with "begin".'
  exit 2
fi
tar --extract --file "${opened}" --directory "${folder}"
