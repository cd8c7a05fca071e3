"""Webhooks: who is told of what happens here, and what became of that."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from buzon.api.context import LARGEST_ID, Admin, Context, Parts
from buzon.api.described import answers
from buzon.errors import Conflict, NotFound
from buzon.store import webhook_deliveries, webhooks
from buzon.store.filters import NO_NUL
from buzon.store.webhook_deliveries import Delivery, Status
from buzon.store.webhooks import Content, Kind, Wanted, Webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

MAX_PAGE = 200

Id = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[1])]
Name = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Url = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Kinds = Annotated[list[Kind], Field(max_length=20)]

EXAMPLE: dict[str, JsonValue] = {
    "name": "Slack",
    "url": "http://n8n:5678/webhook/buzon",
    "kinds": ["event.to_review", "alarm.raised"],
    "content": "summary",
}


class NewWebhook(BaseModel):
    """`content` says how much of a mail is told: `ids` its numbers and category, `summary` also
    sender and subject, `text` the whole text too."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Name
    url: Url
    kinds: Kinds
    content: Content = "summary"


class ChangedWebhook(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"enabled": False}})

    name: Name | None = None
    url: Url | None = None
    kinds: Kinds | None = None
    content: Content | None = None
    enabled: bool | None = None


class WebhookOut(BaseModel):
    """Where messages go, and which."""

    id: int = Field(description="Its number.")
    name: str = Field(description="Of your choice.")
    url: str = Field(description="Where messages go.")
    kinds: list[Kind] = Field(description="What it is told of.")
    content: Content = Field(description="How much of a mail it is told.")
    enabled: bool = Field(description="It is told now.")
    disabled_because: str | None = Field(
        description="`gone`: the receiver answered 410; `chosen`: somebody switched it off."
    )
    made_by: str = Field(description="Who added it.")
    created_at: datetime = Field(description="When that was.")


class SecretOut(BaseModel):
    secret: str = Field(description="Signs what is delivered. It is told only now.")


class MadeWebhook(WebhookOut, SecretOut):
    """A new webhook."""


class WebhookList(BaseModel):
    items: list[WebhookOut] = Field(description="By name.")


class DeliveryOut(BaseModel):
    """`webhook_id`: the header by which the receiver knows it. `response`: how it answered."""

    id: int = Field(description="Its number.")
    webhook_id: str
    type: str = Field(description="What it tells.")
    event_id: int | None = Field(description="Of which mail, where of one.")
    status: Status = Field(description="What became of it.")
    attempts: int = Field(description="How often it was tried.")
    http_status: int | None = Field(
        description="With which the receiver answered; null where it did not."
    )
    detail: str = Field(description="What went wrong.")
    response: str
    milliseconds: int | None = Field(description="How long the last attempt took.")
    created_at: datetime = Field(description="When it happened.")
    due_at: datetime | None = Field(description="When it is tried next.")
    delivered_at: datetime | None = Field(description="When it was taken.")


class DeliveryPage(BaseModel):
    """The newest first; `next` is the `before` of the next page, null at the end."""

    items: list[DeliveryOut] = Field(description="The messages.")
    next: int | None


@router.get("")
async def list_webhooks(parts: Parts, _caller: Admin) -> WebhookList:
    """All webhooks, by name."""
    async with parts.db.transaction() as db:
        found = await webhooks.listed(db)
    return WebhookList(items=[_out(webhook) for webhook in found])


@router.post("", status_code=201)
async def add_webhook(wanted: NewWebhook, parts: Parts, caller: Admin) -> MadeWebhook:
    """A webhook more, and the secret that signs what it is told."""
    id, secret = await parts.webhooks.add(Wanted(**wanted.model_dump()), caller)
    return MadeWebhook(**(await _shown(parts, id)).model_dump(), secret=secret)


@router.get("/{id}", responses=answers(NotFound))
async def one_webhook(id: Id, parts: Parts, _caller: Admin) -> WebhookOut:
    return await _shown(parts, id)


@router.patch("/{id}", responses=answers(NotFound))
async def change_webhook(id: Id, wanted: ChangedWebhook, parts: Parts, caller: Admin) -> WebhookOut:
    """Change it, switch it on or off, or both."""
    fields = wanted.model_dump(exclude_none=True, exclude={"enabled"})
    await parts.webhooks.change(id, caller, on=wanted.enabled, **fields)
    return await _shown(parts, id)


@router.delete("/{id}", status_code=204, responses=answers(NotFound))
async def remove_webhook(id: Id, parts: Parts, caller: Admin) -> None:
    """Remove it, with its log."""
    await parts.webhooks.remove(id, caller)


@router.post("/{id}/secret", responses=answers(NotFound))
async def new_secret(id: Id, parts: Parts, caller: Admin) -> SecretOut:
    """Another secret; the one before signs nothing more."""
    return SecretOut(secret=await parts.webhooks.new_secret(id, caller))


@router.post("/{id}/test", responses=answers(NotFound))
async def try_webhook(id: Id, parts: Parts, _caller: Admin) -> DeliveryOut:
    """Send it a message of type `test` now, once, and say what came back."""
    return _delivery(await parts.webhooks.test(id))


@router.get("/{id}/deliveries", responses=answers(NotFound))
async def deliveries(
    id: Id,
    parts: Parts,
    _caller: Admin,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    status: Status | None = None,
) -> DeliveryPage:
    """What it was told in the last 30 days, and what became of it."""
    async with parts.db.transaction() as db:
        await webhooks.get(db, id)
        found = await webhook_deliveries.newest(db, id, limit + 1, before=before, status=status)
    page = [_delivery(delivery) for delivery in found[:limit]]
    return DeliveryPage(items=page, next=page[-1].id if len(found) > limit else None)


@router.post(
    "/{id}/deliveries/{delivery}/again", status_code=202, responses=answers(NotFound, Conflict)
)
async def send_again(id: Id, delivery: Id, parts: Parts, _caller: Admin) -> DeliveryOut:
    """Deliver a message once more, under the same id."""
    return _delivery(await parts.webhooks.send_again(id, delivery))


async def _shown(parts: Context, id: int) -> WebhookOut:
    async with parts.db.transaction() as db:
        return _out(await webhooks.get(db, id))


def _out(webhook: Webhook) -> WebhookOut:
    why = None if webhook.enabled else "gone" if webhook.gone else "chosen"
    return WebhookOut(
        id=webhook.id,
        name=webhook.name,
        url=webhook.url,
        kinds=list(webhook.kinds),
        content=webhook.content,
        enabled=webhook.enabled,
        disabled_because=why,
        made_by=webhook.made_by,
        created_at=webhook.created_at,
    )


def _delivery(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.id,
        webhook_id=delivery.name,
        type=delivery.kind,
        event_id=delivery.event_id,
        status=delivery.status,
        attempts=delivery.attempts,
        http_status=delivery.http_status,
        detail=delivery.detail,
        response=delivery.response,
        milliseconds=delivery.milliseconds,
        created_at=delivery.created_at,
        due_at=delivery.due_at if delivery.status == "queued" else None,
        delivered_at=delivery.delivered_at,
    )
