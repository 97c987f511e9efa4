// What pages do better with script; every one of them works without. Nothing is kept, nobody else is asked.

const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
document.getElementById("main").append(said);

function prepare(part) {
  for (const button of part.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  const system = ownSystem();
  for (const list of part.querySelectorAll(".apps")) {
    list.prepend(...list.querySelectorAll(`[data-system="${system}"]`));
  }
  for (const time of part.querySelectorAll("[data-local] time[datetime*='T']")) {
    sayLocally(time);
  }
  for (const box of part.querySelectorAll("fieldset[data-many]")) {
    makeFindable(box);
  }
}

// Whose device this is: the buttons of its own calendar come first.
function ownSystem() {
  const told = `${navigator.userAgentData?.platform ?? navigator.platform} ${navigator.userAgent}`;
  if (/android|cros/i.test(told)) return "google";
  if (/win/i.test(told)) return "microsoft";
  return /mac|iphone|ipad/i.test(told) ? "apple" : "";
}

async function copy(button) {
  const field = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    if (!document.execCommand("copy")) {
      said.textContent = "It is selected now: copy it with the keyboard.";
      return;
    }
    button.focus();
  }
  const words = button.dataset.words ??= button.textContent;
  button.textContent = "Copied";
  said.textContent = "Copied.";
  setTimeout(() => {
    button.textContent = words;
    said.textContent = "";
  }, 3000);
}

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const WORDS = new Intl.DateTimeFormat("en-US", {
  weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit",
  timeZoneName: "short",
});

// The same instant by the reader's clock, where that shows another time.
function sayLocally(time) {
  const at = new Date(time.dateTime);
  const [, sign, hours, minutes] = time.dateTime.match(/([+-])(\d\d):(\d\d)$/) ?? [];
  if (Number.isNaN(at.getTime()) || !sign) return;
  const offset = Number(`${sign}1`) * (60 * Number(hours) + Number(minutes));
  if (offset === -at.getTimezoneOffset()) return;
  const local = document.createElement("time");
  local.className = "local";
  local.dateTime = time.dateTime;
  local.textContent = `In your time zone, ${ZONE.replaceAll("_", " ")}: ${WORDS.format(at)}`;
  const whose = time.nextElementSibling; // whose time the first one is, where that is said
  (whose?.matches("small") ? whose : time).after(" ", local);
}

// A field that leaves of many boxes those with its words, and those that are ticked.
function makeFindable(box) {
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = `Find among ${box.dataset.many}`;
  field.setAttribute("aria-label", field.placeholder);
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    const wanted = field.value.trim().toLowerCase();
    for (const row of box.querySelectorAll("li")) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted) && !row.querySelector(":checked");
    }
  });
  box.querySelector("legend").after(field);
}

function makeBuilder(form) {
  const result = document.getElementById("result");
  let due = 0;
  let asked = 0;

  function address() {
    const chosen = new Map();
    for (const [name, value] of new FormData(form)) {
      const one = name === "from" || name === "to";
      if (value) chosen.set(name, chosen.has(name) && !one ? `${chosen.get(name)},${value}` : value);
    }
    if (chosen.get("cancelled") === "status") chosen.delete("cancelled");
    const args = new URLSearchParams([...chosen]).toString().replaceAll("%2C", ",");
    return form.action + (args ? `?${args}` : "");
  }

  async function update() {
    clearTimeout(due);
    const now = ++asked;
    const wanted = address();
    let answer, text;
    try {
      answer = await fetch(wanted);
      text = await answer.text();
    } catch {
      location.assign(wanted);
      return;
    }
    if (now !== asked) return;
    if (answer.ok) {
      const made = new DOMParser().parseFromString(text, "text/html").getElementById("result");
      result.replaceChildren(...made.childNodes);
      prepare(result);
      said.textContent = result.querySelector("[data-told]").textContent.replace(/\s+/g, " ").trim();
      history.replaceState(null, "", wanted);
    } else {
      const why = document.createElement("p");
      why.className = "notice cancelled";
      said.textContent = why.textContent = text.trim();
      result.replaceChildren(why);
    }
  }

  form.addEventListener("input", (event) => {
    const other = event.target.value && ["from", "to"].includes(event.target.name) &&
      [...form.elements[event.target.name]].find((field) => field !== event.target);
    if (other) other.value = "";
    clearTimeout(due);
    due = setTimeout(update, 300);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await update();
    const heading = result.querySelector("h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus();
    }
  });
}

prepare(document);
const builder = document.getElementById("builder");
if (builder) makeBuilder(builder);
