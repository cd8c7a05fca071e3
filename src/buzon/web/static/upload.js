// A file of mails is sent in pieces, so that none is too large or too slow for what lies between.
(() => {
  const form = document.querySelector("#upload");
  const bar = document.querySelector("#sent");
  const words = document.querySelector("#sending");
  const here = "/settings/data";
  const pauses = [1, 2, 4, 8, 16, 30]; // seconds, before a piece is sent once more
  const reasons = { 401: "signedOut", 403: "forbidden", 413: "tooLarge" };
  let sending = false;

  class Refused extends Error {}

  const show = (text, bad) => {
    words.textContent = text;
    words.classList.toggle("bad", bad);
  };
  // Pages, ours and a proxy's, are no sentences, nor is what a program says that has failed.
  const reason = async (answer) => {
    if (answer.status >= 500) return form.dataset.failing;
    const plain = answer.headers.get("Content-Type")?.startsWith("text/plain");
    return (plain && (await answer.text())) || form.dataset[reasons[answer.status] ?? "broken"];
  };
  const post = async (path, body) => {
    const answer = await fetch(here + path, { method: "POST", body });
    if (!answer.ok) throw Object.assign(new Refused(await reason(answer)), { status: answer.status });
    return answer.text();
  };
  // The server takes a piece that it has already.
  const postPiece = async (path, body) => {
    for (const pause of pauses) {
      try {
        return await post(path, body);
      } catch (error) {
        if (error.status < 500) throw error;
      }
      show(form.dataset.again, false);
      await new Promise((done) => setTimeout(done, pause * 1000));
    }
    return post(path, body);
  };
  const sendPieces = async (id, file) => {
    const piece = Number(form.dataset.piece);
    for (let begin = 0; begin < file.size; begin += piece) {
      await postPiece(`/uploads/${id}/pieces/${begin / piece}`, file.slice(begin, begin + piece));
      bar.value = Math.min(1, (begin + piece) / file.size);
      show(form.dataset.sending, false);
    }
  };
  const send = async (file, mailbox) => {
    const about = new URLSearchParams({ name: file.name, size: file.size, mailbox });
    const id = await post("/uploads", about);
    try {
      await sendPieces(id, file);
    } catch (error) {
      await fetch(`${here}/${id}/stop`, { method: "POST", redirect: "manual" }).catch(() => {});
      throw error;
    }
    await post(`/uploads/${id}/begin`);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    bar.value = 0;
    bar.hidden = false;
    show(form.dataset.sending, false);
    try {
      await send(form.querySelector("#file").files[0], form.querySelector("#mailbox").value);
      sending = false;
      location.reload();
    } catch (error) {
      sending = false;
      bar.hidden = true;
      show(error instanceof Refused ? error.message : form.dataset.broken, true);
    }
  });
  addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
})();
