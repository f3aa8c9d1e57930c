// What every page has to keep, in both languages.
import { accessible, check, equal, narrow, sent, valid } from './stage.mjs';

const BYTES_MAX = 200 * 1024;
const PAINTED_MILLISECONDS_MAX = 2500;
const CPU_SLOWDOWN = 4;
const NETWORK = {
  offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8,
};

function paths(given, language) {
  return ['', '/report', '/report?category=HATANG.NUOC', '/report?category=CBCC.CHAMTRE',
    '/report?category=HATANG.XEBUYT', '/report?category=KHANCAP.113', '/follow', '/answers',
    `/answers/${given.published}`, '/state', '/state?days=365', '/nothing',
  ].map((path) => `/${language}${path}`);
}

const all = (given) => [...paths(given, 'vi'), ...paths(given, 'en')];

/// To the same page in the other language: by a link, or with what is typed into its form.
async function switched(page) {
  await sent(page, () => page.click('header .language :is(a, button)'));
}

async function painted(stage, path) {
  return stage.visit(async (page, context) => {
    const debug = await context.newCDPSession(page);
    await debug.send('Network.enable');
    await debug.send('Network.emulateNetworkConditions', NETWORK);
    await debug.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    await stage.go(page, path);
    return page.evaluate(() => new Promise((resolve) => {
      new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: 'largest-contentful-paint', buffered: true });
    }));
  }, { viewport: { width: 360, height: 740 } });
}

export const looks = {
  async 'axe finds nothing'(stage, given) {
    // Colours are the same in both languages.
    for (const [colorScheme, wanted] of [['light', all(given)], ['dark', paths(given, 'vi')]]) {
      await stage.visit(async (page) => {
        for (const path of wanted) {
          await stage.go(page, path);
          await accessible(page, `${path} (${colorScheme})`);
        }
      }, { colorScheme });
    }
    return `${all(given).length} pages`;
  },

  async 'the HTML is valid'(stage, given) {
    for (const path of all(given)) {
      const response = await fetch(stage.url + path);
      await valid(await response.text(), path);
    }
  },

  async 'pages fit a screen of 320 px'(stage, given) {
    await stage.visit(async (page) => {
      for (const path of all(given)) {
        await stage.go(page, path);
        await narrow(page, path);
      }
    });
  },

  async 'words of the table stay whole on a phone'(stage) {
    await stage.visit(async (page) => {
      for (const path of ['/vi/state', '/en/state']) {
        await stage.go(page, path);
        const broken = await page.$$eval('th, td', (cells) => cells.flatMap((cell) => {
          const text = cell.firstChild;
          return [...(text?.data ?? '').matchAll(/[^\s-]+/g)].filter((word) => {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
          }).map((word) => word[0]);
        }));
        equal(broken.join(' '), '', `words of ${path} that are broken`);
        await narrow(page, path);
        await page.setViewportSize({ width: 400, height: 800 });
      }
    }, { viewport: { width: 400, height: 800 } });
  },

  async 'the switch leads to the same page in the other language and back'(stage, given) {
    await stage.visit(async (page) => {
      for (const path of paths(given, 'vi')) {
        await stage.go(page, path);
        equal(await page.getAttribute('html', 'lang'), 'vi', `the language of ${path}`);
        const title = await page.title();
        const form = await page.$('#report, #follow') !== null;
        await switched(page);
        const other = path.replace('/vi', '/en').replace(form ? /\?.*/ : '', '');
        equal(page.url(), stage.url + other, `the page behind ${path}`);
        equal(await page.getAttribute('html', 'lang'), 'en', `the other language of ${path}`);
        await switched(page);
        equal(await page.title(), title, `back to ${path}`);
      }
    });
  },

  async 'a first view has at most 200 KB'(stage, given) {
    let most = 0;
    for (const path of paths(given, 'vi')) {
      await stage.visit(async (page) => {
        const sizes = [];
        page.on('response', (response) => sizes.push(response.body().then((body) => body.length)));
        await stage.go(page, path);
        await page.waitForLoadState('networkidle');  // the icon comes last
        const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
        check(bytes <= BYTES_MAX, `${path} has ${bytes} bytes`);
        most = Math.max(most, bytes);
      });
    }
    return `${(most / 1024).toFixed(0)} KB at most`;
  },

  // The best of three loads: what else the machine does is no business of the page.
  async 'the largest contentful paint on a slow phone is within 2.5 s'(stage, given) {
    const told = [];
    for (const path of ['/', '/vi/report', '/vi/report?category=HATANG.NUOC',
      '/vi/report?category=CBCC.CHAMTRE', '/vi/follow', '/vi/answers',
      `/vi/answers/${given.published}`, '/vi/state', '/vi/state?days=365']) {
      let milliseconds = Infinity;
      for (let load = 0; load < 3; load += 1) {
        milliseconds = Math.min(milliseconds, await painted(stage, path));
      }
      check(milliseconds <= PAINTED_MILLISECONDS_MAX, `${path} after ${milliseconds} ms`);
      told.push(`${path} ${milliseconds.toFixed(0)} ms`);
    }
    return told.join(', ');
  },

  async 'errors are pages'(stage) {
    for (const [method, path, status] of [['GET', '/en/nothing', 404], ['GET', '/nothing', 404],
      ['GET', '/en/answers/1', 404], ['GET', '/en/answers/00000000-0000-7000-8000-000000000000', 404],
      ['GET', '/en/answers/00000000-0000-7000-8000-000000000000/photos/1', 404],
      ['GET', '/en/answers/x/photos/../../y', 404], ['GET', '/en/rate', 405],
      ['POST', '/en/state', 405], ['GET', '/en/answers?page_token=x', 404]]) {
      const body = method === 'POST' ? new URLSearchParams({ a: 'b' }) : undefined;
      const response = await fetch(stage.url + path, { method, body });
      equal(response.status, status, `${method} ${path}`);
      const html = await response.text();
      check(html.includes('<html lang='), `${path} is no page`);
      await valid(html, path);
    }
  },

  async 'what does not change is kept by the browser'(stage) {
    const html = await (await fetch(`${stage.url}/`)).text();
    for (const [, url] of html.matchAll(/(?:href|src)="(\/static\/[^"]*)"/g)) {
      const response = await fetch(stage.url + url);
      equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable', url);
      const again = await fetch(stage.url + url,
        { headers: { 'if-none-match': response.headers.get('etag') } });
      equal(again.status, 304, `${url} again`);
    }
  },

  // Last: all cases above have been watched.
  async 'no page asks another host, and none breaks its own policy'(stage) {
    equal([...stage.strangers].join(' '), '', 'asked');
    equal([...stage.complaints].join(' '), '', 'complaints');
  },
};
