"""format=flowed (RFC 3676): lines that end with a space go on in the next one."""


def unflow(text: str, *, delsp: bool) -> str:
    """The text with its paragraphs on one line each. `delsp`: the space at the break is no part
    of the text."""
    out: list[str] = []
    pieces: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth, body = _stripped(line)
        if pieces and (depth != open_depth or body == "-- "):
            out.append(_quoted(open_depth, pieces))
            pieces = []
        flows = body.endswith(" ") and body != "-- "
        pieces.append(body[:-1] if flows and delsp else body)
        open_depth = depth
        if not flows:
            out.append(_quoted(depth, pieces))
            pieces = []
    if pieces:
        out.append(_quoted(open_depth, pieces))
    return "\n".join(out)


def _stripped(line: str) -> tuple[int, str]:
    """The depth of quoting, and the line without its marks and its stuffed space."""
    body = line.lstrip(">")
    return len(line) - len(body), body.removeprefix(" ")


def _quoted(depth: int, pieces: list[str]) -> str:
    text = "".join(pieces)
    return f"{'>' * depth} {text}" if depth else text
