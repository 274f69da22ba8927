"""Tests of what is looked at in a browser, most of them against a real server on loopback."""
