import type { CDPSession, Page } from "@playwright/test";
import { expect, test } from "../fixtures.js";
import { seedMessages, seedThreads } from "../database.js";

// Recording a trace is work of the page's main thread too, and here that is what is measured.
test.use({ trace: "off" });

/** Milliseconds of work of the page's main thread since tracing began: scripts, style, layout, paint. */
async function mainThreadWork(client: CDPSession): Promise<number> {
  const { metrics } = await client.send("Performance.getMetrics");
  return 1000 * (metrics.find((metric) => metric.name === "TaskDuration")?.value ?? 0);
}

async function measure(page: Page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const before = await mainThreadWork(client);
  return async () => (await mainThreadWork(client)) - before;
}

test("a thread of 2,000 messages opens at its end with little work", async ({ page, chat, person, sidebar }) => {
  const id = seedMessages(person.email, 2000);
  await chat.open();
  await sidebar.show();
  // Looking for it the usual way is work of the main thread too, and more than what is measured.
  const opened = () =>
    sidebar.row("A long thread").evaluate(async (link: HTMLElement) => {
      link.click();
      while (!document.querySelector("[role=log] article:last-of-type")?.textContent?.includes("Answer 2000")) await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    });
  // The least of a few: what else the machine does is added to each, and to none of them the same.
  let least = Infinity;
  for (let time = 0; time < 3; time += 1) {
    if (time > 0) {
      await chat.open();
      await sidebar.show();
    }
    const work = await measure(page);
    await opened();
    least = Math.min(least, await work());
    await expect(chat.answers.last()).toBeInViewport();
  }
  console.log(`      opening 2,000 messages: ${least.toFixed(0)} ms of the main thread`);
  expect(least).toBeLessThan(200);
  expect(await chat.log.getByRole("article").count()).toBeLessThanOrEqual(60);

  // Going up loads older ones, and what is looked at stays where it is.
  await chat.log.evaluate((log) => log.scrollTo({ top: -log.scrollHeight }));
  await expect(chat.log.getByText("Question 1901")).toBeAttached();
  expect(page.url()).toContain(id);
});

test("10,000 threads scroll with a small document", async ({ page, chat, person, sidebar }) => {
  test.setTimeout(90_000);
  seedThreads(person.email, 10_000);
  await chat.open();
  await expect(sidebar.row("Thread 1").first()).toBeVisible();
  const work = await measure(page);
  // To the very end, frame by frame, page by page as it loads.
  const most = await sidebar.list.evaluate(async (list) => {
    let most = 0;
    for (;;) {
      list.scrollTo({ top: list.scrollHeight });
      await new Promise(requestAnimationFrame);
      const rows = [...list.querySelectorAll("a[href^='/chat/']")];
      most = Math.max(most, rows.length);
      if (rows.some((row) => row.textContent?.startsWith("Thread 10000"))) return most;
    }
  });
  console.log(`      scrolling through 10,000 threads: ${(await work()).toFixed(0)} ms of the main thread, at most ${most} rows`);
  expect(most).toBeLessThanOrEqual(80);
});
