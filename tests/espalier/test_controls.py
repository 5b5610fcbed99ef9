"""The forge's own controls as the demo uses them: an App from its manifest, and a refusal in the forge's words."""

from pathlib import Path

import pytest

from espalier.demo.controls import Controls
from schemas.errors import UserError
from tests.bot.world import ADMIN, forge_server


def test_an_app_is_registered_and_installed_and_a_refusal_tells_what_the_forge_said(tmp_path: Path) -> None:
    with forge_server(tmp_path) as forge:
        controls = Controls(forge=forge.address, token=ADMIN)
        owner = controls.join("orchard", "Orchard")
        owner.post("/user/repos", name="taxonomy")
        app = controls.register_app(owner, bot_port=9)
        owner.api.close()
        controls.install_app(app, account="orchard")
        with pytest.raises(UserError, match=r"/_forge/users answered 422: .*login"):
            controls.join("orchard", "Orchard again")
    with pytest.raises(UserError, match=r"got no answer .*is the forge running"):
        controls.join("june", "June")
