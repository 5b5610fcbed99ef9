"""The forge's pages: repositories and pull requests for people's eyes, with a box for each thing a person does."""

from forge.pages.routes import refusal, router

__all__ = ["refusal", "router"]
