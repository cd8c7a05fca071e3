"""Where things are: database, folders, keys."""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr


class Places(BaseModel):
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 16 or newer. Unset: the embedded PostgreSQL."
    )
    bi_password: SecretStr = Field(
        SecretStr(""),
        description="Password of the database role buzon_bi, as which Metabase signs in. buzon"
        " migrate sets it.",
    )
    data_dir: Path = Field(Path("var"), description="Folder of the embedded database.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Locks the passwords that are kept in the database. Unset: one is made, in"
        " secret.key of the data folder.",
    )
    old_secret_key: SecretStr = Field(
        SecretStr(""),
        description="The key before BUZON_SECRET_KEY, until buzon secrets rotate has run.",
    )
    models_dir: Path = Field(Path("models"), description="Folder of model.joblib.")
