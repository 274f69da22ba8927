"""Tests of the pure core: no clock, no database."""
