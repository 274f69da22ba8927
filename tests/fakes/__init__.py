"""Strict stand-ins for the servers and phones on the other side of our channels, reached over real HTTP."""
