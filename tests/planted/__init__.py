"""Bugs planted on purpose, each as a patch with the test that must catch it: what passes on them proves nothing.

`run.py` tries them in copies of the tree; the tree itself is never touched.
"""
