"""Facts as a contributor meant them: what misnamed files of a leaf hold is judged now, not after they are renamed."""

from collections.abc import Mapping
from dataclasses import replace

from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.leaf_names import Part, part_of
from schemas.leaf import kind_of


def as_meant(facts: PullRequestFacts) -> PullRequestFacts:
    """Add the leaves whose qna file has another name, and attributions to those where they have another name.

    Each finding stands on the file as it is called now; that it has to be renamed the check `placement` says.
    """
    qnas, attributions = _misnamed(facts, Part.QNA), _misnamed(facts, Part.ATTRIBUTION)
    if not qnas and not attributions:
        return facts
    leaves = {leaf.folder: leaf for leaf in facts.leaves}
    for folder, file in qnas.items():
        leaf = leaves.get(folder, LeafFiles(folder=folder, qna=None, attribution=None))
        leaves[folder] = replace(leaf, qna=leaf.qna or file)
    for folder, file in attributions.items():
        if folder in leaves and leaves[folder].attribution is None:
            leaves[folder] = replace(leaves[folder], attribution=file.content)
    return replace(facts, leaves=tuple(leaves[folder] for folder in sorted(leaves)))


def attribution_paths(facts: PullRequestFacts) -> Mapping[str, str]:
    """Give, by leaf folder, the path of each attribution that has another name than the right one."""
    contents = {leaf.folder: leaf.attribution for leaf in facts.leaves}
    changed = {file.path for file in facts.files if file.status is not FileStatus.REMOVED}
    return {
        folder: file.path
        for folder, file in _misnamed(facts, Part.ATTRIBUTION).items()
        if contents.get(folder) == file.content and f"{folder}/{Part.ATTRIBUTION}" not in changed
    }


def _misnamed(facts: PullRequestFacts, wanted: Part) -> Mapping[str, ChangedFile]:
    """Give the first file of each folder that is meant to be a part of a leaf, and has another name."""
    found: dict[str, ChangedFile] = {}
    for file in facts.files:
        folder, _, name = file.path.rpartition("/")
        if file.content is None or file.status is FileStatus.REMOVED or name == wanted:
            continue
        if "/" in folder and kind_of(folder) is not None and part_of(name, file.content) is wanted:
            found.setdefault(folder, file)
    return found
