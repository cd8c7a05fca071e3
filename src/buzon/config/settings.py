"""All settings as one, and what follows from several of them."""

from typing import get_args

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import TomlConfigSettingsSource

from buzon.config.answering import Answering
from buzon.config.keeping import Keeping
from buzon.config.learning import Learning
from buzon.config.places import Places
from buzon.config.providers import Providers
from buzon.config.reading import SANDBOX, Mailbox, Reading
from buzon.config.sending import Sending, Smtp
from buzon.config.signing_in import SigningIn
from buzon.config.sources import PREFIX, SecretFiles, env_is_composes, variables
from buzon.config.web import Web


# The last one's fields come first, also where all that is wrong is told.
class Settings(
    Keeping, Learning, Answering, Providers, Sending, Reading, SigningIn, Web, Places, BaseSettings
):
    """The text of each field is its help."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        toml_file="buzon.toml",
        extra="ignore",
        validate_assignment=True,
        hide_input_in_errors=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            init_settings,
            env_settings,
            SecretFiles(settings_cls, variables(settings_cls)),
            *(() if env_is_composes(settings_cls) else (dotenv_settings,)),
            TomlConfigSettingsSource(settings_cls),
        )

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Every mailbox to read; none in the sandbox and where n8n reads."""
        return () if self.mail == "external" else self.own_mailboxes

    @property
    def default_mailbox(self) -> str:
        """Whose a mail is that comes by import or API and names no mailbox."""
        if self.mailboxes:
            return self.mailboxes[0].key
        return self.imap_user or SANDBOX

    @property
    def smtp(self) -> Smtp | None:
        """Where replies go out; None until that is configured, and where n8n alone sends."""
        return None if self.mail == "external" and self.stale != "send" else self.smtp_server

    @property
    def sandbox(self) -> tuple[str, int] | None:
        """Host and port where the sandbox takes mail, while no mailbox is configured."""
        return None if self.mailboxes or self.mail == "external" else self.sandbox_place


def choices(name: str) -> tuple[str, ...]:
    """What a setting can be, where that is one of a few; else nothing."""
    annotation = Settings.model_fields[name].annotation
    found = get_args(annotation)
    return found if all(isinstance(each, str) for each in found) else ()
