// A report is filed: by mouse, by keys alone, without scripts; with mistakes, and twice.
import { accessible, check, equal, sent, tabTo, valid } from './stage.mjs';

const CODE = /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/;
const PHOTO = {
  name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64'),
};
const HOSTILE = '"><script>alert(1)</script> Nước tràn ra đường';

async function fill(page) {
  await page.check('#q-loai input[value="vo_ong"]');
  await page.fill('#text', HOSTILE);
  await page.selectOption('#commune', '25747');
  await page.fill('#address', "Số 1; DROP TABLE ticket; --'");
  await page.fill('#name', 'Trần Thị Bưởi');
  await page.fill('#phone', '0912 345 678');
}

/// Chooses a photo of noise, which is large; answers its bytes.
async function chooseLarge(page, width, height) {
  return page.evaluate(async ([wide, high]) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: wide, height: high });
    const paper = canvas.getContext('2d');
    const noise = paper.createImageData(wide, high);
    for (let i = 0; i < noise.data.length; i += 1) {
      noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256;
    }
    paper.putImageData(noise, 0, 0);
    const blob = await new Promise((done) => { canvas.toBlob(done, 'image/png'); });
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], 'noise.png', { type: 'image/png' }));
    const input = document.getElementById('photos');
    input.files = transfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    return blob.size;
  }, [width, height]);
}

async function codeOf(page) {
  const code = await page.textContent('#code');
  check(CODE.test(code), `no code: ${code}`);
  return code;
}

async function follow(page, stage, code, contact) {
  await stage.go(page, '/vi/follow');
  await page.fill('#code', code);
  await page.fill('#contact', contact);
  return sent(page, () => page.click('main button'));
}

