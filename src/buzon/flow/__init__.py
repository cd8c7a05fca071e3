"""What happens to a mail: kept, judged, answered, delivered; and what is learnt from people about
it. Every change goes through here."""

from buzon.flow.at_work import AtWork
from buzon.flow.choosing import (
    choose,
    choose_sending,
    keep_inbox,
    remove_inbox,
    stop_sending,
)
from buzon.flow.delivery import Courier
from buzon.flow.drift import watched_from
from buzon.flow.explaining import Explained, explain
from buzon.flow.following import Follower, first_model
from buzon.flow.intake import Flow, ParseAll, handle_mails, judge, keep, parse_each
from buzon.flow.keeper import Keeper
from buzon.flow.known import Handled, Judged
from buzon.flow.labelling import (
    add_category,
    dress_category,
    label,
    move_category,
    refuse_unknown_categories,
    rename_category,
    retire_category,
)
from buzon.flow.lottery import Lottery
from buzon.flow.people import Visitor
from buzon.flow.promise import Standing, Terms, standing
from buzon.flow.schedule import Schedule
from buzon.flow.training import Trainer, promote
from buzon.flow.training import ask as ask_for_training

__all__ = [
    "AtWork",
    "Courier",
    "Explained",
    "Flow",
    "Follower",
    "Handled",
    "Judged",
    "Keeper",
    "Lottery",
    "ParseAll",
    "Schedule",
    "Standing",
    "Terms",
    "Trainer",
    "Visitor",
    "add_category",
    "ask_for_training",
    "choose",
    "choose_sending",
    "dress_category",
    "explain",
    "first_model",
    "handle_mails",
    "judge",
    "keep",
    "keep_inbox",
    "label",
    "move_category",
    "parse_each",
    "promote",
    "refuse_unknown_categories",
    "remove_inbox",
    "rename_category",
    "retire_category",
    "standing",
    "stop_sending",
    "watched_from",
]
