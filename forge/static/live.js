// Keeps a pull request's page up to date: asks for it again every few seconds, and puts in what has changed.
// Forms stand outside the live parts (or come back as they were), so that typed text is never lost.
"use strict";

const EVERY = 2000;
const SLOWEST = 30000;
const sent = new Map();
let wait = EVERY;
let etag = null;

/** Remember each live part, and each entry of a list, as the server sent it. */
function remember(root) {
  for (const part of root.querySelectorAll("[data-live]")) {
    const pieces = part.dataset.live === "list" ? [...part.children] : [part];
    for (const piece of pieces) sent.set(piece.id, piece.outerHTML);
  }
}

/** Put `fresh` in the place of `old`, folded out where `old` was, and with its choices. */
function replace(old, fresh) {
  const title = (details) => details.querySelector("summary")?.textContent;
  const before = [...old.querySelectorAll("details")];
  for (const details of fresh.querySelectorAll("details")) {
    const at = before.findIndex((each) => title(each) === title(details));
    if (at >= 0) details.open = before.splice(at, 1)[0].open;
  }
  for (const select of fresh.querySelectorAll("select")) {
    const chosen = old.querySelector(`select[name="${select.name}"]`);
    if (chosen) select.value = chosen.value;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const again = focused && [...old.querySelectorAll("a, button, select, summary")].indexOf(focused);
  old.replaceWith(fresh);
  if (focused) fresh.querySelectorAll("a, button, select, summary")[again]?.focus({ preventScroll: true });
}

function update(piece, fresh) {
  if (sent.get(fresh.id) === fresh.outerHTML) return;
  sent.set(fresh.id, fresh.outerHTML);
  replace(piece, document.importNode(fresh, true));
}

function updateList(list, fresh) {
  let previous = null;
  for (const entry of [...fresh.children]) {
    let own = document.getElementById(entry.id);
    if (own && list.contains(own)) {
      update(own, entry);
      own = document.getElementById(entry.id);
    } else {
      own = document.importNode(entry, true);
      sent.set(entry.id, entry.outerHTML);
      if (previous) previous.after(own);
      else list.prepend(own);
    }
    previous = own;
  }
  const kept = new Set([...fresh.children].map((entry) => entry.id));
  for (const entry of [...list.children]) if (!kept.has(entry.id)) entry.remove();
}

async function refresh() {
  const headers = etag ? { "If-None-Match": etag } : {};
  const answer = await fetch(location.pathname, { headers, cache: "no-store" });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  etag = answer.headers.get("ETag");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const part = document.getElementById(fresh.id);
    if (!part) continue;
    if (fresh.dataset.live === "list") updateList(part, fresh);
    else update(part, fresh);
  }
}

async function turn() {
  if (!document.hidden) {
    try {
      await refresh();
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, SLOWEST); // the forge is away: ask less often until it is back
    }
  }
  setTimeout(turn, wait);
}

// A page that shows what went wrong is the answer to a form and has an address of its own, which cannot be asked for again.
if (!document.querySelector(".problem")) {
  remember(document);
  setTimeout(turn, EVERY);
}
