"""The ledger: what changed of which item when, found by the same queries as items.

Its one rule: it only grows; a change is in a list when the item was in it before or after.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select

from cecc_feeds.changes import NEWSWORTHY, Change, Difference
from cecc_feeds.query import Query
from cecc_feeds.store import rows, selection
from cecc_feeds.store.schema import change, difference, notice, version

NEWEST_FIRST = (change.c.at.desc(), change.c.item_id, change.c.n)


class Ledger:
    """The ledger in one state of the store; `Reading.ledger`."""

    def __init__(self, connection: Connection, *, zone: str) -> None:
        self._connection = connection
        self._zone = zone

    def find(self, query: Query, *, today: date) -> list[Change]:
        """The changes of one page of a list, newest first."""
        page = self._page(select(change.c.n), query, today)
        numbers = self._connection.execute(page).scalars().all()
        return [told for _, told in self._changes(change.c.n.in_(numbers))]

    def count(self, query: Query, *, today: date) -> int:
        """How many changes match, limit and page left aside."""
        asked = select(func.count()).select_from(change).where(_among(selection.conditions(query, today)))
        return int(self._connection.execute(asked).scalar_one())

    def entries(self, query: Query, suffix: str, *, today: date) -> Sequence[Row[Any]]:
        """`body`, `at` and `day` of each change of one page, in its order."""
        asked = select(change.c.at, change.c.day, notice.c.body).join(notice, notice.c.change == change.c.n)
        return self._connection.execute(self._page(asked.where(notice.c.format == suffix), query, today)).all()

    def _page(self, asked: Select[Any], query: Query, today: date) -> Select[Any]:
        size = query.page_size
        listed = asked.where(_among(selection.conditions(query, today))).order_by(*NEWEST_FIRST)
        return listed.limit(size).offset((query.page - 1) * size)

    def older(self, query: Query, *, today: date) -> date | None:
        """The month before an archive's in which something changed."""
        if query.archive is None:
            return None
        newest, where = selection.older(query, today)
        return rows.month_of(self._connection.execute(select(newest).where(_among(where))).scalar())

    def modified(self, query: Query, *, today: date, before: date | None = None) -> datetime:
        """The last matching change, or the later midnight at which one left or entered by itself (clients.md 2.5).

        `before` is the month that an archive's page leads to.
        """
        query, months = selection.archived(query, before)
        asked = select(func.max(change.c.at)).where(_among([*selection.conditions(query, today), *months]))
        last = self._connection.execute(asked).scalar()
        instants = [rows.EPOCH if last is None else rows.instant(last)]
        for column, where, turned in selection.turnings(query, today):
            day = self._connection.execute(select(func.max(column)).where(_among(where))).scalar()
            if day is not None:
                instants.append(rows.midnight(turned(day), self._zone))
        return max(instants)

    def of_item(self, item_id: str) -> list[tuple[int, Change]]:
        """Number and change of all that changed of one item, newest first."""
        return self._changes(change.c.item_id == item_id)

    def newsworthy(self, item_id: str) -> Change | None:
        """The last change of an item that its entries speak of; None where there was none."""
        worth = exists().where(difference.c.change == change.c.n, difference.c.kind.in_(sorted(NEWSWORTHY)))
        asked = select(change.c.n).where(change.c.item_id == item_id, worth).order_by(*NEWEST_FIRST).limit(1)
        number = self._connection.execute(asked).scalar()
        return None if number is None else self._changes(change.c.n == number)[0][1]

    def _changes(self, which: ColumnElement[bool]) -> list[tuple[int, Change]]:
        asked = select(change.c.n, change.c.at, version.c.record).join(version, version.c.n == change.c.after)
        found = self._connection.execute(asked.where(which).order_by(*NEWEST_FIRST)).all()
        told = self._differences(row.n for row in found)
        return [
            (row.n, Change(rows.item_of(row.record, zone=self._zone), rows.instant(row.at), tuple(told.get(row.n, ()))))
            for row in found
        ]

    def _differences(self, numbers: Iterable[int]) -> dict[int, list[Difference]]:
        asked = select(difference).where(difference.c.change.in_(list(numbers)))
        found: dict[int, list[Difference]] = {}
        for row in self._connection.execute(asked.order_by(difference.c.change, difference.c.position)):
            made = Difference(row.kind, row.sentence, row.field, row.old, row.new)
            found.setdefault(row.change, []).append(made)
        return found


def _among(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether the item, before or after the change, met the conditions."""
    either = version.c.n.in_((change.c.before, change.c.after))
    return exists(select(version.c.n).where(either, *conditions).correlate(change))
