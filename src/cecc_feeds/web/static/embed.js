/* <cecc-events>: the coming events of a commission, in a page of yours. docs/embedding.md tells how.
 *
 * Works as a classic script and as a module. It asks its own site for the JSON Feed of a list and nobody for anything
 * else; it keeps nothing, and puts what it gets into the page as text. Where it cannot, the link inside stays.
 */
(() => {
  "use strict";

  const NAME = "cecc-events";
  const LISTED = ["type", "topic", "q", "from", "to", "status", "change", "order"];
  const NEWS = /^\/(items$|types\/|topics\/|changes$)/;
  const SIZE = 5;
  const TIMEOUT = 20_000;
  const FRESH = 15 * 60_000;
  const PLACES = { "America/New_York": "Washington, D.C. time" };
  const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

  /* ---- where this came from ------------------------------------------------------------------------------------- */

  function own(script) {
    return script instanceof HTMLScriptElement && /\/embed\.js(\?|$)/.test(script.src);
  }

  /* A module has no currentScript: the element that loads it is looked for. `import` has none: then `base` must tell. */
  function origin() {
    const script = own(document.currentScript) ? document.currentScript : [...document.scripts].find(own);
    return script ? script.src.replace(/(\/static)?\/embed\.js(\?.*)?$/, "") : "";
  }

  const ORIGIN = origin();

  /* ---- days and times ------------------------------------------------------------------------------------------- */

  const DAY = { weekday: "short", month: "short", day: "numeric" };
  const YEAR = { ...DAY, year: "numeric" };
  const CLOCK = { hour: "numeric", minute: "2-digit" };

  function words(start, end, options) {
    const format = new Intl.DateTimeFormat("en-US", options);
    const said = (end ? format.formatRange(start, end) : format.format(start))
      .replace(/\b([AP])M\b/g, (_, half) => `${half.toLowerCase()}.m.`)
      .replace("12:00 p.m.", "noon").replace("12:00 a.m.", "midnight");
    return options.weekday ? said : said.replace(/\s–\s/, "–");
  }

  /* "Central European Standard Time" */
  function nameOf(timeZone, at) {
    const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "long" }).formatToParts(at);
    return parts.find(({ type }) => type === "timeZoneName").value;
  }

  function place(zone) {
    return PLACES[zone] || `${zone.split("/").pop().replaceAll("_", " ")} time`;
  }

  /* The event's zone, or UTC where the browser does not know it. */
  function zoneOf({ time_zone: zone }) {
    try {
      return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone && zone;
    } catch {
      return "UTC";
    }
  }

  /* The first ten characters of a stamp are its day where it happens. */
  function lastDay(event) {
    return (event.end || event.start).slice(0, 10);
  }

  function today(zone) {
    return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date());
  }

  function isComing({ _event: event }) {
    return Boolean(event) && lastDay(event) >= today(zoneOf(event));
  }

  function byStart(a, b) {
    return Date.parse(a._event?.start) - Date.parse(b._event?.start);
  }

  /* `2026-04-30`, `today`, `-90d`, `+1y` as a day. */
  function dayOf(spelling) {
    const relative = /^([+-])(\d+)([dwmy])$/i.exec(spelling);
    if (!relative && spelling !== "today") return spelling;
    const day = new Date(`${today(HERE)}T12:00:00Z`);
    if (relative) {
      const count = Number(relative[1] + relative[2]);
      const unit = relative[3].toLowerCase();
      if (unit === "d" || unit === "w") day.setUTCDate(day.getUTCDate() + count * (unit === "w" ? 7 : 1));
      else day.setUTCMonth(day.getUTCMonth() + count * (unit === "y" ? 12 : 1));
    }
    return day.toISOString().slice(0, 10);
  }

  /* ---- the same selection again, where a file server ignored the query ------------------------------------------- */

  function folded(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/['‘’‛ʼ＇]/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  function slugs(list) {
    return list.split(",").map((one) => folded(one).replaceAll(" ", "-")).filter(Boolean);
  }

  function matches(item, asked) {
    const [type = "", ...topics] = item.tags || [];
    const event = item._event;
    const first = event ? event.start.slice(0, 10) : (item.date_published || "").slice(0, 10);
    const last = event ? lastDay(event) : first;
    const said = ` ${folded([item.title, item.content_text, ...(item.tags || [])].join(" "))} `;
    return (
      (!asked.type || slugs(asked.type).some((slug) => slugs(type).includes(slug))) &&
      (!asked.topic || slugs(asked.topic).some((slug) => slugs(topics.join(",")).includes(slug))) &&
      (!asked.q || folded(asked.q).split(" ").every((word) => said.includes(/^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u.test(word) ? word : ` ${word} `))) &&
      (!asked.from || last >= dayOf(asked.from)) &&
      (!asked.to || first <= dayOf(asked.to)) &&
      (!asked.status || (event && asked.status.split(",").includes(event.status)))
    );
  }

  /* ---- asking ---------------------------------------------------------------------------------------------------- */

  async function get(address, signal) {
    const answer = await fetch(address, { signal, credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  /* `asked` selects; `more` only orders and shortens. */
  async function list(base, path, asked, more, signal) {
    const query = new URLSearchParams({ ...asked, ...more }).toString();
    const feed = await get(`${base}${path}.json?${query}`, signal);
    const heard = Boolean(new URL(feed.feed_url).search);
    return { heard, items: heard ? feed.items : feed.items.filter((item) => matches(item, asked)) };
  }

  /* By address how events moved, the newest move of each; none where that cannot be had. */
  async function moves(base, signal) {
    const found = new Map();
    try {
      const { items } = await get(`${base}/changes.json?change=moved&limit=50`, signal);
      for (const { _change: change } of items) {
        const move = change.differences.find(({ kind }) => kind === "moved");
        if (move && !found.has(change.item_url)) found.set(change.item_url, move.sentence);
      }
    } catch (error) {
      if (signal.aborted) throw error;
    }
    return found;
  }

  async function select(base, wanted, signal) {
    const { path, asked, limit, news } = wanted;
    if (news || asked.from || asked.to || asked.order) {
      const ordered = news || asked.order;
      const { heard, items } = await list(base, path, asked, ordered ? { limit } : { order: "start", limit }, signal);
      if (!heard && !ordered) items.sort(byStart);
      return { items: items.filter((item) => !isWithdrawn(item)).slice(0, limit) };
    }
    /* Whoever heard the query knows what day it is better than the reader's machine. */
    const { heard, items } = await list(base, path, asked, { from: "today", order: "start", limit }, signal);
    const coming = items.filter((item) => (heard ? item._event : isComing(item))).sort(byStart).slice(0, limit);
    if (coming.length) return { items: coming };
    const past = heard ? (await list(base, path, asked, { to: "-1d", limit: Math.max(limit, 20) }, signal)).items : items;
    return { none: true, items: past.filter((item) => item._event && !isWithdrawn(item)).sort((a, b) => byStart(b, a)).slice(0, limit) };
  }

  /* An item's own record, as an entry of a feed. */
  async function single(base, id, signal) {
    const url = `${base}/items/${encodeURIComponent(id)}`;
    const { type, title, topics = [], published = "", event } = await get(`${url}.json`, signal);
    const whole = event && {
      ...event,
      status: event.status || "confirmed",
      time_zone: event.timezone || "America/New_York",
      all_day: event.start.length === 10,
      ics: `${url}.ics`,
    };
    return { items: [{ url, title: title || type, tags: [type, ...topics], date_published: published, _event: whole }] };
  }

  /* ---- showing --------------------------------------------------------------------------------------------------- */

  function make(tag, part, ...children) {
    const made = document.createElement(tag);
    if (part) made.setAttribute("part", (made.className = part));
    made.append(...children.filter(Boolean));
    return made;
  }

  function unseen(said) {
    const made = make("span", "", said);
    made.className = "unseen";
    return made;
  }

  function link(part, address, ...children) {
    const made = make("a", part, ...children);
    if (/^https?:/.test(address)) made.href = address;
    return made;
  }

  function time(stamp, said) {
    const made = make("time", "", said);
    made.dateTime = stamp;
    return made;
  }

  function days(event) {
    const { start, end, all_day: whole } = event;
    const [first, last] = [start, end || start].map((stamp) => new Date(whole ? `${stamp}T12:00:00Z` : stamp));
    return time(start.slice(0, 10), words(first, last, { ...YEAR, timeZone: whole ? "UTC" : zoneOf(event) }));
  }

  /* The hours where it happens, and the reader's own beside them where clocks there show others. */
  function hours(event, before) {
    const { start, end, all_day: whole } = event;
    const there = zoneOf(event);
    const said = make("p", "time", ...before);
    if (whole && end) return before.length ? said : null;
    if (whole) return said.append("Time to be announced"), said;
    const [first, last] = [new Date(start), end ? new Date(end) : null];
    const [days, mine] = [there, HERE].map((timeZone) => words(first, last, { ...DAY, timeZone }));
    const [clocks, own] = [there, HERE].map((timeZone) => {
      const aDay = timeZone === there ? !days.includes("–") : days === mine && !mine.includes("–");
      return words(first, last, { ...(aDay ? {} : DAY), ...CLOCK, timeZone });
    });
    said.append(time(start, clocks), ` ${place(there)}`);
    if (clocks !== own) said.append(make("span", "yours", time(start, own), ` your time (${nameOf(HERE, first)})`));
    return said;
  }

  function isWithdrawn(item) {
    return item.title.startsWith("WITHDRAWN: ");
  }

  function badges(item, move) {
    const event = item._event;
    const called = isWithdrawn(item) ? "Withdrawn" : { cancelled: "Cancelled", postponed: "Postponed", tentative: "Tentative" }[event && event.status];
    const found = [called && make("strong", `badge ${event.status}`, called), move && make("strong", "badge moved", "Moved")];
    return found.filter(Boolean).flatMap((badge) => [badge, " "]);
  }

  /* Titles in feeds say the status and the type as well, which stand beside them here. */
  function heading(item, type) {
    const title = item.title.replace(/^(CANCELLED|POSTPONED|WITHDRAWN): /, "").replace(/ \(time to be announced\)$/, "");
    return title.startsWith(`${type}: `) ? title.slice(type.length + 2) : title;
  }

  function published(stamp) {
    const at = new Date(stamp.length === 10 ? `${stamp}T12:00:00Z` : stamp);
    return time(stamp, words(at, null, { ...YEAR, timeZone: "America/New_York" }));
  }

  function entry(item, { level, moved, news }) {
    const event = item._event;
    const type = (item.tags || [])[0] || "";
    const title = item._change ? item.title : heading(item, type);
    const open = event && isComing(item) && !["cancelled", "postponed"].includes(event.status);
    const move = open && moved.get(item.url);
    const head = make(`h${level}`, "title", link("link", item.url, title));
    if (item.language) head.lang = item.language;
    const own = event && !(news && item.date_published);
    const day = own ? days(event) : item.date_published && published(item.date_published);
    const before = event ? [...badges(item, move), ...(own ? [] : [days(event), event.all_day ? " " : ", "])] : [];
    return make(
      "li",
      "event",
      make("p", "day", day, type && make("span", "type", type)),
      make(
        "div",
        "body",
        head,
        event && hours(event, before),
        event && event.location && make("p", "place", event.location),
        move && make("p", "move", move),
        event && event.ics && !isWithdrawn(item) && make("p", "add", link("ics", event.ics, event.status === "cancelled" ? "Calendar file" : "Add to calendar", unseen(`: ${title}`))),
      ),
    );
  }

  /* ---- the element ----------------------------------------------------------------------------------------------- */

  const STYLE = `
    :host { display: block; }
    :host([hidden]) { display: none; }
    :host([theme="light"]) { color-scheme: light; }
    :host([theme="dark"]) { color-scheme: dark; }
    .box {
      --accent: var(--cecc-accent, light-dark(#14446e, #95c3ee));
      --soft: var(--cecc-soft, light-dark(#535d69, #a6b0bb));
      --line: var(--cecc-line, light-dark(#d5dbe2, #333c46));
      padding: var(--cecc-padding, 0 1rem);
      border: 1px solid var(--line);
      border-radius: var(--cecc-radius, 4px);
      background: var(--cecc-paper, light-dark(#ffffff, #13171c));
      color: var(--cecc-ink, light-dark(#1a1f26, #e5e9ee));
      font: var(--cecc-font, 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif);
      overflow-wrap: anywhere;
    }
    .box *, .box { box-sizing: border-box; }
    .list, .title, p { margin: 0; padding: 0; }
    .list { list-style: none; }
    .event { display: flex; flex-wrap: wrap; gap: 0 1.25rem; padding: .75rem 0; }
    .event + .event, .foot { border-top: 1px solid var(--line); }
    .day { display: flex; flex: 0 1 9rem; flex-wrap: wrap; align-content: flex-start; gap: 0 .75rem; padding-top: .125rem; }
    .body { flex: 1 1 15rem; min-width: 0; }
    .title { font: 600 1.0625em/1.3 var(--cecc-title-font, Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif); }
    a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .15em; }
    a:hover { text-decoration-thickness: 2px; }
    .title a:not(:hover) { text-decoration: none; }
    a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
    time { font-variant-numeric: tabular-nums; }
    .note { padding: .75rem 0; }
    .note + .list { margin-top: -.75rem; }
    .note, .day, .place, .move { color: var(--soft); }
    .day, .move, .foot { font-size: .875em; }
    .badge { margin-right: .125rem; padding: .0625rem .4375rem; border: 1px solid; border-radius: 3px; color: var(--cecc-wait, light-dark(#6f4700, #efc878)); font-size: .8125em; white-space: nowrap; }
    .cancelled { color: var(--cecc-bad, light-dark(#97191f, #ffb0ab)); }
    .yours { display: block; }
    .add { padding-top: .125rem; font-size: .9375em; }
    .add a, .foot a { display: inline-block; min-height: 1.5rem; }
    .foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.5rem; padding: .5rem 0; }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  `;

  function element() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);

    return class extends HTMLElement {
      static observedAttributes = ["base", "path", "item", "limit", "level", "news", ...LISTED];

      #root = this.attachShadow({ mode: "open" });
      #asking = null;
      #waiting = false;
      #shownAt = 0;
      #seen = () => document.hidden || Date.now() - this.#shownAt < FRESH || this.#begin();

      constructor() {
        super();
        this.#root.adoptedStyleSheets = [sheet];
        this.#root.append(document.createElement("slot"));
      }

      connectedCallback() {
        document.addEventListener("visibilitychange", this.#seen);
        this.#begin();
      }

      disconnectedCallback() {
        document.removeEventListener("visibilitychange", this.#seen);
        this.#asking?.abort();
      }

      attributeChangedCallback(_name, old, value) {
        if (this.isConnected && old !== value) this.#begin();
      }

      /* Once for all attributes that change together. */
      #begin() {
        if (this.#waiting) return;
        this.#waiting = true;
        queueMicrotask(() => {
          this.#waiting = false;
          if (this.isConnected) this.#load();
        });
      }

      #wanted() {
        const path = (this.getAttribute("path") || "/events").replace(/\/+$/, "");
        const asked = {};
        for (const name of LISTED) {
          const value = (this.getAttribute(name) || "").trim();
          if (value) asked[name] = value;
        }
        const limit = Math.min(Math.max(Number.parseInt(this.getAttribute("limit"), 10) || SIZE, 1), 500);
        const news = this.hasAttribute("news") || NEWS.test(path);
        return { path: path.split("/").map(encodeURIComponent).join("/"), asked, limit, news };
      }

      async #load() {
        this.#asking?.abort();
        const asking = (this.#asking = new AbortController());
        const timer = setTimeout(() => asking.abort("late"), TIMEOUT);
        const base = (this.getAttribute("base") || ORIGIN).replace(/\/+$/, "");
        const wanted = this.#wanted();
        const item = this.getAttribute("item");
        try {
          if (!base) throw new Error("base");
          const [found, moved] = await Promise.all([
            item ? single(base, item, asking.signal) : select(base, wanted, asking.signal),
            wanted.news && !item ? new Map() : moves(base, asking.signal),
          ]);
          this.#show(found, moved, wanted.news && !item, item ? "" : this.#page(base, wanted));
        } catch (error) {
          if (asking === this.#asking && (!asking.signal.aborted || asking.signal.reason === "late")) this.#fail();
        } finally {
          clearTimeout(timer);
        }
      }

      #page(base, { path, asked }) {
        const { order, ...kept } = asked;
        const query = new URLSearchParams(kept).toString();
        return `${base}${path}${query && `?${query}`}`;
      }

      #show({ items, none }, moved, news, page) {
        const level = Math.min(Math.max(Number.parseInt(this.getAttribute("level"), 10) || 3, 2), 6);
        const note = none
          ? `Nothing is announced now.${items.length ? " The most recent:" : " Subscribe to hear of the next event."}`
          : items.length ? "" : "Nothing is here now.";
        const list = items.length && make("ul", "list", ...items.map((item) => entry(item, { level, moved, news })));
        if (list) list.setAttribute("role", "list");
        this.#root.replaceChildren(
          make(
            "div",
            "box",
            note && make("p", "note", note),
            list,
            page && make("p", "foot", link("subscribe", `${page}#follow`, "Subscribe"), link("all", page, "The whole list")),
          ),
        );
        this.#shownAt = Date.now();
        this.dispatchEvent(new Event("load"));
      }

      /* What was shown stays; where nothing was, the link inside does. */
      #fail() {
        if (!this.#shownAt) {
          const note = make("p", "note", "The events cannot be shown here just now. ", document.createElement("slot"));
          this.#root.replaceChildren(make("div", "box", note));
        }
        this.dispatchEvent(new Event("error"));
      }
    };
  }

  if (!customElements.get(NAME) && "adoptedStyleSheets" in document) customElements.define(NAME, element());

  /* ---- frames of /embed: as high as what is in them --------------------------------------------------------------- */

  function frames() {
    return [...document.querySelectorAll("iframe[data-cecc]")];
  }

  window.addEventListener("message", ({ data, source, origin: from }) => {
    if (!data || data.type !== "cecc-feeds:height" || !Number.isFinite(data.height)) return;
    const frame = frames().find((one) => one.contentWindow === source);
    if (frame && new URL(frame.src).origin === from) frame.height = Math.min(Math.max(Math.ceil(data.height), 50), 20_000);
  });

  /* Frames that were there before this script told their height to nobody. */
  for (const frame of frames()) frame.contentWindow?.postMessage({ type: "cecc-feeds:measure" }, "*");
})();
