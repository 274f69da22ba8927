"""How people talk with the fund: channels, understanding, the one turn, words, pages."""

import os

# Every key of RQ in one slot of a Redis Cluster (bot/redis_address.py); RQ reads this when it is first imported.
os.environ.setdefault("RQ_KEY_PREFIX", "{rq}")
