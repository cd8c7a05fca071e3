// New and changed mails, as the server sends them (GET /live). Every stream begins with the
// newest rows, so a page that was away has caught up as soon as it is back.
(() => {
  const list = document.getElementById("mails");
  const older = document.getElementById("older");
  const pane = document.getElementById("pane");
  const takesNew = "newest" in list.dataset;

  const MOST_ROWS = 200;

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
    // One that came both with the newest and by itself is still the one that has just come.
    if (present.classList.contains("arrived")) light(row);
    present.replaceWith(row);
    if (focused) link.focus({ preventScroll: true });
  }

  function insert(row) {
    const rows = [...list.querySelectorAll(".row")];
    const next = rows.find((other) => isBefore(row, other));
    if (!next && !older.hidden && rows.length) return; // it belongs to an older page
    const link = row.querySelector("a");
    for (const name of ["href", "hx-get"]) link.setAttribute(name, link.getAttribute(name) + list.dataset.query);
    light(row);
    list.insertBefore(row, next ?? null);
    htmx.process(row);
    refreshOpened(row);
    trim();
  }

  function light(row) {
    row.classList.add("arrived");
    row.addEventListener("animationend", () => row.classList.remove("arrived"));
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

  // Whether a mail stands above another: it was received later, or has the higher number.
  function isBefore(row, other) {
    const [[at, id], [otherAt, otherId]] = [row, other].map((one) => one.dataset.place.split("-").map(BigInt));
    return at > otherAt || (at === otherAt && id > otherId);
  }

  follow(`/live${list.dataset.query}`, {
    newest: (html) => catchUp(rowsOf(html)),
    rows: (html) => rowsOf(html).forEach(place),
    others: (html) => rowsOf(html).forEach(show),
    status: showStatus,
  });
})();
