"""What the clock does: each job asks the books what is owed, writes notices, and stops."""

import bot  # noqa: F401  (says under which keys RQ keeps its own before any file here imports it)
