"""Leaves of trees and pull requests are found again by path, content and wording, those of closed ones not."""

from bot.facts import OtherLeaf
from bot.neighbours import Print, print_of
from bot.store import Store

HERE, PAGE = "orchard/taxonomy", "http://forge.test/orchard/taxonomy/pull/7"
TEXT = "question: " + " ".join(f"ship {n} lands at pier {n * 3}" for n in range(60))


def leaf(folder: str, text: str) -> Print:
    return print_of(folder, text.encode())


def plant(store: Store, *leaves: Print, sha: str = "a" * 40, branch: str = "main") -> None:
    blobs = {each.folder: each.digest for each in leaves}
    fresh = [each for each in leaves if each.digest in store.leaves.unknown(blobs.values())]
    store.leaves.save_tree(HERE, branch, sha, leaves=blobs, fresh=fresh)


def propose(store: Store, number: int, *leaves: Print) -> None:
    store.pulls.see_head(HERE, number, 1, head_sha="b" * 40, at="2026-01-01T00:00:00.000Z")
    store.leaves.save_pull(HERE, "main", number, leaves)


def near(store: Store, *own: Print, number: int = 7, branch: str = "main") -> list[tuple[str, int | None]]:
    found = store.leaves.near(HERE, branch, number, own, page=PAGE)
    assert all(isinstance(each, OtherLeaf) for each in found)
    return [(each.folder, each.pull) for each in found]


def test_leaves_are_found_by_path_content_and_wording_alone(store: Store) -> None:
    plant(
        store, leaf("knowledge/path", "another text, quite"), leaf("knowledge/same", TEXT),
        leaf("knowledge/near", TEXT + " and back"), leaf("knowledge/far", "nothing of all that stands here"),
    )  # fmt: skip
    assert near(store, leaf("knowledge/path", TEXT)) == [
        ("knowledge/near", None), ("knowledge/path", None), ("knowledge/same", None),
    ]  # fmt: skip


def test_a_branch_has_its_own_leaves_and_pages(store: Store) -> None:
    plant(store, leaf("knowledge/a", TEXT))
    plant(store, leaf("knowledge/b", TEXT), branch="next")
    assert near(store, leaf("knowledge/x", TEXT), branch="next") == [("knowledge/b", None)]
    (found,) = store.leaves.near(HERE, "main", 7, [leaf("knowledge/x", TEXT)], page=PAGE)
    assert found.url == "http://forge.test/orchard/taxonomy/blob/main/knowledge/a/qna.yaml"


def test_a_tree_that_moved_on_forgets_what_it_lost(store: Store) -> None:
    plant(store, leaf("knowledge/a", TEXT), leaf("knowledge/b", TEXT))
    plant(store, leaf("knowledge/b", TEXT), leaf("knowledge/c", TEXT), sha="b" * 40)
    assert near(store, leaf("knowledge/x", TEXT)) == [("knowledge/b", None), ("knowledge/c", None)]
    assert (store.leaves.tip(HERE, "main"), store.leaves.tip(HERE, "next")) == ("b" * 40, None)


def test_open_pull_requests_are_found_with_their_page_and_never_oneself(store: Store) -> None:
    propose(store, 3, leaf("knowledge/a", TEXT))
    propose(store, 7, leaf("knowledge/x", TEXT))
    assert near(store, leaf("knowledge/x", TEXT)) == [("knowledge/a", 3)]
    (found,) = store.leaves.near(HERE, "main", 7, [leaf("knowledge/x", TEXT)], page=PAGE)
    assert found.url == "http://forge.test/orchard/taxonomy/pull/3"
    with store.database.change() as connection:
        connection.execute("UPDATE pulls SET state = 'closed' WHERE number = 3")
    assert near(store, leaf("knowledge/x", TEXT)) == []


def test_a_push_replaces_what_a_pull_request_proposes(store: Store) -> None:
    propose(store, 3, leaf("knowledge/a", TEXT))
    propose(store, 3, leaf("knowledge/b", TEXT))
    propose(store, 3, leaf("knowledge/b", TEXT))
    assert near(store, leaf("knowledge/x", TEXT)) == [("knowledge/b", 3)]


def test_sketches_come_back_as_they_were(store: Store) -> None:
    plant(store, leaf("knowledge/a", TEXT))
    (found,) = store.leaves.near(HERE, "main", 7, [leaf("knowledge/x", TEXT)], page="")
    assert (found.sketch, found.url) == (leaf("knowledge/a", TEXT).sketch, "")
