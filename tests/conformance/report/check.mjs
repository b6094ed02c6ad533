// What has to hold for the pages and pictures of `render report`, `render diff` and `render graph`, in a real browser.
//
//   node check.mjs PAGES
//
// PAGES is the folder that `run` fills. Each rule is a function that returns what is wrong, so that the same rules can be
// tried on pages with planted faults at the end: a referee that lets everything pass is worth nothing.
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const tools = process.env.SUPERCARGO_TOOLS;
const screenshots = process.env.SUPERCARGO_SCREENSHOTS;
const folder = process.argv[2];
const require = createRequire(join(tools, "report", "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const mermaid = join(tools, "report", "node_modules", "mermaid", "dist", "mermaid.min.js");
const { instance: graphviz } = await import(pathToFileURL(join(tools, "report/node_modules/@viz-js/viz/dist/viz.js")));

const read = (name) => readFileSync(join(folder, name), "utf8");
const address = (name) => pathToFileURL(join(folder, name)).href;
const prod = JSON.parse(read("prod.json")).graphs[0];

let held = 0;
const wrong = [];
const hold = (what, problems) => {
  held += 1;
  wrong.push(...problems.map((problem) => `${what}: ${problem}`));
};

const profile = mkdtempSync(join(tmpdir(), "supercargo-browser-"));
const flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: join(tools, "bin", "browser"),
  headless: true,
  chromiumSandbox: false,
  args: [...flags, "--disable-component-update", "--disable-sync"],
});
const engine = browser.browser() ?? browser;
const version = browser.browser()?.version() ?? "";

/** Opens a page of PAGES in a context of its own; what it asks for and complains of is kept in `page.seen`. */
async function open(name, { width = 1280, height = 900, ...options } = {}) {
  const context = await engine.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  page.seen = { requests: [], left: [], complaints: [] };
  context.on("request", (request) => page.seen.requests.push(request.url()));
  // What the policy refuses is a request, too, but none that would get this far.
  await context.route(/^(?!file:|data:)/, (route) => {
    page.seen.left.push(route.request().url());
    return route.abort();
  });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.seen.complaints.push(message.text()));
  page.on("pageerror", (error) => page.seen.complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    page.seen.complaints.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(address(name), { waitUntil: "load" });
  return page;
}

const close = (page) => page.context().close();
const openAll = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));

/** Nothing but the page itself is asked for, and nobody complains. */
function alone(page) {
  const others = page.seen.requests.filter((url) => url !== page.url().split("#")[0] && !url.startsWith("data:"));
  return [...others.map((url) => `asks for ${url}`), ...page.seen.complaints];
}

