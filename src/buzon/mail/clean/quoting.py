"""Lines that bear the ">" of quoting, and blank lines.

As everywhere in the cleaning, lines were stripped of white space at both ends.
"""


def is_quoted(line: str) -> bool:
    """Whether a line is marked as in RFC 3676, section 4.5. Buttons (">> Click here <<") aren't."""
    return line.startswith(">") and not (line.endswith("<") and len(line) > 2)


def is_quoted_at(lines: list[str], at: int) -> bool:
    return at < len(lines) and is_quoted(lines[at])


def unquoted(line: str) -> str:
    """The line with one level of quoting less."""
    return line[1:].lstrip() if line.startswith(">") else line


def end_of_quotes(lines: list[str], at: int) -> int:
    """Behind the last of a run of quoted lines, blank lines between them included."""
    end = at
    while at < len(lines) and (not lines[at] or is_quoted(lines[at])):
        at += 1
        if lines[at - 1]:
            end = at
    return end


def next_filled(lines: list[str], at: int) -> int:
    """The first line from `at` on that isn't blank; the number of lines where there is none."""
    while at < len(lines) and not lines[at]:
        at += 1
    return at


def previous_filled(lines: list[str], at: int) -> int:
    """The last line before `at` that isn't blank; -1 where there is none."""
    at -= 1
    while at >= 0 and not lines[at]:
        at -= 1
    return at
