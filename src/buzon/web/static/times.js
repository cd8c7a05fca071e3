// Keeps "3 min ago" true while a page stays open. The words come from the server.
(() => {
  const words = document.documentElement.dataset;

  function ago(seconds) {
    if (seconds < 60) return words.agoNow;
    if (seconds < 3600) return words.agoMinutes.replace("#", Math.floor(seconds / 60));
    return words.agoHours.replace("#", Math.floor(seconds / 3600));
  }

  function refresh() {
    for (const time of document.querySelectorAll("time")) {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      if (seconds > -60 && seconds < 86400) time.textContent = ago(seconds);
    }
  }

  setInterval(refresh, 20_000);
})();
