// New and changed mails, as the server sends them (GET /live). Every stream begins with the
// newest rows, so a page that was away has caught up as soon as it is back.
(() => {
  const list = document.getElementById("mails");
  const line = document.getElementById("line");
  const older = document.getElementById("older");
  const pane = document.getElementById("pane");
  const takesNew = "newest" in list.dataset;
  const address = `/live${list.dataset.query}`;

  const MOST_ROWS = 200;
  const SILENCE = 40_000; // the server speaks every 15 seconds
  const AGAIN = 3_000;

  let stream = null;
  let heardAt = 0;
  let again = 0;

  function connect() {
    clearTimeout(again);
    stream?.close();
    stream = new EventSource(address);
    heardAt = Date.now();
    stream.onopen = () => hear(() => say("live"));
    stream.onerror = lose;
    stream.addEventListener("beat", () => hear(() => {}));
    stream.addEventListener("newest", (event) => hear(() => catchUp(rowsOf(event.data))));
    stream.addEventListener("rows", (event) => hear(() => rowsOf(event.data).forEach(place)));
    stream.addEventListener("others", (event) => hear(() => rowsOf(event.data).forEach(show)));
    stream.addEventListener("status", (event) => hear(() => showStatus(event.data)));
  }

  function hear(act) {
    heardAt = Date.now();
    act();
  }

  function lose() {
    say("lost");
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(again);
    again = setTimeout(connectIfSignedIn, AGAIN + Math.random() * AGAIN);
  }

  // An EventSource does not tell why it was refused.
  async function connectIfSignedIn() {
    const trial = new AbortController();
    try {
      const answer = await fetch(address, { signal: trial.signal });
      trial.abort();
      if (answer.status === 401) location.reload();
      else connect();
    } catch {
      connect();
    }
  }

  function say(state) {
    line.textContent = line.dataset[state];
    line.classList.toggle("lost", state === "lost");
  }

  function rowsOf(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.querySelectorAll("li.row")];
  }

  // Where more came in meanwhile than one page holds, the list begins anew, without a hole.
  function catchUp(rows) {
    const first = list.querySelector(".row");
    if (takesNew && first && rows.length && isBefore(rows.at(-1), first)) {
      list.replaceChildren();
      showOlder();
    }
    if (takesNew) leaveOut(rows);
    rows.reverse().forEach(place);
  }

  // Who settles a mail sees it in its place until they come back to the list, and can go on from it.
  function leaveOut(rows) {
    const listed = new Set(rows.map((row) => row.id));
    const last = rows.length < Number(list.dataset.newest) ? null : rows.at(-1);
    for (const row of list.querySelectorAll(".row:not(:has([aria-current]))")) {
      if (!listed.has(row.id) && (!last || isBefore(row, last))) row.remove();
    }
  }

  // A mail of this list.
  function place(row) {
    if (!document.getElementById(row.id) && takesNew) insert(row);
    else show(row);
  }

  // A mail that this list need not have.
  function show(row) {
    const present = document.getElementById(row.id);
    if (present) replace(present, row);
    refreshOpened(row);
  }

  // The link stays: what it says of a mail never changes, but where it leads and what a search has
  // marked in it is this page's.
  function replace(present, row) {
    const link = present.querySelector("a");
    const focused = link === document.activeElement;
    row.querySelector("input").checked = present.querySelector("input").checked;
    row.querySelector("a").replaceWith(link);
    present.replaceWith(row);
    if (focused) link.focus({ preventScroll: true });
  }

  function insert(row) {
    const rows = [...list.querySelectorAll(".row")];
    const next = rows.find((other) => isBefore(row, other));
    if (!next && !older.hidden && rows.length) return; // it belongs to an older page
    const link = row.querySelector("a");
    for (const name of ["href", "hx-get"]) link.setAttribute(name, link.getAttribute(name) + list.dataset.query);
    row.classList.add("arrived");
    list.insertBefore(row, next ?? null);
    htmx.process(row);
    refreshOpened(row);
    trim();
  }

  function trim() {
    if (list.querySelectorAll(".row").length <= MOST_ROWS) return;
    list.querySelector(".row:last-child").remove();
    showOlder();
  }

  function showOlder() {
    older.hidden = false;
    const last = list.querySelector(".row:last-child");
    if (!last) return;
    const next = new URL(older.href);
    next.searchParams.set("before", last.dataset.place);
    older.href = next;
  }

  function refreshOpened(row) {
    const mail = pane.querySelector(".mail");
    if (mail?.dataset.id === row.dataset.id) htmx.trigger(mail, "changed");
  }

  function showStatus(html) {
    document.getElementById("status").outerHTML = html;
    const waiting = document.getElementById("to-review");
    if (waiting) waiting.textContent = document.getElementById("status").dataset.toReview;
  }

  // Whether a mail stands above another: it was received later, or has the higher number.
  function isBefore(row, other) {
    const [[at, id], [otherAt, otherId]] = [row, other].map((one) => one.dataset.place.split("-").map(BigInt));
    return at > otherAt || (at === otherAt && id > otherId);
  }

  // A hidden tab keeps no connection: browsers allow six to a server, over all tabs.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream?.close();
    else connect();
  });
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  window.addEventListener("pagehide", () => stream?.close());
  setInterval(() => {
    if (!document.hidden && Date.now() - heardAt > SILENCE) {
      say("lost");
      connect();
    }
  }, 5_000);
  if (!document.hidden) connect();
})();
