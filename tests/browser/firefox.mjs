// Visits pages in the machine's Firefox and prints what came of it, as JSON; what to visit comes as JSON on standard
// input: {program, visits: [{url, width, dark, until, told}]}, `until` and `told` expressions in the page.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../other_parsers/package.json", import.meta.url));
const { launch } = require("puppeteer-core");
const { program, visits } = JSON.parse(readFileSync(0, "utf8"));

const browser = await launch({
  browser: "firefox", executablePath: program, headless: true,
  extraPrefsFirefox: { "browser.chrome.site_icons": false }, // the browser's own question for /favicon.ico
});
const found = [];
try {
  for (const { url, width, dark, until, told } of visits) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    const said = [];
    const asked = new Set();
    page.on("console", (message) => ["error", "warn"].includes(message.type()) && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("request", (request) => /^https?:/.test(request.url()) && asked.add(new URL(request.url()).origin));
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]).catch(() => {});
    await page.goto(url);
    for (let tries = 0; tries < 200 && !(await page.evaluate(until)); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    found.push({ told: await page.evaluate(told), overflow, said, asked: [...asked], cookies: await context.cookies() });
    await context.close();
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(found));
