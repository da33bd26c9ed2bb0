"""What each portal event is called in the feed, for staff (FEATURES C7)."""

from flask_babel import gettext as _

from portal.feed.models import EventKind


def words(kind: str, *, by: str | None, name: str, subject_kind: str) -> str:
    """One event as a sentence. `by` is who did it, None where nobody pressed anything; `name` is
    how the subject was called then."""
    who = by or _("The system")
    match kind:
        case EventKind.READ:
            return _("%(who)s read the messages up to here", who=who)
        case EventKind.OPENED:
            return _("%(who)s opened “%(name)s” for the first time", who=who, name=name)
        case EventKind.UPLOADED:
            return _("%(who)s uploaded “%(name)s”", who=who, name=name)
        case EventKind.JOINED:
            return _("%(who)s accepted the invitation and joined", who=who)
        case EventKind.ADDRESS_CHANGED:
            return _("The sign-in email of %(name)s changed", name=name)
        case EventKind.MESSAGE_DELETED:
            return _("%(who)s deleted a message", who=who)
        case _:
            return _of_people_and_shares(kind, who, name, subject_kind)


def _of_people_and_shares(kind: str, who: str, name: str, subject_kind: str) -> str:
    told = {"who": who, "name": name, "what": _what(subject_kind)}
    match kind:
        case EventKind.PARTICIPANT_ADDED if who == name:
            return _("%(who)s became a participant", who=who)
        case EventKind.PARTICIPANT_ADDED:
            return _("%(who)s added %(name)s as a participant", who=who, name=name)
        case EventKind.PARTICIPANT_REMOVED:
            return _("%(who)s removed %(name)s from the participants", who=who, name=name)
        case EventKind.SHARING_STARTED:
            return _("%(who)s started sharing %(what)s “%(name)s”", **told)
        case EventKind.SHARING_STOPPED:
            return _("%(who)s stopped sharing %(what)s “%(name)s”", **told)
        case _:
            raise ValueError(f"no words for {kind!r} in the feed")


def _what(subject_kind: str) -> str:
    known = {
        "document": _("the document"),
        "folder": _("the folder"),
        "bill": _("the bill"),
        "trust_request": _("the trust request"),
    }
    return known.get(subject_kind, "")
