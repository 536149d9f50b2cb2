import { defineConfig } from "@playwright/test";

const port = process.env.LATCHKEY_E2E_PORT ?? "3199";
const address = `127.0.0.1:${port}`;
const modelPort = process.env.LATCHKEY_E2E_MODEL_PORT ?? "3198";
const folder = process.env.LATCHKEY_E2E_FOLDER ?? ".";

const desktop = { viewport: { width: 1280, height: 800 } };
const measured = /(long|speed)\.spec\.ts/;
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes only the second time has found something; it is not asked again.
  retries: 0,
  workers: 2,
  reporter: [["list"]],
  use: {
    baseURL: `http://${address}`,
    // One language and one time zone, so that a picture is the same wherever it is taken.
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    { name: "desktop", use: desktop, testIgnore: ["no-script.spec.ts", measured] },
    { name: "phone", use: phone, testIgnore: ["no-script.spec.ts", measured] },
    { name: "no-script", use: { ...desktop, javaScriptEnabled: false }, testMatch: "no-script.spec.ts" },
    // After all others, and one at a time: what else runs would be measured as well.
    { name: "measured", use: desktop, testMatch: measured, fullyParallel: false, workers: 1, dependencies: ["desktop", "phone", "no-script"] },
  ],
  webServer: {
    command: `node serve.mjs ${address} ${modelPort} ${folder}`,
    url: `http://${address}/api/health`,
    reuseExistingServer: false,
    timeout: 20_000,
    stdout: "ignore",
    stderr: "pipe",
    gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
  },
});
