"""Forms that are tried before they are saved: what was typed outlives reloading and going back."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.errors import RequestError, WrongSettings
from buzon.web import setting_words

Fields = Sequence[str]


def of_address(request: Request, fields: Fields) -> dict[str, str]:
    """What the address of a page says that was typed into these fields."""
    return {name: request.query_params[name] for name in fields if name in request.query_params}


def shown_again(
    page: str, fault: RequestError | None, place: str, typed: Mapping[str, str], fields: Fields
) -> Response:
    """The form as somebody left it, at an address of `place` that holds what they typed into the
    `fields`, among which no secret may be."""
    kept = {name: typed[name] for name in fields if name in typed}  # also what was emptied
    address = f"{place}{'&' if '?' in place else '?'}{urlencode(kept)}"
    return HTMLResponse(page, fault.status if fault else 200, {"HX-Replace-Url": address})


def leave_for(request: Request, place: str) -> Response:
    """On to another page, from a form that htmx sent or the browser itself."""
    if "HX-Request" in request.headers:
        return Response(headers={"HX-Redirect": place})
    return RedirectResponse(place, 303)


def faults(fault: RequestError | None) -> dict[str, setting_words.Fault]:
    """What is wrong, by the field."""
    told = fault.faults if isinstance(fault, WrongSettings) else {}
    return {name: setting_words.fault(name, one) for name, one in told.items()}
