"""The default charter with some of its values changed: `changed(loan__months_max=6)`."""

from copy import deepcopy
from typing import Any

from ledger import charter as charters
from ledger.charter import Charter

EXAMPLE_RULES = charters.FOLDER / "counties" / "示范细则.toml"


def changed(**settings: Any) -> dict[str, Any]:
    """The data of the default charter; `section__key` names what is changed, None takes the key away."""
    body = deepcopy(charters.body_of(""))
    for name, value in settings.items():
        section, _, key = name.partition("__")
        if not key:
            body.pop(section) if value is None else body.__setitem__(section, value)
        elif value is None:
            del body[section][key]
        else:
            body[section][key] = value
    return body


def charter(**settings: Any) -> Charter:
    return charters.from_body(changed(**settings))
