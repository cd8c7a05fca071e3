"""What answers are told with: variables, weekdays, and what is wrong with a text."""

from buzon.web.language import _

VARIABLES = {
    "greeting": _("a greeting, with the customer's name where it is known"),
    "name": _("the customer's name; nothing where it is no person's"),
    "quoted_subject": _(
        "their subject in quotation marks, with a space before; nothing without one"
    ),
    "subject": _("their subject; nothing where it is empty or holds a link"),
    "company": _("your company's name"),
    "reference": _("the number of the mail, like B-000123"),
    "received": _("when the mail came in"),
}

# What is wrong with an answer, and what to do.
PROBLEMS = (
    _("The text is empty."),
    _("Write what the customer is to read."),
    _("The text has more than %(most)s characters."),
    _("The subject must be one line of at most %(most)s characters."),
    _("{{ %(name)s }} can't stand in the subject: it comes from the customer."),
    _("Leave the subject empty to answer under the customer's own, or use %(names)s."),
    _("Line %(line)s: only variables and conditions can stand between braces."),
    _("Line %(line)s: the braces can't be understood."),
    _("Write {{ name }}, or {%% if name %%}…{%% else %%}…{%% endif %%}."),
    _("Line %(line)s: there is no variable “%(name)s”."),
    _("There are %(names)s."),
    _("Line %(line)s: what begins with “%(opens)s” is not closed."),
    _("Close it with “%(closes)s”."),
    _("Line %(line)s: “%(whole)s” means nothing here."),
    _("Line %(line)s: there is no {%% if … %%} that “%(whole)s” could belong to."),
    _("Line %(line)s: “%(whole)s” has no end."),
    _("Write {%% endif %%} where it ends."),
    _("Line %(line)s: “%(inside)s” is not the name of a variable."),
    _("Line %(line)s: between the braces the name of a variable is missing."),
    _("The subject can't be read: what stands between its braces makes no sense."),
    _("The conditions are nested too deeply."),
    _("Put fewer into each other."),
    _("For some mails the text would be empty."),
    _("Write something outside of the conditions."),
    _("Somebody else changed this answer meanwhile."),
    _("Open it again, look at theirs, and save yours then."),
    _("There is no such answer."),
    _("There is no such version of this answer."),
    _("Mails of this category are never answered."),
    _("It is for what is no customer's request."),
    _("Answers would wait for more than four days."),
    _("Leave some hours between in which they go out."),
    _("Ten tests were sent within an hour."),
    _("Your e-mail address can't be written to."),
    _("An administrator can add you anew."),
)
