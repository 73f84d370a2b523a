"""Any edit of the timeline, drawn from few keys so that edits meet."""

from __future__ import annotations

from hypothesis import strategies as st

from dd_incident_roles.model import Entry
from dd_incident_roles.sync.state import (
    ArchiveEntry,
    Drop,
    EntryIntent,
    EntryLink,
    Put,
    PutEntry,
    Tombstone,
)
from tests.store.entry_samples import D1, D2, K1, K2, K3
from tests.store.samples import minutes

keys = st.sampled_from([K1, K2, K3])
remote_ids = st.sampled_from(["r1", "r2", "r3"])
digests = st.sampled_from([D1, D2])
instants = st.sampled_from([minutes(count) for count in range(3)])
texts = st.sampled_from(["", "It broke.", "Ünï\N{FIRE}\r\n\x00\x1b'; --"]) | st.text(max_size=5)

entries = st.builds(
    Entry,
    key=keys,
    at=instants,
    created=instants,
    text=texts,
    author=st.sampled_from([None, "", "ana@corp.example"]),
    important=st.booleans(),
    kind=st.sampled_from(["note", "status_change"]),
    origin=st.sampled_from(["cli", "datadog"]),
    deleted_at=st.none() | instants,
)
entry_edits = st.one_of(
    st.builds(PutEntry, entry=entries),
    st.builds(ArchiveEntry, key=keys, at=instants),
    st.builds(
        Put,
        st.builds(
            EntryLink,
            key=keys,
            remote_id=remote_ids,
            local_digest=digests,
            remote_digest=digests,
            remote_modified=st.none() | instants,
            ours=st.booleans(),
            altered=st.booleans(),
            missing_since=st.none() | instants,
        ),
    ),
    st.builds(Drop, st.sampled_from([EntryLink, EntryIntent]), keys),
    st.builds(
        Put,
        st.builds(
            EntryIntent,
            key=keys,
            digest=st.none() | digests,
            since=instants,
            missing_since=st.none() | instants,
        ),
    ),
    st.builds(Put, st.builds(Tombstone, remote_id=remote_ids, since=instants)),
    st.builds(Drop, st.just(Tombstone), remote_ids),
)
