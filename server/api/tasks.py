"""Countdown tasks over HTTP: what they would cost, start, and everything a host does to one (L3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, model_validator
from starlette.responses import Response

from server.api.operation import JSON, Call, Operation, Refusal, answered
from server.api.problems import not_found
from server.api.refusing import applied
from server.api.rooms import MANAGERS, NOT_FOUND, ROOM
from server.api.shapes import Answer, OurId, Shape, Title
from server.domain.commands import ChangeTask, StartTask
from server.domain.decide.tasks import LONGEST_S, budget_name
from server.domain.rulebook import Rulebook
from server.domain.state import Task
from server.domain.task_preview import default_title, preview
from server.ids import RoomId, TaskId, derived
from server.intake import Intake
from server.ledger.ports import QueriesPort
from server.text.comments import clean_comment

Kind = Literal["share", "password", "like", "watch", "order", "vote", "invite"]
Audience = Callable[[RoomId], Awaitable[int]]
"""How many viewers are in the room now, on all nodes."""

_TASK = {**ROOM, "task": TypeAdapter[str](OurId)}
_TAG = "tasks"
_LOOK_BACK = 20
"""So many earlier tasks of the kind say what may be expected."""


class PostTask(Shape):
    """A task; what is not given has the value that most hosts would give it."""

    kind: Kind
    title: Title | None = None
    """Absent = said by kind, target and reward."""
    reward: Annotated[int, Field(ge=1, le=1_000_000)]
    """Points for each member who reaches the target."""
    target: Annotated[int, Field(ge=1, le=10_000)] = 1
    """So many shares, likes, orders …, or minutes watched."""
    password: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """The comment that counts, with kind `password`; case, width, spaces and emoji do not matter."""
    seconds: Annotated[int, Field(ge=10, le=LONGEST_S)]
    budget: Annotated[int, Field(ge=1, le=1_000_000_000)]
    """Points that all rewards together may cost; then it stops."""

    @model_validator(mode="after")
    def _fits(self) -> PostTask:
        if (self.kind == "password") != (self.password is not None):
            raise ValueError("`password` goes with kind `password`, and only with it")
        if self.password is not None and clean_comment(self.password) is None:
            raise ValueError("`password` holds nothing that can be seen")
        if self.budget < self.reward:
            raise ValueError("`budget` must hold at least one `reward`")
        return self


class PatchTask(Shape):
    action: Literal["extend", "pause", "resume", "cancel"]
    seconds: Annotated[int, Field(ge=1, le=LONGEST_S)] | None = None
    """By how much, with `extend`."""
    rev: Annotated[int, Field(ge=1)] | None = None
    """The `rev` of this answer that you saw: 409 `conflict` if somebody else was faster. Absent = whatever it is."""

    @model_validator(mode="after")
    def _fits(self) -> PatchTask:
        if (self.action == "extend") != (self.seconds is not None):
            raise ValueError("`seconds` goes with `extend`, and only with it")
        return self


class TaskAnswer(Answer):
    id: str
    kind: str
    title: str
    reward: int
    target: int
    budget: int
    spent: int
    """Points given so far."""
    done: int
    """Members rewarded so far."""
    starts_ms: int
    ends_ms: int
    state: str
    rev: int
    remaining_ms: int | None = None
    """Of a paused one."""


class TasksAnswer(Answer):
    tasks: list[TaskAnswer]
    """Of the show that is on, oldest first."""


class PreviewAnswer(Answer):
    audience: int
    """Viewers in the room now."""
    max_points: int
    """If everybody reached the target; never more than the budget."""
    max_cost: int
    """The same in minor units, at the rate in force."""
    expected_points: int
    """By the share of viewers who reached it in earlier tasks of the kind; without any, as `max_points`."""
    expected_members: int


@dataclass(frozen=True, slots=True)
class Tasks:
    """The noun `tasks`."""

    queries: QueriesPort
    intake: Intake
    audience: Audience
    rulebook_at: Callable[[int], Rulebook]

    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation(
                "GET",
                "/v1/rooms/{room}/tasks",
                "listTasks",
                _TAG,
                "The countdown tasks of the show that is on.",
                MANAGERS,
                self.list_tasks,
                ROOM,
                answer=TasksAnswer,
                refusals=(NOT_FOUND,),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/tasks",
                "startTask",
                _TAG,
                "Start a countdown task in the live show.",
                MANAGERS,
                self.start,
                ROOM,
                bodies={JSON: PostTask},
                answer=TaskAnswer,
                status=201,
                refusals=(NOT_FOUND, Refusal(409, ("off_air", "limit_reached", "bad_request"))),
            ),
            Operation(
                "POST",
                "/v1/rooms/{room}/tasks/preview",
                "previewTask",
                _TAG,
                "What the task would cost if it were started now; starts nothing.",
                MANAGERS,
                self.preview,
                ROOM,
                bodies={JSON: PostTask},
                answer=PreviewAnswer,
                refusals=(NOT_FOUND,),
                changes=False,
            ),
            Operation(
                "PATCH",
                "/v1/rooms/{room}/tasks/{task}",
                "changeTask",
                _TAG,
                "Extend, pause, resume or cancel a task.",
                MANAGERS,
                self.change,
                _TASK,
                bodies={JSON: PatchTask},
                answer=TaskAnswer,
                refusals=(NOT_FOUND, Refusal(409, ("closed", "conflict", "bad_request"))),
            ),
            Operation(
                "DELETE",
                "/v1/rooms/{room}/tasks/{task}",
                "cancelTask",
                _TAG,
                "Cancel a task; what was given stays given.",
                MANAGERS,
                self.cancel,
                _TASK,
                answer=TaskAnswer,
                refusals=(NOT_FOUND, Refusal(409, ("closed",))),
            ),
        )

    async def list_tasks(self, call: Call) -> Response:
        room = await self.queries.room(RoomId(call.path["room"]))
        if room is None:
            raise not_found("room")
        return answered(TasksAnswer(tasks=await self._lines(room.tasks)))

    async def start(self, call: Call) -> Response:
        body = call.body_as(PostTask)
        origin = call.origin(call.path["room"])
        task = TaskId(derived("t", origin.source, origin.event))
        said = clean_comment(body.password) if body.password is not None else None
        command = StartTask(
            origin=origin,
            task=task,
            kind=body.kind,
            title=body.title
            or default_title(body.kind, body.target, body.reward, said.text if said is not None else None),
            reward=body.reward,
            target=body.target,
            seconds=body.seconds,
            budget=body.budget,
            password=said.digest if said is not None else None,
            audience=await self.audience(RoomId(call.path["room"])),
        )
        applied(await self.intake.submit(command))
        return await self._shown(task, 201)

    async def preview(self, call: Call) -> Response:
        body = call.body_as(PostTask)
        room = await self.queries.room(RoomId(call.path["room"]))
        if room is None:
            raise not_found("room")
        earlier = await self.queries.past_tasks(body.kind, _LOOK_BACK)
        seen = preview(
            body.reward,
            body.budget,
            await self.audience(room.id),
            earlier,
            self.rulebook_at(call.received_ms),
        )
        return answered(
            PreviewAnswer(
                audience=seen.audience,
                max_points=seen.max_points,
                max_cost=seen.max_cost,
                expected_points=seen.expected_points,
                expected_members=seen.expected_members,
            )
        )

    async def change(self, call: Call) -> Response:
        body = call.body_as(PatchTask)
        task = TaskId(call.path["task"])
        command = ChangeTask(call.origin(call.path["room"]), task, body.action, body.seconds, body.rev)
        applied(await self.intake.submit(command))
        return await self._shown(task)

    async def cancel(self, call: Call) -> Response:
        task = TaskId(call.path["task"])
        applied(await self.intake.submit(ChangeTask(call.origin(call.path["room"]), task, "cancel")))
        return await self._shown(task)

    async def _shown(self, task: TaskId, status: int = 200) -> Response:
        found = await self.queries.task(task)
        if found is None:
            raise not_found("task")
        [line] = await self._lines((found,))
        return answered(line, status)

    async def _lines(self, tasks: Sequence[Task]) -> list[TaskAnswer]:
        spent = await self.queries.spent([budget_name(task.id) for task in tasks])
        return [_line(task, spent.get(budget_name(task.id), 0)) for task in tasks]


def _line(task: Task, spent: int) -> TaskAnswer:
    return TaskAnswer(
        id=task.id,
        kind=task.kind,
        title=task.title,
        reward=task.reward,
        target=task.target,
        budget=task.budget,
        spent=spent,
        done=spent // task.reward,
        starts_ms=task.starts_ms,
        ends_ms=task.ends_ms,
        state=task.state,
        rev=task.rev,
        remaining_ms=task.remaining_ms,
    )
