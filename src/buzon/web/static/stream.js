// Follows what the server sends to an address, as long as the page is seen, and says on the #line
// whether it hears anything. `hearers`: by the name of an event, what is to be done with its data.
function follow(address, hearers) {
  const line = document.getElementById("line");

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
    stream.onopen = () => say("live");
    stream.onerror = lose;
    for (const [name, act] of Object.entries({ beat() {}, ...hearers }))
      stream.addEventListener(name, (event) => {
        heardAt = Date.now();
        act(event.data);
      });
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
}

function rowsOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.querySelectorAll("li.row")];
}

function showStatus(html) {
  document.getElementById("status").outerHTML = html;
  const waiting = document.getElementById("to-review");
  if (waiting) waiting.textContent = document.getElementById("status").dataset.toReview;
}