/** No violation of what WCAG 2 asks for at levels A and AA, nor of what axe calls best practice. */
async function accessible(page) {
  await page.evaluate(axe);
  const results = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    }),
  );
  return results.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html.slice(0, 160)} (${nodes.length})`);
}

/** The page is not wider than the window. */
async function narrow(page) {
  const [wide, window, culprits] = await page.evaluate(() => {
    const window = document.documentElement.clientWidth;
    const inside = (one) => one.closest(".scroll, .sr, [hidden]") && !one.matches(".scroll");
    const over = [...document.querySelectorAll("body *")].filter(
      (one) => !inside(one) && one.getBoundingClientRect().right > window + 0.5 && one.getClientRects().length,
    );
    return [document.documentElement.scrollWidth, window, over.slice(0, 3).map((one) => one.outerHTML.slice(0, 90))];
  });
  return wide > window ? [`${wide} px wide in a window of ${window} px: ${culprits}`] : [];
}

/** Every text of a graph lies inside of its box, whatever the fonts of this machine are. */
function fits(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll(".graph .application")].flatMap((one) => {
      const box = one.querySelector(".box").getBBox();
      const texts = [...one.querySelectorAll("text")].filter((text) => {
        const { x, width } = text.getBBox();
        return x < box.x || x + width > box.x + box.width;
      });
      return texts.map((text) => `"${text.textContent}" does not fit into its box`);
    }),
  );
}

const expect = (condition, problem) => (condition ? [] : [problem]);

async function keyboard(page) {
  const problems = [];
  const focused = () =>
    page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      const { top, width } = one.getBoundingClientRect();
      return { name: one.id || one.className || one.tagName, text: one.textContent.trim(), top, width, outline: style.outlineStyle };
    });
  await page.keyboard.press("Tab");
  let at = await focused();
  problems.push(...expect(at.name === "skip" && at.top >= 0, `the first stop is ${at.name}, not the visible skip link`));
  await page.keyboard.press("Enter");
  at = await focused();
  problems.push(...expect(at.name === "content", `the skip link leads to ${at.name}`));
  await page.goto(page.url().split("#")[0]);
  const stops = [];
  for (let press = 0; press < 14; press += 1) {
    await page.keyboard.press("Tab");
    at = await focused();
    stops.push(at.name === "filter" ? "filter" : at.text.slice(0, 30));
    problems.push(...expect(at.outline !== "none" && at.width > 0, `the focus on ${at.name} can't be seen`));
  }
  const order = ["Skip to the content", "Theme: system", "dev", "prod", "Side by side"];
  problems.push(...expect(order.every((text, index) => stops[index] === text), `stops are ${stops.join(" | ")}`));
  problems.push(...expect(stops.includes("filter"), "the filter is no stop"));

  const secrets = page.locator("details:not([open]) > summary", { hasText: "Secrets" }).first();
  await secrets.focus();
  const closed = await page.locator("details[open]").count();
  await page.keyboard.press("Enter");
  problems.push(...expect((await page.locator("details[open]").count()) === closed + 1, "Enter opens no section"));
  await page.keyboard.press("Enter");
  problems.push(...expect((await page.locator("details[open]").count()) === closed, "Enter closes no section"));

  await page.keyboard.press("/");
  problems.push(...expect((await focused()).name === "filter", "the key / does not lead to the filter"));
  const entries = page.locator("[data-entry]");
  const all = await entries.count();
  await page.keyboard.type("argo-cd");
  const shown = await page.locator("[data-entry]:not([hidden])").count();
  const said = await page.locator("#filter-count").textContent();
  problems.push(...expect(shown > 0 && shown < all, `the filter shows ${shown} of ${all}`));
  const bare = await page.locator("details.panel:visible").filter({ has: page.locator("[data-entry]"), hasNot: page.locator("[data-entry]:not([hidden])") }).count();
  problems.push(...expect(bare === 0, `${bare} sections are left with nothing but their headings`));
  problems.push(...expect(said === `${shown} of ${all}`, `the filter says ${said}`));
  problems.push(...expect((await page.getByRole("status").count()) === 1, "no live region tells of the filter"));
  await page.keyboard.press("Escape");
  problems.push(...expect((await page.locator("[data-entry]:not([hidden])").count()) === all, "Escape does not clear the filter"));

  const button = page.getByRole("button", { name: /^Theme/ });
  for (const [theme, dark] of [["light", false], ["dark", true], ["system", false]]) {
    await button.press("Enter");
    const color = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const isDark = Number(color.match(/\d+/)[0]) < 60;
    problems.push(...expect((await button.textContent()).endsWith(theme) && isDark === dark, `theme ${theme} gives ${color}`));
  }
  return problems;
}

/** What is dangerous stands before all that changes, and a field tells both of its values once its resource is opened. */
async function dangerous(page) {
  const entries = page.locator(".dangers [data-entry]");
  const changed = page.locator(".resources details", { hasText: "spec.replicas" }).first();
  const top = async (one) => (await one.boundingBox())?.y ?? 0;
  const found = await entries.count();
  const problems = expect(found >= 3, `${found} dangers`);
  const first = found > 0 && (await top(entries.last())) < (await top(changed));
  problems.push(...expect(first, "no danger stands before what changes, or one behind it"));
  if (!(await changed.evaluate((one) => one.open))) await changed.locator("summary").click();
  const values = await changed.locator("dd").allInnerTexts();
  const visible = await changed.locator("dd").last().isVisible();
  return [...problems, ...expect(values.length === 2 && visible, `values are ${values}`)];
}

async function withoutScripts(name) {
  const page = await open(name, { javaScriptEnabled: false });
  const visible = (selector) => page.locator(selector).first().isVisible();
  const problems = [
    ...expect(!(await visible("#search")) && !(await visible("#theme")), "what needs a script is offered"),
    ...expect(await visible("tbody tr[data-entry]"), "no rows"),
    ...expect(await visible("svg.graph .application"), "no graph"),
    ...expect(await visible("#side-by-side"), "nothing side by side"),
  ];
  await page.locator("details:not([open]) > summary").first().click();
  problems.push(...expect((await page.locator("details[open] .state").first().isVisible()) === true, "sections do not open"));
  await close(page);
  return problems;
}

