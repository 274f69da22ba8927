"""One test for each row of the threat model that is about who is speaking, named after its row (T1 to T38)."""
