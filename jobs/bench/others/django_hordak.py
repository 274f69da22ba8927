"""django-hordak over PostgreSQL: a transfer by its own `transfer_to`, then its own `get_balance`."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from decimal import Decimal

import django
from django.conf import settings

BATCH = 5_000


def configure(host: str, database: str) -> None:
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "NAME": database,
                               "USER": "huzhu"}},
        USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.AutoField", SECRET_KEY="only for the bench",  # noqa: S106
    )
    django.setup()


def main() -> None:
    configure(sys.argv[1], sys.argv[2])
    from django.core.management import call_command
    from django.db import transaction
    from hordak.models import Account, AccountType, Leg, Transaction
    from moneyed import Money

    call_command("migrate", verbosity=0)
    cash, bank = (
        Account.objects.create(name=name, type=AccountType.asset, currencies=["CNY"], code=code)
        for name, code in (("cash", "1"), ("bank", "2"))
    )
    one, done = Money(Decimal(1), "CNY"), 0
    for line in sys.stdin:
        wish, number = line.split()
        begun = time.perf_counter()
        if wish == "seed":
            for first in range(0, int(number), BATCH):
                count = min(BATCH, int(number) - first)
                with transaction.atomic():
                    made = Transaction.objects.bulk_create([Transaction(date=date(2026, 1, 1)) for _ in range(count)])
                    Leg.objects.bulk_create([
                        leg for each in made for leg in (Leg(transaction=each, account=cash, credit=one),
                                                         Leg(transaction=each, account=bank, debit=one))])
            with transaction.atomic():
                from django.db import connection

                connection.cursor().execute("ANALYZE")
        else:
            for _ in range(int(number)):
                with transaction.atomic():
                    cash.transfer_to(bank, one, date=date(2026, 1, 2))
                bank.get_balance()
        done += int(number)
        if abs(bank.get_balance()["CNY"].amount) != done:
            raise SystemExit(f"hordak's balance is {bank.get_balance()} after {done} transfers")
        sys.stdout.write(json.dumps({"seconds": time.perf_counter() - begun}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
