"""What each message does: gather once, decide once, answer. No SQL, no wording, no sending."""
