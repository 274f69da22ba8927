"""Long runs that look for the one case in a million; the suite runs each of them shortly."""
