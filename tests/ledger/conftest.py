"""Properties are about sums, not about speed: a busy machine must not fail them by Hypothesis's clock."""

from hypothesis import settings

settings.register_profile("sums", deadline=None)
settings.load_profile("sums")
