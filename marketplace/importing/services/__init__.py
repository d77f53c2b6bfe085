"""What can be done with a table: take it in, match its columns, try it, write it."""

from marketplace.importing.services.arriving import match, receive, start, throw_away
from marketplace.importing.services.working import work

__all__ = ["match", "receive", "start", "throw_away", "work"]
