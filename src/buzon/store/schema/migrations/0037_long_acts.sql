-- What a person does to more mails than fit into one transaction: done in pieces, undone as one.

CREATE TABLE long_acts (
    number      bigint PRIMARY KEY,           -- of the act, from the sequence acts
    kind        text NOT NULL CHECK (kind IN ('label', 'settle', 'undo')),
    by          text NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL,         -- when the list was made that the person saw
    category    text,                         -- of a label; null takes labels back
    undoes      bigint,                       -- the act that is undone
    wanted      jsonb NOT NULL DEFAULT '{}',  -- the list's filter; emptied at the end
    done_until  bigint NOT NULL DEFAULT 0,    -- the mails up to this number are done
    last        bigint NOT NULL,              -- and those after this one are not meant
    mails       bigint NOT NULL DEFAULT 0,
    left_alone  bigint NOT NULL DEFAULT 0,    -- somebody has labelled them meanwhile
    why         text NOT NULL DEFAULT '',     -- it ended early
    worked_at   timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);

CREATE INDEX long_acts_by ON long_acts (by, number);
CREATE INDEX long_acts_open ON long_acts (worked_at) WHERE finished_at IS NULL;

COMMENT ON TABLE long_acts IS 'What people do to more mails at once than fit into one transaction, and how far it is.';
