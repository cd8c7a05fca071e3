"""The naive recipe: FastAPI, a scikit-learn pipeline, one INSERT and one commit a request. A
program of its own; MODEL and DATABASE_URL say what it works with."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import joblib
from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from pydantic import BaseModel, Field

TABLE = """
CREATE TABLE IF NOT EXISTS mails (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id  text UNIQUE,
    received_at timestamptz NOT NULL DEFAULT now(),
    sender      text NOT NULL,
    subject     text NOT NULL,
    body        text NOT NULL,
    category    text NOT NULL,
    confidence  double precision NOT NULL
)
"""
INSERT = """
INSERT INTO mails (message_id, sender, subject, body, category, confidence)
VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
"""

model = joblib.load(os.environ["MODEL"])
pool = ConnectionPool(os.environ["DATABASE_URL"], open=False)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    pool.open()
    with pool.connection() as db:
        db.execute(TABLE)
    yield
    pool.close()


app = FastAPI(lifespan=lifespan)


class Mail(BaseModel):
    message_id: str
    sender: str = Field(alias="from")
    subject: str
    text: str


class Classified(BaseModel):
    id: int
    category: str
    confidence: float


@app.post("/classify")
def classify(mail: Mail) -> Classified:
    probabilities = model.predict_proba([f"{mail.subject}\n{mail.text}"])[0]
    best = probabilities.argmax()
    category, confidence = str(model.classes_[best]), float(probabilities[best])
    row = (mail.message_id, mail.sender, mail.subject, mail.text, category, confidence)
    with pool.connection() as db:  # commits at its end
        found = db.execute(INSERT, row).fetchone()
    return Classified(id=found[0], category=category, confidence=confidence)
