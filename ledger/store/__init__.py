"""Where the records are kept: tables, one transaction at a time, the mailbox; the only place that knows SQL."""
