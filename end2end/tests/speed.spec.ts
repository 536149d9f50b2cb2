import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.js";
import { seedMessages } from "../database.js";
import { hydrated } from "../pages/hydrated.js";

// A trace would be measured along with the page.
test.use({ trace: "off" });

/** What Chromium's own tools call "Fast 4G": a round trip of 165 ms, 8.1 Mbit/s down, 1.35 Mbit/s up; and a quarter of this CPU. */
async function slowDown(page: Page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 165,
    downloadThroughput: (9_000_000 / 8) * 0.9,
    uploadThroughput: (1_500_000 / 8) * 0.9,
  });
  await client.send("Emulation.setCPUThrottlingRate", { rate: 4 });
}

/** Milliseconds until the largest thing in sight was painted. */
const largestPaint = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)!.startTime)).observe({ type: "largest-contentful-paint", buffered: true });
      }),
  );

/** The slowest answer to what was done so far, in milliseconds from the key or click to the picture that shows what it did. */
const slowestAnswer = (page: Page) => page.evaluate(() => Math.max(0, ...(window as unknown as { answers: number[] }).answers));

for (const [name, path] of [
  ["sign-in", "/sign-in"],
  ["a new chat", "/"],
  ["a thread", "thread"],
  ["API keys", "/api-keys"],
] as const) {
  test(`${name} shows itself soon on a slow connection and answers at once`, async ({ page, context, person }) => {
    if (path === "/sign-in") await context.clearCookies();
    const address = path === "thread" ? `/chat/${seedMessages(person.email, 60)}` : path;
    await page.addInitScript(() => {
      const answers: number[] = [];
      Object.assign(window, { answers });
      new PerformanceObserver((list) => answers.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "event", durationThreshold: 16, buffered: true } as PerformanceObserverInit);
    });
    await slowDown(page);
    await page.goto(address, { waitUntil: "commit" });
    await hydrated(page);
    const ready = await page.evaluate(() => performance.now());
    const painted = await largestPaint(page);

    if (path === "/sign-in") {
      await page.getByLabel("E-mail").fill("ada@example.org");
      await page.keyboard.press("Tab");
    } else {
      await page.getByRole("button", { name: "Collapse sidebar" }).click();
      await page.getByRole("button", { name: "Expand sidebar" }).click();
    }
    if (path === "/" || path === "thread") await page.keyboard.type("hello", { delay: 50 });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    const answered = await slowestAnswer(page);
    console.log(`      ${name}: painted after ${painted.toFixed(0)} ms, ready after ${ready.toFixed(0)} ms, slowest answer ${answered.toFixed(0)} ms`);
    expect(painted).toBeLessThan(1500);
    expect(answered).toBeLessThanOrEqual(100);
  });
}
