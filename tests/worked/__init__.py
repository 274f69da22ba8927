"""Worked examples as text tables that an accountant can read and sign."""
