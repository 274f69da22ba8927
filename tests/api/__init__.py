"""Tests of the mini-program's API: over the real application, against the strict fake of WeChat's servers."""
