#!/usr/bin/env bash
# One run of the sync. It never starts a new record by itself: if the record is missing, a volume is
# not mounted or a cache was lost, and a person has to decide.
set -uo pipefail

record="${DD_INCIDENT_ROLES_STORE:?names the file of the record}"

if [[ ! -d "$(dirname "${record}")" ]]; then
  echo "::error::The folder of the record ${record} does not exist on this runner. Create or mount it. Nothing was synced."
  exit 2
fi
if [[ ! -f "${record}" && "${BEGIN:-}" != true ]]; then
  echo "::error::There is no record at ${record}, so nothing was synced. To create one, start this workflow by hand with 'begin'. A new record starts from what Datadog shows and duplicates nothing, but history and unsent changes are lost."
  exit 2
fi

"${PROGRAM:?names the program}" sync
code=$?
if (( code == 75 )); then
  echo 'Another run holds the lock on the record and does the work.'
  exit 0
fi
exit "${code}"
