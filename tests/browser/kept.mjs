// What is typed is not lost: by a form too old, a change of mind, another language.
import { accessible, check, equal, sent, valid } from './stage.mjs';

const FORM = '/vi/report?category=HATANG.NUOC';
const TEXT = 'Ống nước vỡ "to"\ntrước cổng trường';
const PHOTO = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff, 1]) };

async function fill(page) {
  await page.check('#q-loai input[value="vo_ong"]');
  await page.fill('#text', TEXT);
  await page.selectOption('#commune', '25747');
  await page.fill('#name', 'Trần Thị Bưởi');
  await page.check('#anonymous');
}

async function isFilled(page, what, name = 'Trần Thị Bưởi') {
  equal(await page.inputValue('#text'), TEXT, `the text ${what}`);
  equal(await page.inputValue('#commune'), '25747', `the commune ${what}`);
  equal(await page.inputValue('#name'), name, `the name ${what}`);
  check(await page.isChecked('#q-loai input[value="vo_ong"]'), `the answer is lost ${what}`);
  check(await page.isChecked('#anonymous'), `anonymous is lost ${what}`);
}

const send = (page) => sent(page, () => page.click('main button[type=submit]'));
const idOf = (page) => page.inputValue('#report input[name=request_id]');

export const kept = {
  async 'a form that is too old comes back filled in, and is sent then'(stage) {
    for (const javaScriptEnabled of [true, false]) {
      await stage.visit(async (page, context) => {
        await stage.go(page, FORM);
        await fill(page);
        await page.setInputFiles('#photos', PHOTO);
        const id = await idOf(page);
        await context.clearCookies();
        const response = await send(page);
        equal(response.status(), 403, 'the status');
        await isFilled(page, 'of the form that comes back');
        equal(await idOf(page), id, 'the id of the request');
        equal(await page.evaluate(() => document.activeElement.id), 'errors', 'the focus');
        check((await page.textContent('#errors')).includes('Nội dung vẫn còn'), 'the summary');
        check(await page.isVisible('#photos-error'), 'nothing is told of the photo');
        await valid(await response.text(), 'the form that comes back');
        if (javaScriptEnabled) await accessible(page, 'the form that comes back');
        await send(page);
        check(await page.isVisible('[data-sent]'), 'it is not sent');
      }, { javaScriptEnabled });
    }
  },

  async 'the other language keeps what is typed, and tells of photos'(stage) {
    for (const javaScriptEnabled of [true, false]) {
      await stage.visit(async (page) => {
        await stage.go(page, FORM);
        await fill(page);
        await page.setInputFiles('#photos', PHOTO);
        await sent(page, () => page.click('header .language button'));
        equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
        await isFilled(page, 'there');
        check((await page.textContent('#errors')).includes('Photos cannot be kept'), 'not told');
        equal(await page.evaluate(() => document.getElementById('photos').disabled), false,
          'the photos are disabled');
      }, { javaScriptEnabled });
    }
  },

  async 'a report that was begun is there in another category, and gone when it is sent'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, FORM);
      check(!await page.isVisible('#restored'), 'something is restored at first');
      await fill(page);
      const id = await idOf(page);
      await stage.go(page, FORM);
      // Who it was is not kept: the next one at the screen may be another.
      await isFilled(page, 'after coming back', '');
      equal(await idOf(page), id, 'the id of the request');
      check(await page.isVisible('#restored'), 'it is not told');
      await accessible(page, 'the form that is filled in again');
      await stage.go(page, '/en/report?category=HATANG.GIAOTHONG');
      equal(await page.inputValue('#text'), TEXT, 'the text in another category');
      check(await idOf(page) !== id, 'another report has the same id');
      await send(page);
      check(await page.isVisible('[data-sent]'), 'it is not sent');
      await stage.go(page, FORM);
      equal(await page.inputValue('#text'), '', 'the text after it was sent');
      await fill(page);
      await stage.go(page, FORM);
      await page.click('#discard');
      equal(await page.inputValue('#text'), '', 'the text that was cleared');
      await stage.go(page, FORM);
      equal(await page.inputValue('#text'), '', 'the text that was cleared, later');
    });
  },

  async 'the rating and the reason come along to the other language'(stage, given) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/follow');
      await page.fill('#code', given.reopen[0]);
      await page.fill('#contact', given.reopen[1]);
      await sent(page, () => page.click('main button'));
      await page.check('#satisfaction-2');
      await page.fill('#comment', 'Chậm\nnhưng xong');
      await page.fill('#reason', 'Còn một nửa');
      await sent(page, () => page.click('header .language button'));
      equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
      check(await page.isChecked('#satisfaction-2'), 'the level is lost');
      equal(await page.inputValue('#comment'), 'Chậm\nnhưng xong', 'the comment there');
      equal(await page.inputValue('#reason'), 'Còn một nửa', 'the reason there');
      check(await page.isVisible('#standing'), 'the report is not shown');
      check(!await page.isVisible('#errors'), 'errors are told');
    }, { javaScriptEnabled: false });
  },
};
