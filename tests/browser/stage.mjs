// A headless Chromium, and what every page has to keep: looked at in each case, told at the end.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../build/npm/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = require('axe-core');
const { HtmlValidate, FileSystemConfigLoader } = require('html-validate');

const BROWSER = process.env.LIENTHONG_TEST_CHROMIUM || '/usr/bin/chromium';
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const validator = new HtmlValidate(new FileSystemConfigLoader({
  root: true, extends: ['html-validate:recommended'],
}));

export function check(holds, what) {
  if (!holds) throw new Error(what);
}

export function equal(found, wanted, what) {
  check(found === wanted, `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

/// One browser; every case has a context of its own.
export class Stage {
  static async open(url) {
    const stage = new Stage();
    stage.url = url.replace(/\/$/, '');
    stage.browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
    stage.strangers = new Set();  // requests to other hosts
    stage.complaints = new Set();  // of the console: what the policy of the pages stops, too
    return stage;
  }

  async close() {
    await this.browser.close();
  }

  /// Runs `use` with a page in a new context; options are of browser.newContext().
  async visit(use, options = {}) {
    const context = await this.browser.newContext(options);
    context.on('request', (request) => {
      const data = request.url().startsWith('data:');
      if (!data && !request.url().startsWith(`${this.url}/`)) this.strangers.add(request.url());
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15000);
    page.on('dialog', (dialog) => {
      this.complaints.add(`${page.url()}: a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('console', (message) => {
      // A page that is an error by its status is told as one.
      const of_status = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !of_status) {
        this.complaints.add(`${page.url()}: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => this.complaints.add(`${page.url()}: ${error.message}`));
    try {
      return await use(page, context);
    } finally {
      await context.close();
    }
  }

  async go(page, path) {
    return page.goto(this.url + path, { waitUntil: 'load' });
  }
}

/// Axe finds nothing on the page as it is. By the debugger: the pages' policy lets no script in.
export async function accessible(page, name) {
  await page.evaluate(axe.source);
  const found = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: tags }), AXE_TAGS);
  const told = found.violations.map((one) =>
    `${one.id} (${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')})`);
  check(told.length === 0, `axe on ${name}: ${told.join('; ')}`);
}

/// html-validate's recommended rules on the bytes that were sent.
export async function valid(html, name) {
  const report = await validator.validateString(html);
  const told = report.results.flatMap((result) => result.messages)
    .map((message) => `${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
  check(told.length === 0, `html-validate on ${name}: ${told.slice(0, 5).join('; ')}`);
}

/// Nothing to scroll sideways at the width of a small phone (WCAG 1.4.10).
export async function narrow(page, name) {
  await page.setViewportSize({ width: 320, height: 640 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check(width <= 320, `${name} is ${width} px wide on a screen of 320`);
}

/// Does what leads to another page, and answers the response that it was made from.
export async function sent(page, press) {
  const [response] = await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), press()]);
  return response;
}

/// Presses Tab until the focus is on what the selector names.
export async function tabTo(page, selector, presses_max = 400) {
  for (let i = 0; i < presses_max; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((one) => document.activeElement.matches(one), selector)) {
      const seen = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      check(seen !== 'none', `the focus on ${selector} is not seen`);
      return;
    }
  }
  throw new Error(`Tab does not come to ${selector}`);
}
