// A citizen without a mouse, to whom a screen reader reads, comes back with the code, errs, answers
// a question, rates and reopens: with keys alone, and told by role, name and description where the
// focus is.
import { check, equal, sent, tabTo } from './stage.mjs';

const WORDS = {
  vi: {
    follow: 'Theo dõi', code: 'Mã theo dõi (bắt buộc)', hint: 'AB12-CD34-EF56',
    contact: 'Điện thoại hoặc thư điện tử', contactHint: 'Để trống nếu đã gửi ẩn danh',
    show: 'Xem phản ánh', mistake: 'Lỗi:',
    wrong: 'Không có phản ánh nào với mã và liên hệ này', wrongCode: 'kiểm tra lại mã theo dõi',
    level: 'Bạn có hài lòng với kết quả xử lý không? (bắt buộc)',
    missing: 'Hãy chọn một mức đánh giá.', best: 'Rất hài lòng', good: 'Hài lòng',
    comment: 'Góp ý thêm', rate: 'Gửi đánh giá', rated: 'Cảm ơn bạn đã đánh giá.',
    reason: 'Lý do (bắt buộc)', noReason: 'Hãy nêu lý do.', reopen: 'Yêu cầu xử lý lại',
    reopened: 'Phản ánh của bạn được xử lý lại.', handled: 'Đang xử lý',
    reply: 'Câu trả lời (bắt buộc)', noReply: 'Hãy viết câu trả lời.', sendReply: 'Gửi câu trả lời',
    replied: 'Câu trả lời của bạn đã được chuyển đến cơ quan xử lý.',
  },
  en: {
    follow: 'Follow', code: 'Code (required)', hint: 'AB12-CD34-EF56',
    contact: 'Telephone or e-mail', contactHint: 'Leave it empty if you stayed anonymous',
    show: 'Show the report', mistake: 'Error:',
    wrong: 'There is no report with this code and contact', wrongCode: 'Please check the code',
    level: 'How satisfied are you with the result? (required)',
    missing: 'Choose how satisfied you are.', best: 'Very satisfied', good: 'Satisfied',
    comment: 'Comment', rate: 'Send the rating', rated: 'Thank you for your rating.',
    reason: 'Reason (required)', noReason: 'Say why.', reopen: 'Reopen the report',
    reopened: 'Your report is reopened.', handled: 'Being handled',
    reply: 'Your answer (required)', noReply: 'Write your answer.', sendReply: 'Send the answer',
    replied: 'Your answer has gone to the agency.',
  },
};
const WRONG = { vi: ['BBBB-CCCC-0001', '0900000011'], en: ['BBBB-CCCC-0002', '0900000012'] };
const TABBABLE = 'a[href], button, input:not([type=hidden]), select, textarea, [tabindex="0"]';
const OUTLINE_PX_MIN = 2;

/// What a screen reader says of an element: {role, name, description, and its states}.
async function read(page, expression = 'document.activeElement') {
  const debug = await page.context().newCDPSession(page);
  try {
    const { result } = await debug.send('Runtime.evaluate', { expression });
    const { nodes: [node] } = await debug.send('Accessibility.getPartialAXTree',
      { objectId: result.objectId, fetchRelatives: false });
    const states = Object.fromEntries(
      node.properties?.map((one) => [one.name, one.value.value]) ?? []);
    return {
      ...states, role: node.role?.value, name: node.name?.value ?? '',
      description: node.description?.value ?? '',
    };
  } finally {
    await debug.detach();
  }
}

/// Checks what is read where the focus is.
async function hears(page, role, name, { description = '', ...states } = {}) {
  const told = await read(page);
  equal(told.role, role, `the role of ${name}`);
  equal(told.name, name, `the name of a ${role}`);
  check(told.description.includes(description),
    `${name} is described as: ${told.description}, not ${description}`);
  for (const [state, wanted] of Object.entries(states)) {
    equal(String(told[state]), String(wanted), `${state} of ${name}`);
  }
}

