#!/usr/bin/env bash
# Encrypts the record for the cache, so that only people with the passphrase can read or change it.
set -euo pipefail

sealed="${SEALED:?names the sealed file}"
record="${DD_INCIDENT_ROLES_STORE:?names the file of the record}"

[[ -f "${record}" ]] || { echo 'There is no record to keep.'; exit 0; }

GNUPGHOME="$(mktemp -d)"
export GNUPGHOME
packed="$(mktemp)"
trap 'rm -rf -- "${GNUPGHOME}" "${packed}"' EXIT

# With the files beside it: a killed run leaves a part of the record in a log there.
cd "$(dirname "${record}")"
tar --create --file "${packed}" --exclude '*.lock' -- "$(basename "${record}")"*
gpg --batch --quiet --yes --pinentry-mode loopback --passphrase-fd 3 --cipher-algo AES256 \
  --output "${sealed}" --symmetric "${packed}" 3<<< "${PASSPHRASE:?seals the record}"
echo 'sealed=true' >> "${GITHUB_OUTPUT:?is set by the runner}"
