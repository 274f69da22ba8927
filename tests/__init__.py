"""The tests: the same names as the floors, and the village, the talks, the worked loans, the torture runs."""