async function printed(name) {
  const page = await open(name, { width: 794, height: 1123 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const problems = await narrow(page);
  problems.push(...expect(!(await page.locator(".bar").isVisible()), "the bar is printed"));
  const closed = page.locator("details:not([open]) table").first();
  problems.push(...expect(await closed.isVisible(), "closed sections are not printed"));
  const paper = await page.evaluate(() => getComputedStyle(document.querySelector(".panel")).backgroundColor);
  problems.push(...expect(paper === "rgb(255, 255, 255)", `paper is ${paper}`));
  const pdf = await page.pdf({ format: "A4" });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  problems.push(...expect(pages > 1 && pages < 40, `${pages} sheets`));
  if (screenshots) writeFileSync(join(screenshots, "print.pdf"), pdf);
  await close(page);
  return problems;
}

async function picture(page, name, options = {}) {
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), ...options });
}

// The pages, in every way in which people look at them.
for (const name of ["all.html", "changes.html", "diff.html", "dangers.html", "hostile-values.html"]) {
  const plain = name.replace(".html", "");
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 800, 360, 320]) {
      const page = await open(name, { width, height: 800, colorScheme });
      const where = `${name}, ${colorScheme}, ${width} px`;
      await picture(page, `${plain}-${colorScheme}-${width}`, { fullPage: true });
      hold(where, await narrow(page));
      await openAll(page);
      hold(where, await narrow(page));
      if (width !== 800) hold(where, await accessible(page));
      if (plain === "diff") await picture(page, `${plain}-open-${colorScheme}-${width}`, { fullPage: true });
      hold(where, alone(page));
      await close(page);
    }
  }
}
const report = await open("all.html");
hold("keyboard", await keyboard(report));
hold("keyboard", alone(report));
const drawn = await report.locator("section:has(> #env-prod) svg.graph .application").count();
hold("graph", expect(drawn === prod.applications.length, `${drawn} boxes for ${prod.applications.length} Applications`));
hold("graph", await fits(report));
await close(report);
hold("without scripts", await withoutScripts("all.html"));
hold("print", await printed("all.html"));
const dangers = await open("dangers.html", { javaScriptEnabled: false });
hold("dangers", await dangerous(dangers));
await close(dangers);

// Nothing of a value became markup, and the policy would not even let it run.
for (const name of ["hostile-values.html", "diff.html", "dangers.html"]) {
  const page = await open(name);
  const found = await page.evaluate(() => [document.scripts.length, document.images.length, document.body.textContent]);
  hold(name, expect(found[0] === 1 && found[1] === 0, `${found[0]} scripts and ${found[1]} images`));
  hold(name, expect(found[2].includes("<script>alert(1)</script>"), "the hostile text is not there as text"));
  const refused = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    const image = document.createElement("img");
    image.src = "https://example.org/x.png";
    document.body.append(script, image);
    const fetched = await fetch("https://example.org/").then(() => true, () => false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return !globalThis.ran && !fetched && image.naturalWidth === 0;
  });
  const { left } = page.seen;
  hold(name, expect(refused && left.length === 0, `the policy lets a script run, or asks for ${left}`));
  await close(page);
}

// The picture by itself.
for (const colorScheme of ["light", "dark"]) {
  const page = await open("prod.svg", { colorScheme });
  const boxes = await page.locator(".application").count();
  hold("prod.svg", expect(boxes === prod.applications.length, `${boxes} boxes`));
  hold("prod.svg", [...alone(page), ...(await fits(page))]);
  const paper = await page.evaluate(() => getComputedStyle(document.querySelector(".paper")).fill);
  hold("prod.svg", expect((paper === "rgb(255, 255, 255)") === (colorScheme === "light"), `${colorScheme} paper is ${paper}`));
  const size = await page.evaluate(() => document.documentElement.getBoundingClientRect().toJSON());
  await page.setViewportSize({ width: Math.ceil(size.width), height: Math.ceil(size.height) });
  await picture(page, `graph-${colorScheme}`);
  await close(page);
}
const hostile = await open("hostile.svg");
hold("hostile.svg", alone(hostile));
hold("hostile.svg", expect((await hostile.locator(".application").count()) === 3, "not three boxes"));
await close(hostile);