/// Where the focus is among what can have it, in the order of the document; -1 = at none of them.
async function place(page) {
  return page.evaluate(([tabbable, px_min]) => {
    const groups = new Set();
    const all = [...document.querySelectorAll(tabbable)].filter((one) => {
      if (one.disabled || one.tabIndex < 0 || one.getClientRects().length === 0) return false;
      // Arrows lead through a group of radio buttons, Tab to one of them.
      const group = one.type === 'radio' ? `${one.form?.id} ${one.name}` : one;
      if (groups.has(group)) return false;
      groups.add(group);
      return true;
    });
    const now = document.activeElement;
    const at = all.findIndex((one) => one === now
      || (one.type === 'radio' && now.type === 'radio' && one.name === now.name));
    const style = getComputedStyle(now);
    const box = now.getBoundingClientRect();
    const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= px_min
      && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { at, count: all.length, isSeen, what: now.outerHTML.slice(0, 80) };
  }, [TABBABLE, OUTLINE_PX_MIN]);
}

/// Tab leads through all that can have the focus, in order, seen and named, out at the end, and
/// Shift+Tab back.
async function passable(page, name) {
  const { count } = await place(page);
  check(count > 0, `nothing on ${name} can have the focus`);
  await page.evaluate(() => {     // from the beginning, where a page begins to be read
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  for (let i = 0; i < count; i += 1) {
    await page.keyboard.press('Tab');
    const now = await place(page);
    equal(now.at, i, `Tab ${i + 1} of ${count} on ${name} leads to ${now.what}`);
    check(now.isSeen, `the focus on ${name} is not seen at ${now.what}`);
    check((await read(page)).name !== '', `nothing is read on ${name} at ${now.what}`);
  }
  for (let i = count - 2; i >= 0; i -= 1) {
    await page.keyboard.press('Shift+Tab');
    const now = await place(page);
    equal(now.at, i, `Shift+Tab on ${name} leads to ${now.what}`);
  }
  await page.keyboard.press('Shift+Tab');
  equal((await place(page)).at, -1, `Shift+Tab before the first on ${name}`);
}

/// After a mistake: the summary has the focus and is read; its first link leads to the field.
async function toMistake(page, words, message, field) {
  check((await page.title()).startsWith(words.mistake), `the title: ${await page.title()}`);
  equal(await page.evaluate(() => document.activeElement.id), 'errors', 'the focus');
  equal((await read(page)).role, 'alert', 'the role of the summary');
  check((await page.textContent('#errors')).includes(message), 'the summary does not tell');
  await page.keyboard.press('Tab');
  const link = await read(page);
  equal(link.role, 'link', 'what follows in the summary');
  check(link.name.includes(message), `the link is read as ${link.name}`);
  await page.keyboard.press('Enter');
  equal(await page.evaluate(() => document.activeElement.id), field, 'where the link leads');
}

async function retype(page, text) {
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

async function findsReport(page, words, language, [code, contact]) {
  await tabTo(page, `header nav a[href="/${language}/follow"]`);
  await hears(page, 'link', words.follow);
  await sent(page, () => page.keyboard.press('Enter'));
  await passable(page, 'the form with a code');
  await tabTo(page, '#code');
  await hears(page, 'textbox', words.code, { description: words.hint, required: true });
  await page.keyboard.type(WRONG[language][0]);
  await page.keyboard.press('Tab');
  await hears(page, 'textbox', words.contact, { description: words.contactHint });
  await page.keyboard.type(WRONG[language][1]);
  equal((await sent(page, () => page.keyboard.press('Enter'))).status(), 422, 'a wrong code');
  await toMistake(page, words, words.wrong, 'code');
  await hears(page, 'textbox', words.code, { description: words.wrongCode, invalid: true });
  await passable(page, 'the form with a wrong code');
  await tabTo(page, '#code');
  await retype(page, code);
  await page.keyboard.press('Tab');
  await retype(page, contact);
  await page.keyboard.press('Tab');
  await hears(page, 'button', words.show);
  equal((await sent(page, () => page.keyboard.press('Space'))).status(), 200, 'the right code');
}

async function rates(page, words) {
  await passable(page, 'the followed report');
  await tabTo(page, '#rate button');
  await hears(page, 'button', words.rate);
  equal((await sent(page, () => page.keyboard.press('Enter'))).status(), 422, 'without a level');
  await toMistake(page, words, words.missing, 'satisfaction');
  await hears(page, 'group', words.level, { description: words.missing });
  await page.keyboard.press('Tab');
  await hears(page, 'radio', words.best, { checked: false });
  await page.keyboard.press('ArrowDown');
  await hears(page, 'radio', words.good, { checked: true });
  await page.keyboard.press('Tab');
  await hears(page, 'textbox', words.comment);
  await page.keyboard.type('Cảm ơn');
  await page.keyboard.press('Tab');
  equal((await sent(page, () => page.keyboard.press('Space'))).status(), 200, 'the rating');
  equal((await read(page, 'document.querySelector(".done")')).role, 'status', 'the role of thanks');
  equal(await page.textContent('.done'), words.rated, 'thanks');
  check((await page.textContent('main dl')).includes(words.good), 'the level is not shown');
}

async function replies(page, words) {
  await passable(page, 'the report with a question');
  await tabTo(page, '#question button');
  await hears(page, 'button', words.sendReply);
  equal((await sent(page, () => page.keyboard.press('Enter'))).status(), 422, 'without a reply');
  await toMistake(page, words, words.noReply, 'reply');
  await hears(page, 'textbox', words.reply,
    { description: words.noReply, required: true, invalid: true });
  await page.keyboard.type('Ở đầu hẻm');
  await page.keyboard.press('Tab');
  await hears(page, 'button', words.sendReply);
  equal((await sent(page, () => page.keyboard.press('Space'))).status(), 200, 'the reply');
  equal((await read(page, 'document.querySelector(".done")')).role, 'status', 'the role of it');
  equal(await page.textContent('.done'), words.replied, 'what is told');
  equal(await page.textContent('#standing'), words.handled, 'the standing');
  await passable(page, 'the report with its reply');
}

async function reopens(page, words) {
  await tabTo(page, '#reopen button');
  await hears(page, 'button', words.reopen);
  equal((await sent(page, () => page.keyboard.press('Enter'))).status(), 422, 'without a reason');
  await toMistake(page, words, words.noReason, 'reason');
  await hears(page, 'textbox', words.reason,
    { description: words.noReason, required: true, invalid: true });
  await page.keyboard.type('Sự cố vẫn còn');
  await page.keyboard.press('Tab');
  await hears(page, 'button', words.reopen);
  equal((await sent(page, () => page.keyboard.press('Enter'))).status(), 200, 'the reopening');
  equal((await read(page, 'document.querySelector(".done")')).role, 'status', 'the role of it');
  equal(await page.textContent('.done'), words.reopened, 'what is told');
  equal(await page.textContent('#standing'), words.handled, 'the standing');
  await passable(page, 'the reopened report');
}

/// `codes` of what `given` has: of a Vietnamese, and of an English.
function withKeysAlone(language, codes, ...steps) {
  return async (stage, given) => stage.visit(async (page) => {
    const words = WORDS[language];
    await stage.go(page, `/${language}`);
    equal(await page.getAttribute('html', 'lang'), language, 'the language');
    await findsReport(page, words, language, codes(given)[language === 'vi' ? 0 : 1]);
    for (const step of steps) await step(page, words);
    equal(await page.getAttribute('html', 'lang'), language, 'the language at the end');
  });
}

export const keys = {
  'a report is followed, rated and reopened by keys alone':
    withKeysAlone('vi', (given) => given.keys, rates, reopens),
  'the same in English': withKeysAlone('en', (given) => given.keys, rates, reopens),
  'a question is answered by keys alone':
    withKeysAlone('vi', (given) => given.reply.slice(1), replies),
  'a question is answered by keys alone in English':
    withKeysAlone('en', (given) => given.reply.slice(1), replies),
};
