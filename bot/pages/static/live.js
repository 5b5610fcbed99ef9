// Fetches the page's live part again and puts it in where it changed; says so when the bot does not answer.
"use strict";
const part = document.querySelector("[data-live]");
const pulse = document.querySelector("[data-pulse]");
const PERIOD_MS = 1500;
let tag = "";

// Where a link or a button leads: what is the same in the fresh part.
function place(element) {
  if (!element) return null;
  return element.getAttribute("href") || (element.form ? element.form.getAttribute("action") : null);
}

async function renew() {
  if (document.hidden) return;
  const answer = await fetch(part.dataset.live, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  tag = answer.headers.get("ETag") || "";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && part.contains(selection.anchorNode)) { tag = ""; return; }
  const focused = place(document.activeElement);
  part.replaceChildren(...fresh.body.childNodes);
  if (focused) {
    const again = [...part.querySelectorAll("a, button")].find((each) => place(each) === focused);
    if (again) again.focus({ preventScroll: true });
  }
}

async function beat() {
  try {
    await renew();
    pulse.textContent = "live";
    pulse.dataset.pulse = "on";
  } catch {
    pulse.textContent = "no answer, trying again";
    pulse.dataset.pulse = "off";
  }
  setTimeout(beat, PERIOD_MS);
}

if (part) beat();
