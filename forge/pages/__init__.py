"""The forge's pages: repositories and pull requests for people's eyes, with a box for each thing a person does."""

from forge.pages.refusals import refusal
from forge.pages.routes import router

__all__ = ["refusal", "router"]