export const reports = {
  async 'a report with a photo gets a code, and is followed'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/');
      await page.click('main a[href="/vi/report"]');
      await page.click('a[href="/vi/report?category=HATANG.NUOC"]');
      await fill(page);
      await page.setInputFiles('#photos', PHOTO);
      const response = await sent(page, () => page.click('main button[type=submit]'));
      equal(response.status(), 200, 'the status');
      equal(response.headers()['cache-control'], 'no-store', 'Cache-Control');
      const code = await codeOf(page);
      check(!page.url().includes(code), 'the code is in the address');
      await valid(await response.text(), 'the page with the code');
      await accessible(page, 'the page with the code');
      await page.click('header button');
      equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
      equal(await codeOf(page), code, 'the code there');
      await follow(page, stage, code, '+84 912 345 678');
      check((await page.textContent('main')).includes(HOSTILE), 'the text is not as it was sent');
      await accessible(page, 'the followed report');
    });
  },

  async 'photos that cannot be sent are told at once'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/report?category=HATANG.NUOC');
      const told = async (photos, what) => {
        await page.setInputFiles('#photos', photos, { timeout: 60_000 });
        const said = page.locator('#photos-told', { hasText: what === '' ? /^$/ : what });
        await said.waitFor({ state: 'attached' });  // a large one is looked at before
        const text = await page.textContent('#photos-told');
        equal(await page.getAttribute('#photos', 'aria-invalid'), what === '' ? null : 'true',
          `aria-invalid with: ${text}`);
      };
      await told(Array(6).fill(PHOTO), 'Nhiều nhất 5 ảnh');
      await told({ ...PHOTO, name: 'a.webp', mimeType: 'image/webp' }, 'JPEG hoặc PNG');
      await told({ ...PHOTO, name: 'a.gif', mimeType: 'image/gif' }, 'JPEG hoặc PNG');
      await accessible(page, 'the form with a wrong photo');
      await page.click('main button[type=submit]');
      equal(await page.evaluate(() => document.activeElement.id), 'photos', 'the focus');
      await told({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(8 * 2 ** 20 + 1) },
        'không quá 8 MB');
      await told(PHOTO, '');
    });
  },

  async 'a large photo is sent smaller'(stage) {
    return stage.visit(async (page) => {
      await stage.go(page, '/vi/report?category=HATANG.NUOC');
      await fill(page);
      const bytes = await chooseLarge(page, 2400, 1400);
      check(bytes > 8 * 2 ** 20, `${bytes} bytes are no large photo`);
      // No waitForFunction(): when it has to wait, the pages' policy stops what it does.
      const kind = () => page.evaluate(() => document.getElementById('photos').files[0].type);
      for (let i = 0; i < 100 && await kind() !== 'image/jpeg'; i += 1) {
        await page.waitForTimeout(100);
      }
      const [name, size, width, height] = await page.evaluate(async () => {
        const [file] = document.getElementById('photos').files;
        const bitmap = await createImageBitmap(file);
        return [file.name, file.size, bitmap.width, bitmap.height];
      });
      equal(`${name} ${width} ${height}`, 'noise.jpg 1600 933', 'the photo');
      equal(await page.textContent('#photos-told'), '', 'told');
      await sent(page, () => page.click('main button[type=submit]'));
      await codeOf(page);
      return `${(bytes / 1024).toFixed(0)} KB become ${(size / 1024).toFixed(0)} KB`;
    });
  },

  async 'a form that is sent twice is one report'(stage) {
    await stage.visit(async (page, context) => {
      await stage.go(page, '/vi/report?category=HATANG.NUOC');
      await fill(page);
      const fields = await page.evaluate(() => Object.fromEntries(
        [...new FormData(document.getElementById('report'))].filter(([, value]) => value !== ''
          && typeof value === 'string')));
      const codes = [];
      for (let i = 0; i < 2; i += 1) {
        const response = await context.request.post(`${stage.url}/vi/report`, {
          multipart: { ...fields, photos: PHOTO },
        });
        equal(response.status(), 200, 'the status');
        codes.push(/id="code"[^>]*>([^<]*)</.exec(await response.text())[1]);
      }
      equal(codes[1], codes[0], 'the second code');
      const other = await context.request.post(`${stage.url}/vi/report`, {
        multipart: { ...fields, text: 'Khác' },
      });
      equal(other.status(), 422, 'the status with another text');
    });
  },

  async 'mistakes are told in a summary that has the focus and leads to the fields'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/en/report?category=HATANG.XEBUYT');
      await page.fill('#phone', '123');
      const response = await sent(page, () => page.click('main button[type=submit]'));
      equal(response.status(), 422, 'the status');
      equal(await page.evaluate(() => document.activeElement.id), 'errors', 'the focus');
      for (const field of ['text', 'q-tuyen', 'name']) {
        await page.click(`#errors a[href="#${field}"]`);
        equal(await page.evaluate(() => document.activeElement.id), field, 'the focus');
        const described = await page.getAttribute(`#${field}`, 'aria-describedby');
        check(described.split(' ').includes(`${field}-error`), `${field} is not described`);
      }
      await valid(await response.text(), 'the form with mistakes');
      await accessible(page, 'the form with mistakes');
      await page.fill('#text', 'Xe không đến');
      await page.click('header button');
      equal(await page.getAttribute('html', 'lang'), 'vi', 'the other language');
      equal(await page.inputValue('#text'), 'Xe không đến', 'the text there');
      await page.fill('#q-tuyen', '61-05');
      await page.fill('#name', 'Lê Văn Cam');
      await page.click('main button[type=submit]');
      equal(await page.getAttribute('#phone', 'aria-invalid'), 'true', 'the wrong number');
      await page.fill('#phone', '0912345678');
      await page.click('main button[type=submit]');
      await codeOf(page);
    });
  },

  async 'what is typed comes along to the other language'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/report?category=HATANG.NUOC');
      await fill(page);
      await sent(page, () => page.click('header .language button'));
      equal(await page.getAttribute('html', 'lang'), 'en', 'the other language');
      equal(await page.inputValue('#text'), HOSTILE, 'the text there');
      equal(await page.inputValue('#commune'), '25747', 'the commune there');
      check(await page.isChecked('#q-loai input[value="vo_ong"]'), 'the answer is lost');
      check(!await page.isVisible('#errors'), 'errors are told');
      await sent(page, () => page.press('#name', 'Enter'));
      await codeOf(page);
    }, { javaScriptEnabled: false });
  },

  async 'a report is filed by keys alone'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/');
      await page.keyboard.press('Tab');
      equal(await page.evaluate(() => document.activeElement.className), 'skip', 'the first focus');
      await page.keyboard.press('Enter');
      await tabTo(page, 'main a[href="/vi/report"]');
      await sent(page, () => page.keyboard.press('Enter'));
      await tabTo(page, 'a[href="/vi/report?category=HATANG.DENTINHIEU"]');
      await sent(page, () => page.keyboard.press('Enter'));
      await tabTo(page, '#text');
      await page.keyboard.type('Đèn đỏ không sáng');
      await tabTo(page, '#q-tinh_trang');
      await page.keyboard.press('ArrowDown');
      await tabTo(page, '#commune');
      await page.keyboard.press('ArrowDown');
      await tabTo(page, '#anonymous');
      await page.keyboard.press('Space');
      await tabTo(page, 'main button[type=submit]');
      await sent(page, () => page.keyboard.press('Enter'));
      await codeOf(page);
    });
  },

  async 'a report is filed without scripts, and followed with the code alone'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/report?category=-');
      await page.fill('#text', 'Cây đổ');
      await page.check('#anonymous');
      await sent(page, () => page.click('main button[type=submit]'));
      const code = await codeOf(page);
      await follow(page, stage, code.toLowerCase(), '');
      const told = await page.textContent('main');
      check(told.includes('chỉ xem được tình trạng'), 'not only the state is told');
      check(!told.includes('Cây đổ'), 'the text is told');
    }, { javaScriptEnabled: false });
  },

  async 'a complaint names the agency, and says that it is not published'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/report?category=CBCC.NHUNGNHIEU');
      check((await page.textContent('.note')).includes('không bao giờ được công khai'), 'the note');
      await page.fill('#text', 'Bị gây khó dễ');
      await page.check('#anonymous');
      await page.click('main button[type=submit]');
      equal(await page.getAttribute('#unit', 'aria-invalid'), 'true', 'without an agency');
      await page.selectOption('#unit', 'H09.718.25747');
      await page.click('main button[type=submit]');
      await codeOf(page);
    });
  },

  async 'an emergency is told to call; what is not there is not found'(stage) {
    await stage.visit(async (page) => {
      await stage.go(page, '/vi/report?category=KHANCAP.114');
      check(await page.isVisible('a[href="tel:114"]'), 'no number to call');
      check(!await page.isVisible('form#report'), 'there is a form');
      const none = await stage.go(page, '/vi/report?category=NOTHING');
      equal(none.status(), 404, 'the status');
    });
  },

  async 'the place is filled in from where the citizen is, and from the map'(stage) {
    await stage.visit(async (page, context) => {
      await context.grantPermissions(['geolocation']);
      await context.setGeolocation({ latitude: 10.98, longitude: 106.65 });
      await stage.go(page, '/vi/report?category=HATANG.GIAOTHONG');
      await page.click('#locate');
      await page.waitForFunction(() => document.getElementById('latitude').value !== '');
      equal(await page.inputValue('#latitude'), '10.980000', 'the latitude');
      equal(await page.inputValue('#longitude'), '106.650000', 'the longitude');
      await page.locator('#map path[data-commune="25747"]').dispatchEvent('click');
      equal(await page.inputValue('#commune'), '25747', 'the commune of the map');
    });
  },
};
