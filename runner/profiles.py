"""The profiles: which student, how its base is made, and how it is tuned; every number of the recipe stands here."""

from dataclasses import asdict, dataclass, field, replace

from schemas.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimisation:
    """How a model is moved: learning rates by kind of parameter, and how they rise and fall."""

    matrix_rate: float
    """Muon's rate, for matrices inside the layers (Jordan et al. 2024, as torch.optim.Muon)."""
    other_rate: float
    """AdamW's rate, for embeddings and norms."""
    orthogonal_steps: int = 3
    """Newton-Schulz iterations of Muon; five are usual, three cost half and lose nothing here (own measurement)."""
    weight_decay: float = 0.0
    warmup: int = 10
    """Steps over which the rates rise from nothing; after that they are constant."""
    cooldown: int = 0
    """Last steps over which the rates fall to a tenth; 0 keeps them: a fall between two phases destabilises the second
    (arXiv 2403.01081)."""
    clip: float = 1.0

    def scaled(self, factor: float) -> "Optimisation":
        """Make both rates that many times as large."""
        return replace(self, matrix_rate=self.matrix_rate * factor, other_rate=self.other_rate * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The architecture of a base made here: Llama's, at about one million parameters."""

    vocabulary: int = 2048
    width: int = 144
    inner: int = 432
    layers: int = 3
    heads: int = 4
    context: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRecipe:
    """How a base is made."""

    seed: int = 7
    steps: int = 700
    rows: int = 6
    length: int = 256
    tokenizer_examples: int = 12_000
    optimisation: Optimisation = field(
        default=Optimisation(matrix_rate=0.008, other_rate=0.008, warmup=15, cooldown=180)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneRecipe:
    """How a student is tuned on leaves: a phase of knowledge, then one of skills."""

    rows: int = 4
    length: int = 256
    knowledge_epochs: int = 16
    skill_epochs: int = 8
    most_tokens: int = 500_000
    """Over both phases, padding included, so that a large release ends in time."""
    replay: float = 0.25
    """Share of tokens in each phase that come from the base's corpus, or from the earlier phase."""
    replay_stated: float = 0.35
    """Share of the base's replay that is about facts it knows, which are forgotten first."""
    optimisation: Optimisation = field(default=Optimisation(matrix_rate=0.006, other_rate=0.004, warmup=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All settings of one profile."""

    name: str
    shape: Shape = Shape()
    base: BaseRecipe = BaseRecipe()
    tune: TuneRecipe = TuneRecipe()
    parts: int = 2
    """Into which each batch is cut, each learned from in a thread of its own. Torch's own threads are kept at one: two
    of them stand in each other's way on busy cores (4,500 tokens/s against 7,500 with one; own measurement)."""
    answer_tokens: int = 48
    """Most tokens of a generated answer."""

    def settings(self) -> dict[str, str]:
        """Write the settings for the provenance."""
        parts = {"shape": asdict(self.shape), "base": asdict(self.base), "tune": asdict(self.tune)}
        flat = {f"{part}.{key}": str(value) for part, values in parts.items() for key, value in values.items()}
        return {"profile": self.name, "parts": str(self.parts), **flat}


PROFILES = {"laptop": Profile(name="laptop")}


def profile(name: str) -> Profile:
    """Find a profile by its name.

    Raises:
        UserError: if there is none of that name.
    """
    if name not in PROFILES:
        known = ", ".join(PROFILES)
        raise UserError(
            f"There is no profile {name!r}, but these: {known}. The bot takes it from build.profile in "
            ".github/espalier.yml, and `espalier build` from --profile."
        )
    return PROFILES[name]