// Mermaid reads our flowcharts, and draws what is meant.
async function flowchart(text) {
  const page = await open("all.html", { bypassCSP: true });
  await page.setContent("<div id=chart></div>");
  await page.addScriptTag({ path: mermaid });
  const drawn = await page.evaluate(async (text) => {
    globalThis.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
    const { diagramType } = await globalThis.mermaid.parse(text);
    const { svg } = await globalThis.mermaid.render("drawn", text);
    document.getElementById("chart").innerHTML = svg;
    const labels = [...document.querySelectorAll(".node .nodeLabel")].map((label) => label.innerText);
    return { diagramType, labels, images: document.images.length, scripts: document.querySelectorAll("#chart script").length };
  }, text);
  return { page, ...drawn };
}
const chart = await flowchart(read("prod.mermaid"));
const names = new Set(chart.labels.map((label) => label.split("\n")[0]));
hold("mermaid", expect(chart.diagramType.startsWith("flowchart"), `a ${chart.diagramType}`));
hold("mermaid", prod.applications.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is not drawn`));
await picture(chart.page, "mermaid", { fullPage: true });
await close(chart.page);
const strange = await flowchart(read("hostile.mmd"));
hold("hostile.mmd", expect(strange.labels.length === 3 && strange.images + strange.scripts === 0, JSON.stringify(strange.labels)));
hold("hostile.mmd", expect(strange.labels[1].includes("<script>alert(1)</script>"), `a label is ${strange.labels[1]}`));
hold("hostile.mmd", strange.page.seen.complaints.filter((text) => text.includes("dialog")));
await close(strange.page);

// So does Graphviz.
const viz = await graphviz();
const nodes = (text) => viz.renderString(text, { format: "svg" }).match(/class="node"/g)?.length;
hold("dot", expect(nodes(read("prod.dot")) === prod.applications.length, "not all Applications are drawn"));
hold("hostile.dot", expect(nodes(read("hostile.dot")) === 3, "not three nodes"));

// Planted faults: each rule has to see the one that it is there for.
async function planted(what, change, rule, from = "all.html") {
  const name = `planted-${what}.html`;
  writeFileSync(join(folder, name), change(read(from)));
  const page = await open(name, { width: 360 });
  await openAll(page);
  const problems = await rule(page);
  if (problems.length === 0) wrong.push(`the referee does not see a planted fault: ${what}`);
  await close(page);
}
const body = (markup) => (html) => html.replace("</main>", `${markup}</main>`);
await planted("image", body('<img alt="" src="https://example.org/x.png">'), (page) => alone(page));
await planted("script", body("<script>alert(1)</script>"), (page) => alone(page));
await planted("contrast", body('<p class="faint">faint</p>'), async (page) => {
  await page.evaluate(() => (document.querySelector(".faint").style.color = "#eee"));
  return accessible(page);
});
await planted("heading", body("<h6>deep</h6>"), accessible);
await planted("name", body('<button type="button"></button>'), accessible);
await planted("dangers", (html) => html.replace(/<div class="dangers">[^]*?<\/div>/, ""), dangerous, "dangers.html");
const last = (html) => html.replace(/(<div class="dangers">[^]*?<\/div>)([^]*)(<\/main>)/, "$2$1$3");
await planted("order", last, dangerous, "dangers.html");
await planted("width", body(`<p><span class="version">${"wide".repeat(40)}</span></p>`), narrow);
await planted("box", (html) => html.replace(/(<text class="name"[^>]*>)/, `$1${"wide".repeat(20)}`), fits);
try {
  await flowchart("flowchart TB\n  n0[\"unclosed\n");
  wrong.push("the referee does not see a planted fault: mermaid");
} catch {
  // That is what it should say.
}
try {
  viz.renderString("digraph {", { format: "svg" });
  wrong.push("the referee does not see a planted fault: dot");
} catch {
  // Likewise.
}

await browser.close();
rmSync(profile, { recursive: true, force: true });
wrong.forEach((problem) => console.error(`report: ${problem}`));
console.log(`report: ${held} rules held to 5 pages, 3 pictures, 2 flowcharts and 2 digraphs in Chromium ${version}, ${wrong.length} wrong`);
process.exit(wrong.length === 0 ? 0 : 1);
