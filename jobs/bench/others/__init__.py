"""Other people's ledgers behind one small protocol: each script runs in the environment of the peers, seeds itself with
so many transfers, and then does as many as it is told, each durable and with the balance read back and checked.
"""
