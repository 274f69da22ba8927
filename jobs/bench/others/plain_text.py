"""Plain-text accounting over one file: a transaction is appended and synced, then the balance is asked for.

`beancount` loads the file in this process; `ledger` and `hledger` are asked as programs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

HEAD = {"beancount": "2026-01-01 open Assets:Cash\n2026-01-01 open Assets:Bank\n"}
ONE = {
    "beancount": '2026-01-02 * "t"\n  Assets:Cash  -1 CNY\n  Assets:Bank  1 CNY\n\n',
    "ledger": "2026-01-02 t\n  Assets:Cash  -1 CNY\n  Assets:Bank  1 CNY\n\n",
    "hledger": "2026-01-02 t\n  Assets:Cash  -1 CNY\n  Assets:Bank  1 CNY\n\n",
}


def balance(program: str, file: Path) -> int:
    if program == "beancount":
        from beancount import loader
        from beancount.core import data, realization

        entries, errors, _ = loader.load_file(str(file))
        if errors:
            raise SystemExit(str(errors[0]))
        found = realization.compute_balance(
            realization.get(realization.realize([one for one in entries if isinstance(one, data.Transaction)]),
                            "Assets:Bank"))
        return int(found.get_currency_units("CNY").number)
    said = subprocess.run(  # noqa: S603
        [program, "-f", str(file), "balance", "Assets:Bank"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"(-?[\d,]+)", said)
    return int(number[1].replace(",", "")) if number else 0


def main() -> None:
    program, file = sys.argv[1], Path(sys.argv[2])
    file.write_text(HEAD.get(program, ""), "utf-8")
    done = 0
    with file.open("ab", buffering=0) as book:
        for line in sys.stdin:
            wish, number = line.split()
            begun = time.perf_counter()
            if wish == "seed":
                book.write(ONE[program].encode() * int(number))
            for _ in range(int(number) if wish == "go" else 0):
                book.write(ONE[program].encode())
                os.fsync(book.fileno())
                done += 1
                if (found := balance(program, file)) != done:
                    raise SystemExit(f"{program}'s balance is {found} after {done} transfers")
            if wish == "seed":
                done += int(number)
            sys.stdout.write(json.dumps({"seconds": time.perf_counter() - begun}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
