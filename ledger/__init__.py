"""What is true and allowed: pure records, rules and bookkeeping of a mutual-aid society; `store` keeps them."""
