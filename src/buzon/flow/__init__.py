"""What happens to a mail: kept, judged, answered, delivered; and what is learnt from people about
it. Every change goes through here."""

from buzon.flow.acting_long import carry_on as carry_on_acting
from buzon.flow.acts import Act, Which, correct, correct_all, reopen, settle, undo
from buzon.flow.answering import set_quiet, switch
from buzon.flow.at_work import Answering, AtWork
from buzon.flow.choosing import (
    choose,
    choose_provider,
    choose_sending,
    keep_inbox,
    remove_inbox,
    stop_sending,
)
from buzon.flow.comparing import Anew, Called, Compared, compare_versions
from buzon.flow.delivery import Courier
from buzon.flow.drift import watched_from
from buzon.flow.explaining import Explained, explain
from buzon.flow.following import Follower, first_model, kept
from buzon.flow.grants import Grants
from buzon.flow.handed_in import HandedIn
from buzon.flow.handing import hand_out, report
from buzon.flow.handing import tend as tend_handed
from buzon.flow.identities import Entrance
from buzon.flow.intake import Flow, handle_mails, judge, keep
from buzon.flow.keeper import Keeper
from buzon.flow.known import Handled, Verdict
from buzon.flow.labelling import (
    add_category,
    dress_category,
    label,
    label_unchanged,
    move_category,
    refuse_unknown_categories,
    rename_category,
    retire_category,
)
from buzon.flow.lottery import Lottery
from buzon.flow.people import Visitor
from buzon.flow.persons import Person, Receipt
from buzon.flow.persons import erase as erase_person
from buzon.flow.persons import find as find_person
from buzon.flow.predicting import Predicted, Predicting
from buzon.flow.promise import Account, Standing, Terms
from buzon.flow.pulse import pulse
from buzon.flow.quarantine import delete_parked, may_be_tried, try_again
from buzon.flow.renaming import carry_on as carry_on_renaming
from buzon.flow.retention import Purged, Retention
from buzon.flow.reviewing import Progress, give_back, hold, postpone, progress, review, take_up
from buzon.flow.schedule import Schedule
from buzon.flow.searching import keep_searchable
from buzon.flow.statistics import Statistics, Wanted, statistics
from buzon.flow.telling import Teller
from buzon.flow.together import Together
from buzon.flow.training import Trainer, promote
from buzon.flow.training import ask as ask_for_training
from buzon.flow.watching import Watch
from buzon.flow.webhooks import Webhooks

__all__ = [
    "Account",
    "Act",
    "Anew",
    "Answering",
    "AtWork",
    "Called",
    "Compared",
    "Courier",
    "Entrance",
    "Explained",
    "Flow",
    "Follower",
    "Grants",
    "HandedIn",
    "Handled",
    "Keeper",
    "Lottery",
    "Person",
    "Predicted",
    "Predicting",
    "Progress",
    "Purged",
    "Receipt",
    "Retention",
    "Schedule",
    "Standing",
    "Statistics",
    "Teller",
    "Terms",
    "Together",
    "Trainer",
    "Verdict",
    "Visitor",
    "Wanted",
    "Watch",
    "Webhooks",
    "Which",
    "add_category",
    "ask_for_training",
    "carry_on_acting",
    "carry_on_renaming",
    "choose",
    "choose_provider",
    "choose_sending",
    "compare_versions",
    "correct",
    "correct_all",
    "delete_parked",
    "dress_category",
    "erase_person",
    "explain",
    "find_person",
    "first_model",
    "give_back",
    "hand_out",
    "handle_mails",
    "hold",
    "judge",
    "keep",
    "keep_inbox",
    "keep_searchable",
    "kept",
    "label",
    "label_unchanged",
    "may_be_tried",
    "move_category",
    "postpone",
    "progress",
    "promote",
    "pulse",
    "refuse_unknown_categories",
    "remove_inbox",
    "rename_category",
    "reopen",
    "report",
    "retire_category",
    "review",
    "set_quiet",
    "settle",
    "statistics",
    "stop_sending",
    "switch",
    "take_up",
    "tend_handed",
    "try_again",
    "undo",
    "watched_from",
]
