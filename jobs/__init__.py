"""What the clock does: each job asks the books what is owed, writes notices, and stops."""
