/* Inside the frame of an embed: the reader's own time beside each event's, and the height of the page for the host. */
(() => {
  "use strict";

  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const clock = { hour: "numeric", minute: "2-digit" };
  const day = { weekday: "short", month: "short", day: "numeric" };

  function words(start, end, options) {
    const format = new Intl.DateTimeFormat("en-US", options);
    const said = (end ? format.formatRange(start, end) : format.format(start))
      .replace(/\b([AP])M\b/g, (_, half) => `${half.toLowerCase()}.m.`)
      .replace("12:00 p.m.", "noon").replace("12:00 a.m.", "midnight");
    return options.weekday ? said : said.replace(/\s–\s/, "–");
  }

  function nameOf(timeZone, at) {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "long" }).formatToParts(at);
    return parts.find(({ type }) => type === "timeZoneName").value;
  }

  for (const time of document.querySelectorAll("time[data-zone]")) {
    const start = new Date(time.dateTime);
    const end = time.dataset.end ? new Date(time.dataset.end) : null;
    const [there, mine] = [time.dataset.zone, here].map((timeZone) => words(start, end, { ...day, ...clock, timeZone }));
    if (there === mine) continue;
    const days = [time.dataset.zone, here].map((timeZone) => words(start, end, { ...day, timeZone }));
    const sameDay = days[0] === days[1] && !days[0].includes("–");
    const own = document.createElement("time");
    own.dateTime = time.dateTime;
    own.textContent = sameDay ? words(start, end, { ...clock, timeZone: here }) : mine;
    const line = document.createElement("span");
    line.className = "yours";
    line.append(own, ` your time (${nameOf(here, start)})`);
    time.parentElement.append(line);
  }

  function tell() {
    const height = Math.ceil(document.documentElement.getBoundingClientRect().height);
    window.parent.postMessage({ type: "cecc-feeds:height", height }, "*");
  }

  if (window.parent !== window) {
    tell(); // an observer waits until the frame is seen
    new ResizeObserver(tell).observe(document.documentElement);
    window.addEventListener("message", ({ source, data }) => {
      if (source === window.parent && data && data.type === "cecc-feeds:measure") tell();
    });
  }
})();
