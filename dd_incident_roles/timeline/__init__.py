"""What people do with a timeline, decided without a record: adding, correcting, reading files."""
