"""Personal data: sealed, found, moved to new keys, kept no longer than needed."""
