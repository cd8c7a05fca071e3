"""Separates what the sender wrote now from older mails, signature and disclaimer.

parts       the decision for every line, and what comes of it
history     where older mails begin: attribution and headers (with their moments)
arrows      quoted lines that nothing announces; quoting: the ">" itself
signature   what stands below the sender's words: contact lines, phones' lines, disclaimers
phrases     the words for all of this in seven languages
"""

from buzon.mail.clean.parts import Parts, Segment, newest, split

__all__ = ["Parts", "Segment", "newest", "split"]
