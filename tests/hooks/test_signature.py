"""The signature is the one of the Standard Webhooks specification."""

import base64

from buzon.hooks.signature import make_secret, sign


def test_it_signs_as_the_specification_s_own_example() -> None:
    signature = sign(
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1731705121,
        b'{"event_type":"ping","data":{"success":true}}',
    )
    assert signature == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


def test_no_two_secrets_are_the_same_and_each_has_32_bytes_as_43_letters() -> None:
    secrets = {make_secret() for _ in range(100)}
    assert len(secrets) == 100
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    assert all(len(key) == 43 and key.isascii() for key in keys)
