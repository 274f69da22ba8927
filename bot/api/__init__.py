"""The mini-program's JSON API `/api/v1`: forms instead of words, the same turn and the same rules behind them."""
