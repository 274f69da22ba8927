"""Tests of the village workbook, in both directions."""
