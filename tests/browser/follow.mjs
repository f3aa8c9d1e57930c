// A citizen comes back with the code: answers a question, rates, reopens; whoever has none learns
// nothing.
import { accessible, check, equal, sent, valid } from './stage.mjs';

const TRIES_MAX = 20;  // the hotline allows 10 for a code

async function follow(page, stage, code, contact, language = 'vi') {
  await stage.go(page, `/${language}/follow`);
  await page.fill('#code', code);
  await page.fill('#contact', contact);
  return sent(page, () => page.click('main button'));
}

export const follows = {
  async 'wrong codes and wrong contacts look the same'(stage, given) {
    await stage.visit(async (page) => {
      const told = [];
      for (const [code, contact] of [['AAAA-BBBB-CCCC', '0900000000'], ['nothing', ''],
        [given.rate[0], '0900000000'], ['', '']]) {
        const response = await follow(page, stage, code, contact);
        equal(response.status(), 422, 'the status');
        equal(await page.evaluate(() => document.activeElement.id), 'errors', 'the focus');
        for (const field of ['code', 'contact']) {
          const described = await page.getAttribute(`#${field}`, 'aria-describedby');
          check(described.split(' ').includes(`${field}-error`), `${field} is not described`);
          check(await page.isVisible(`#${field}-error`), `nothing is told at ${field}`);
        }
        told.push(await page.textContent('main'));
      }
      equal(new Set(told).size, 1, 'different answers');
      await accessible(page, 'the form with a wrong code');
    });
  },

  async 'what is typed comes along to the other language; Enter sends it'(stage, given) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/follow');
      await page.fill('#code', given.rate[0]);
      await sent(page, () => page.click('header .language button'));
      equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
      equal(await page.inputValue('#code'), given.rate[0], 'the code there');
      await page.fill('#contact', given.rate[1]);
      await sent(page, () => page.press('#contact', 'Enter'));
      equal(await page.getAttribute('html', 'lang'), 'en', 'the language after Enter');
      check(await page.isVisible('#standing'), 'Enter does not show the report');
    });
  },

  async 'an answer is rated'(stage, given) {
    await stage.visit(async (page) => {
      const [code, contact] = given.rate;
      const typed = code.toLowerCase().replaceAll('-', ' ');
      const response = await follow(page, stage, typed, contact);
      equal(response.status(), 200, 'the status');
      equal(await page.textContent('main dd'), code, 'the code, however it was typed');
      check(await page.isVisible('#answer'), 'no answer');
      await valid(await response.text(), 'the followed report');
      await accessible(page, 'the followed report');
      await sent(page, () => page.click('#rate button'));
      equal(await page.getAttribute('#satisfaction', 'aria-describedby'), 'satisfaction-error',
        'the missing level');
      await accessible(page, 'a rating that misses its level');
      await page.click('header button');
      equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
      const form = await page.$eval('#steps', (one) => Object.fromEntries(new FormData(one)));
      await page.check('#satisfaction-4');
      await page.fill('#comment', 'Cảm ơn\nnhiều');
      const rated = await sent(page, () => page.click('#rate button'));
      equal(rated.status(), 200, 'the status of the rating');
      check(await page.isVisible('.done'), 'no thanks');
      check((await page.textContent('main dl')).includes('Very satisfied'), 'no level');
      await accessible(page, 'the rated report');
      const reused = await page.request.post(`${stage.url}/en/rate`,
        { form: { ...form, satisfaction: '3' } });
      equal(reused.status(), 422, 'the status of the same form with another rating');
      check((await reused.text()).includes('sent before with another content'), 'not told so');
    });
  },

  async 'a question of the agency is answered'(stage, given) {
    await stage.visit(async (page) => {
      const response = await follow(page, stage, ...given.reply[0]);
      equal(response.status(), 200, 'the status');
      equal(await page.textContent('#standing'), 'Chờ bạn cung cấp thêm thông tin', 'the standing');
      check((await page.textContent('main')).includes(given.question), 'no question');
      check(!await page.isVisible('#rate') && !await page.isVisible('#reopen'), 'other steps');
      await valid(await response.text(), 'the report with a question');
      await accessible(page, 'the report with a question');
      const missing = await sent(page, () => page.click('#question button'));
      equal(missing.status(), 422, 'the status without a reply');
      equal(await page.getAttribute('#reply', 'aria-describedby'), 'reply-error', 'no reply');
      await valid(await missing.text(), 'a reply that is missing');
      await accessible(page, 'a reply that is missing');
      const lines = `Ở đầu hẻm\n${'x'.repeat(2100)}`;
      await page.evaluate((text) => { document.getElementById('reply').value = text; }, lines);
      await sent(page, () => page.click('#question button'));
      equal(await page.inputValue('#reply'), lines, 'a reply that is too long');
      await page.fill('#reply', 'Ở đầu hẻm,\ncạnh trường học');
      await page.click('header button');
      equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
      equal(await page.inputValue('#reply'), 'Ở đầu hẻm,\ncạnh trường học', 'the reply there');
      const replied = await sent(page, () => page.click('#question button'));
      equal(replied.status(), 200, 'the status');
      equal(await page.textContent('.done'), 'Your answer has gone to the agency.', 'what is told');
      equal(await page.textContent('#standing'), 'Being handled', 'the standing after it');
      check(!await page.isVisible('#question'), 'it can be answered once more');
      await valid(await replied.text(), 'the report with its reply');
      await accessible(page, 'the report with its reply');
    });
  },

  async 'a report is reopened with a reason'(stage, given) {
    await stage.visit(async (page) => {
      await follow(page, stage, ...given.reopen);
      await sent(page, () => page.click('#reopen button'));
      equal(await page.getAttribute('#reason', 'aria-invalid'), 'true', 'without a reason');
      const lines = `Sự cố vẫn còn\n${'x'.repeat(2100)}`;
      await page.evaluate((text) => { document.getElementById('reason').value = text; }, lines);
      await sent(page, () => page.click('#reopen button'));
      equal(await page.inputValue('#reason'), lines, 'a reason that is too long');
      await page.fill('#reason', 'Sự cố vẫn còn\nTừ hôm qua');
      const reopened = await sent(page, () => page.click('#reopen button'));
      equal(reopened.status(), 200, 'the status');
      check(await page.isVisible('.done'), 'not said to be reopened');
      equal(await page.textContent('#standing'), 'Đang xử lý', 'the standing');
      check(!await page.isVisible('#reopen'), 'it can be reopened once more');
    });
  },

  async 'forms of others are refused'(stage, given) {
    await stage.visit(async (page, context) => {
      await stage.go(page, '/vi/follow');
      const token = await page.getAttribute('main input[name=token]', 'value');
      const form = { code: given.rate[0], contact: given.rate[1] };
      const post = (fields, headers) =>
        context.request.post(`${stage.url}/vi/follow`, { form: fields, headers });
      equal((await post({ ...form, token })).status(), 200, 'ours');
      equal((await post(form)).status(), 403, 'without a token');
      equal((await post({ ...form, token }, { origin: 'https://example.com' })).status(), 403,
        'from another site');
      await context.clearCookies();
      const refused = await post({ ...form, token });
      equal(refused.status(), 403, 'without the cookie');
      await valid(await refused.text(), 'the refusal');
    });
  },

  async 'who tries many codes is told when to go on'(stage) {
    await stage.visit(async (page, context) => {
      await stage.go(page, '/vi/follow');
      const token = await page.getAttribute('main input[name=token]', 'value');
      const form = { token, code: 'ZZZZ-ZZZZ-ZZZZ', contact: '' };
      let response;
      for (let i = 0; i < TRIES_MAX; i += 1) {
        response = await context.request.post(`${stage.url}/vi/follow`, { form });
        if (response.status() !== 422) break;
      }
      equal(response.status(), 429, 'the status');
      check(Number(response.headers()['retry-after']) > 0, 'no Retry-After');
      const html = await response.text();
      check(/Hãy thử lại sau \d+ (giây|phút)/.test(html), 'no time to try again');
      await valid(html, 'the refusal');
    });
  },

  async 'answers are found with and without diacritics'(stage, given) {
    await stage.visit(async (page) => {
      const plain = given.words.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd');
      for (const words of [given.words, plain.toLowerCase()]) {
        await stage.go(page, '/vi/answers');
        await page.fill('#q', words);
        await sent(page, () => page.click('main button'));
        check(await page.isVisible(`a[href="/vi/answers/${given.published}"]`), `not by ${words}`);
      }
      await page.fill('#q', 'khongcogica');
      await sent(page, () => page.click('main button'));
      check(await page.isVisible('#none'), 'something is found');
      const many = await stage.go(page, `/vi/answers?q=${'a%20'.repeat(30)}`);
      equal(many.status(), 422, 'too many words');
      const strange = await stage.go(page, '/vi/answers?category=x&commune=y&other=z');
      equal(strange.status(), 200, 'values that nobody knows');
    });
  },
};
