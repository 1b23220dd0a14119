"""What a room sees of members who reach a countdown task's target: one moment per task, however many they are (L3). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from server.domain.facts import TaskDone
from server.domain.phrases import Hint
from server.domain.state import Task
from server.ids import AuthorTag, TaskId


@dataclass(frozen=True, slots=True)
class Done:
    """One moment in the making."""

    task: Task
    author: AuthorTag
    """Of the one who is named."""
    name: str
    """Empty: not to be named."""
    count: int
    at_ms: int
    """When the first of them was done."""


def dones_of(facts: Iterable[TaskDone]) -> list[Done]:
    """Return one moment per task, in the order of who was first."""
    return folded(Done(fact.task, fact.author, fact.name, 1, fact.at_ms) for fact in facts)


def folded(dones: Iterable[Done]) -> list[Done]:
    """Return one moment per task: the first who may be named stands for all; nobody is lost from the count."""
    folds: dict[TaskId, Done] = {}
    for done in dones:
        fold = folds.get(done.task.id)
        if fold is None:
            folds[done.task.id] = done
            continue
        named = done if done.name and not fold.name else fold
        folds[done.task.id] = replace(
            fold, author=named.author, name=named.name, count=fold.count + done.count
        )
    return list(folds.values())


def says(done: Done) -> Hint:
    """Return the sentence of the moment."""
    key = "shout.task_done" if done.count == 1 else "shout.task_done_many"
    params = (("name", done.name), ("title", done.task.title), ("reward", done.task.reward))
    return Hint(key, params if done.count == 1 else (*params, ("count", done.count)))
