/* Inside the frame of an embed: the reader's own time beside each event's, and the height of the page for the host. */
(() => {
  "use strict";

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = { hour: "numeric", minute: "2-digit" };
  const day = { weekday: "short", month: "short", day: "numeric" };

  function words(start, end, options) {
    const format = new Intl.DateTimeFormat("en-US", options);
    const said = end ? format.formatRange(start, end) : format.format(start);
    return said.replace(/\b([AP])M\b/g, (_, half) => `${half.toLowerCase()}.m.`);
  }

  for (const time of document.querySelectorAll("time[data-zone]")) {
    const start = new Date(time.dateTime);
    const end = time.dataset.end ? new Date(time.dataset.end) : null;
    const [there, here] = [time.dataset.zone, zone].map((timeZone) => words(start, end, { ...day, ...shown, timeZone }));
    if (there === here) continue;
    const days = [time.dataset.zone, zone].map((timeZone) => words(start, end, { ...day, timeZone }));
    const own = document.createElement("time");
    own.className = "yours";
    own.dateTime = time.dateTime;
    const options = { ...(days[0] === days[1] ? {} : day), ...shown, timeZone: zone, timeZoneName: "long" };
    own.textContent = `${words(start, end, options)}, your time`;
    time.parentElement.append(own);
  }

  function tell() {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    window.parent.postMessage({ type: "cecc-feeds:height", height }, "*");
  }

  if (window.parent !== window) {
    new ResizeObserver(tell).observe(document.documentElement);
    window.addEventListener("message", ({ source, data }) => {
      if (source === window.parent && data && data.type === "cecc-feeds:measure") tell();
    });
  }
})();
